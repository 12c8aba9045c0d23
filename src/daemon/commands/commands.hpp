// The subcommands of the program: a row of one table for each, which has its options and what it
// does in a file of its own.
#pragma once

#include "daemon/command_line.hpp"

#include <span>

namespace CLI {
class App;
}

namespace netplay_relay::daemon {

struct Subcommand
{
    const char* name;
    const char* summary; // for --help, without a full stop
    // Adds its options to `app`, which outlives the action; what it does is done once the whole
    // line is read.
    Action (*prepare)(CLI::App& app);
};
[[nodiscard]] std::span<const Subcommand> subcommands();

// Of each: what its row names.
[[nodiscard]] Action prepare_status(CLI::App& app);
[[nodiscard]] Action prepare_sessions(CLI::App& app);
[[nodiscard]] Action prepare_rooms(CLI::App& app);
[[nodiscard]] Action prepare_parties(CLI::App& app);
[[nodiscard]] Action prepare_doctor(CLI::App& app);
[[nodiscard]] Action prepare_upgrade(CLI::App& app);
[[nodiscard]] Action prepare_webhook(CLI::App& app);
[[nodiscard]] Action prepare_fleet_config(CLI::App& app);

// act_on_players.cpp
[[nodiscard]] Action prepare_kick(CLI::App& app);
[[nodiscard]] Action prepare_end(CLI::App& app);
[[nodiscard]] Action prepare_ban(CLI::App& app);
[[nodiscard]] Action prepare_unban(CLI::App& app);
[[nodiscard]] Action prepare_bans(CLI::App& app);
[[nodiscard]] Action prepare_say(CLI::App& app);

// act.cpp
[[nodiscard]] Action prepare_drain(CLI::App& app);
[[nodiscard]] Action prepare_undrain(CLI::App& app);
[[nodiscard]] Action prepare_new(CLI::App& app);
[[nodiscard]] Action prepare_reserve(CLI::App& app);
[[nodiscard]] Action prepare_unreserve(CLI::App& app);
[[nodiscard]] Action prepare_reservations(CLI::App& app);
[[nodiscard]] Action prepare_log_level(CLI::App& app);

} // namespace netplay_relay::daemon
