// The operator's bans in a file, so that they outlive the process: JSON that is written as a whole
// or not at all, by a thread of its own, as a disk may take longer than games can wait.
#pragma once

#include "lobby/ids.hpp"
#include "lobby/orders.hpp"

#include <chrono>
#include <cstddef>
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

    // Writes these instead, beside the games.
    void keep(const std::vector<lobby::Ban>& bans, const Clocks& clocks);

    // Returns when all is written.
    void finish();

private:
    void write_next();
    void move_aside();

    std::string path_;
    bool may_write_ = true; // false: what is there would be lost
    bool has_told_ = false; // that nothing is kept
    std::thread writer_;
    std::mutex mutex_; // for what follows
    std::optional<std::string> next_;
    bool is_writing_ = false;
};

} // namespace netplay_relay::daemon
