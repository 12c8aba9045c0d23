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
    Subcommand{"parties", "List the parties of Godot games and their peers, with their ids",
               prepare_parties},
    Subcommand{"kick", "Send a guest, host, member or peer away", prepare_kick},
    Subcommand{"end", "End a session, a room, a party or a link", prepare_end},
    Subcommand{"ban", "Send an address or network away, and keep it out", prepare_ban},
    Subcommand{"unban", "Lift a ban", prepare_unban},
    Subcommand{"bans", "List who is banned", prepare_bans},
    Subcommand{"say", "Say something in all rooms, or in one", prepare_say},
    Subcommand{"drain", "Let nothing new begin, and end with the last game", prepare_drain},
    Subcommand{"undrain", "Do not drain, or drain no longer", prepare_undrain},
    Subcommand{"new", "Let new sessions, rooms and parties begin, or none", prepare_new},
    Subcommand{"reserve", "Promise hosts a session id", prepare_reserve},
    Subcommand{"unreserve", "Take such a promise back", prepare_unreserve},
    Subcommand{"reservations", "List what is promised so", prepare_reservations},
    Subcommand{"log-level", "Change how much is logged", prepare_log_level},
    Subcommand{"upgrade",
               "Let a running relay go on as the program and with the configuration that are on "
               "disk now; the games go on",
               prepare_upgrade},
    Subcommand{"doctor",
               "Look at configuration, machine and relay, and say what is wrong and what to do",
               prepare_doctor},
    Subcommand{"webhook", "Try out the webhooks of the configuration", prepare_webhook},
    Subcommand{"fleet-config", "Write a configuration of HAProxy for several relays",
               prepare_fleet_config},
};

} // namespace

std::span<const Subcommand> subcommands() { return rows; }

} // namespace netplay_relay::daemon
