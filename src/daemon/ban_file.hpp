// The operator's bans in a file: JSON, with times of the clock on the wall.
#pragma once

#include "daemon/kept_file.hpp"
#include "daemon/wall_times.hpp"
#include "lobby/orders.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netplay_relay::daemon {

[[nodiscard]] std::string bans_to_json(const std::vector<lobby::Ban>& bans, const Clocks& clocks);

struct ReadBans
{
    std::vector<lobby::Ban> bans;
    std::vector<lobby::Ban> over;      // their time is
    std::vector<std::string> problems; // of what is left out
};
[[nodiscard]] ReadBans bans_from_json(std::string_view text, const Clocks& clocks);

// Those of them that were read, with the ends that they have by the clock on the wall as it is now;
// `until` may be over. `jump`: how far it was set since.
[[nodiscard]] std::vector<lobby::Ban> bans_by_wall(const std::vector<lobby::Ban>& bans,
                                                   const Clocks& now,
                                                   std::chrono::milliseconds jump);

// Where they are: the configuration's word, else in the directory that systemd gives a service for
// such; empty: nowhere.
[[nodiscard]] std::string ban_file_path(const std::string& configured, const char* state_directory);

class BanFile : public KeptFile
{
public:
    explicit BanFile(std::string path) : KeptFile("bans", std::move(path)) {}

    // What was kept; nothing if there is no such file. Of a damaged one what makes sense.
    [[nodiscard]] std::vector<lobby::Ban> read(const Clocks& clocks);
    void keep(std::vector<lobby::Ban> bans, const Clocks& clocks);

    // What bans_by_wall() says of these, and of those that were over when they were read or since:
    // the clock may have been wrong then.
    [[nodiscard]] std::vector<lobby::Ban> by_wall(std::vector<lobby::Ban> bans, const Clocks& now,
                                                  std::chrono::milliseconds jump);

private:
    std::vector<lobby::Ban> over_;
};

} // namespace netplay_relay::daemon
