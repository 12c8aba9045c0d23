// What the loop of the games has for the thread that tells others. The two have no files in common
// but the one that wakes the latter: the kernel counts each use of a file of a shared table.
#pragma once

#include "outward/lobby_form.hpp"
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

struct News
{
    std::uint64_t number = 0;
    std::string kind;
    std::string line;
};

class Mailbox
{
public:
    // What came since it was emptied before.
    struct Mail
    {
        std::optional<Settings> settings;
        std::deque<News> news;
        std::optional<std::vector<LobbyEntry>> entries;
        std::uint64_t news_lost = 0;
        bool finishes = false;
        bool ends = false;
    };

    Mailbox();
    ~Mailbox();
    Mailbox(Mailbox&&) = delete;

    void put(Settings settings);
    void put(News news);
    void put(std::vector<LobbyEntry> entries);
    void finish();
    void end();

    [[nodiscard]] Mail empty();
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
    std::condition_variable gone_;
};

} // namespace netplay_relay::outward
