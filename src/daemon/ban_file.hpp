// The operator's bans in a file, so that they outlive the process: JSON that is written as a whole
// or not at all, by a thread of its own, as a disk may take longer than games can wait.
#pragma once

#include "lobby/ids.hpp"
#include "lobby/orders.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace netplay_relay::daemon {

// The relay's clock and the one on the wall, read at one moment.
struct Clocks
{
    lobby::Instant relay;
    std::chrono::system_clock::time_point wall;
};

[[nodiscard]] std::string bans_to_json(const std::vector<lobby::Ban>& bans, const Clocks& clocks);

struct ReadBans
{
    std::vector<lobby::Ban> bans;
    std::size_t ended = 0;             // of others the time is over
    std::vector<std::string> problems; // of what is left out
};
[[nodiscard]] ReadBans bans_from_json(std::string_view text, const Clocks& clocks);

// Where they are: the configuration's word, else in the directory that systemd gives a service for
// such; empty: nowhere.
[[nodiscard]] std::string ban_file_path(const std::string& configured, const char* state_directory);

class BanFile
{
public:
    // `path`: empty if nothing is to be kept.
    explicit BanFile(std::string path) : path_(std::move(path)) {}
    ~BanFile() { finish(); }
    BanFile(BanFile&&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    // What was kept; nothing if there is no such file. A damaged one is moved aside, and one that
    // cannot be read is never written over. Both are logged.
    [[nodiscard]] std::vector<lobby::Ban> read(const Clocks& clocks);

    // What is in it is known, and newer. One that cannot be read is not written over all the same.
    void go_on_unread();

    // Writes these instead, beside the games.
    void keep(std::vector<lobby::Ban> bans, const Clocks& clocks);

    [[nodiscard]] bool is_writing() const;
    // Why what was to be kept last is not; empty if it is, or is on its way.
    [[nodiscard]] std::string problem() const;

    // Returns when all is written, or after so long; true if all is.
    void finish();
    [[nodiscard]] bool finish_within(std::chrono::milliseconds limit);
    // Nobody waits for what is not written yet: another process writes it, and this one ends.
    void leave();

private:
    struct Task
    {
        std::vector<lobby::Ban> bans;
        Clocks clocks;
    };
    // Of the writer and its owner, who may leave it.
    struct Shared
    {
        std::mutex mutex; // for what follows
        std::condition_variable done;
        std::optional<Task> next;
        bool is_writing = false;
        bool is_left = false;
        std::string problem;
    };
    static void write_next(Shared& shared, const std::string& path);
    void move_aside();
    void never_write(std::string problem);

    std::string path_;
    bool may_write_ = true; // false: what is there would be lost
    bool has_told_ = false; // that nothing is kept
    std::thread writer_;
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

} // namespace netplay_relay::daemon
