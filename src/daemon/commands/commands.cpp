#include "daemon/commands/commands.hpp"

#include <array>

namespace netplay_relay::daemon {

namespace {

// As --help lists them.
constexpr std::array rows{
    Subcommand{"status", "Show what a running relay is doing", prepare_status},
    Subcommand{"sessions", "List the sessions and their guests, with the ids that they have",
               prepare_sessions},
    Subcommand{"rooms", "List the rooms and their members, with the ids that they have",
               prepare_rooms},
    Subcommand{"upgrade",
               "Let a running relay go on as the program and with the configuration that are on "
               "disk now; the games go on",
               prepare_upgrade},
    Subcommand{"doctor",
               "Look at configuration, machine and relay, and say what is wrong and what to do",
               prepare_doctor},
    Subcommand{"webhook", "Try out the webhooks of the configuration", prepare_webhook},
};

} // namespace

std::span<const Subcommand> subcommands() { return rows; }

} // namespace netplay_relay::daemon
