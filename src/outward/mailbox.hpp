// What the loop of the games has for the thread that tells others. The two have no files in common
// but the one that wakes the latter: the kernel counts each use of a file of a shared table.
#pragma once

#include "outward/lobby_form.hpp"
#include "outward/news.hpp"
#include "outward/outward.hpp"
#include "outward/voice.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::outward {

class Mailbox
{
public:
    // What came since it was emptied before.
    struct Mail
    {
        std::optional<Settings> settings;
        std::vector<News> before; // what waited in the process before
        std::deque<News> news;
        std::optional<std::vector<LobbyEntry>> entries;
        std::uint64_t news_lost = 0;
        bool holds = false;
        bool goes_on = false;
        bool finishes = false;
        bool ends = false;
    };

    Mailbox();
    ~Mailbox();
    Mailbox(Mailbox&&) = delete;

    void put(Settings settings);
    void put(News news);
    void put(std::vector<LobbyEntry> entries);
    void put_before(std::vector<News> news);
    // Nothing more is posted until it goes on, and the thread tells what waits.
    void hold();
    void go_on();
    void finish();
    void end();

    [[nodiscard]] Mail empty();
    // By the thread, as long as it is held: all that waits, whether some of it is being posted, and
    // whatever it had taken out of the mailbox is among it.
    void tell_waiting(std::vector<News> waiting, bool is_posting);
    // All that waits, also what the thread has not seen yet; nothing if it is not held.
    [[nodiscard]] std::vector<News> waiting();
    // True if nothing is being posted any more; false after so long.
    [[nodiscard]] bool wait_until_still(std::chrono::milliseconds time);
    // Readable as long as there is mail; the same number in both tables of files.
    [[nodiscard]] int wake_file() const { return wake_file_; }
    [[nodiscard]] bool is_usable() const { return wake_file_ >= 0; } // there was a file for it

    // The thread's last word, and whether it has come within this time.
    void tell_gone();
    [[nodiscard]] bool is_gone();
    [[nodiscard]] bool wait_until_gone(std::chrono::milliseconds time);

    Voice voice;

private:
    void wake();

    static constexpr std::size_t news_most = 256;

    std::mutex mutex_;
    Mail mail_;
    int wake_file_;
    bool is_gone_ = false;
    bool is_held_ = false;
    bool is_still_ = false;
    std::vector<News> waiting_;  // by the thread's last word
    std::vector<News> in_hands_; // it has taken these since
    std::condition_variable changed_;
};

} // namespace netplay_relay::outward
