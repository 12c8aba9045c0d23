// The operator's bans in a file: JSON, with times of the clock on the wall.
#pragma once

#include "daemon/kept_file.hpp"
#include "daemon/wall_times.hpp"
#include "lobby/ban_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netplay_relay::daemon {

// Of what was not said in a fleet: whoever reads it says it.
inline constexpr std::uint8_t no_node = 0xFF;

// `known`: what the nodes of the fleet know of bans, by network: when each of `bans` was said, and
// those that were lifted, which are written as well.
[[nodiscard]] std::string bans_to_json(const std::vector<lobby::Ban>& bans, const Clocks& clocks,
                                       const std::vector<lobby::BanEntry>& known = {});

struct ReadBans
{
    std::vector<lobby::Ban> bans;
    std::vector<lobby::Ban> over;       // their time is
    std::vector<lobby::BanEntry> known; // of each of `bans`, and of those that were lifted
    std::vector<std::string> problems;  // of what is left out
};
[[nodiscard]] ReadBans bans_from_json(std::string_view text, const Clocks& clocks);

// What is said of a ban in a fleet at `changed_ms` of the clock on the wall, and the ban of that.
[[nodiscard]] lobby::BanEntry entry_of(const lobby::Ban& ban, std::int64_t changed_ms,
                                       const Clocks& clocks);
[[nodiscard]] lobby::Ban ban_of(const lobby::BanEntry& entry, const Clocks& clocks);
[[nodiscard]] std::int64_t wall_ms(const Clocks& clocks);

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
    void keep(std::vector<lobby::Ban> bans, const Clocks& clocks,
              std::vector<lobby::BanEntry> known = {});
    // What was read last of what the nodes of the fleet know.
    [[nodiscard]] const std::vector<lobby::BanEntry>& known() const { return known_; }

    // What bans_by_wall() says of these, and of those that were over when they were read or since:
    // the clock may have been wrong then.
    [[nodiscard]] std::vector<lobby::Ban> by_wall(std::vector<lobby::Ban> bans, const Clocks& now,
                                                  std::chrono::milliseconds jump);

private:
    std::vector<lobby::Ban> over_;
    std::vector<lobby::BanEntry> known_;
};

} // namespace netplay_relay::daemon
