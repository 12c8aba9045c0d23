// The configuration, as values; config/netplay-relay.json explains every key.
#pragma once

#include "config/fleet_settings.hpp"
#include "config/outward_settings.hpp"
#include "lobby/limits.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::config {

inline constexpr std::uint16_t default_port = 55435;
inline constexpr std::uint16_t default_admin_port = 55480;

enum class LogLevel : std::uint8_t
{
    debug,
    info,
    warning,
    error
};

// Further addresses to listen on, with rules of their own for those who name no session.
struct ListenerSettings
{
    std::vector<wire::Endpoint> listen;
    lobby::ListenerProfile profile;
    bool operator==(const ListenerSettings&) const = default;
};

// LAN discovery (protocol.md, "LAN discovery").
struct LanDiscovery
{
    LanDiscovery();

    bool enabled = false;
    wire::Endpoint listen; // UDP, IPv4

    bool operator==(const LanDiscovery&) const = default;
};

// The page for everybody, which is off as long as it listens nowhere.
struct PublicPage
{
    std::vector<wire::Endpoint> listen;
    std::string title; // empty: the page's own
    bool all_sessions = false;
    std::vector<wire::SessionId> sessions; // that are shown while they are open
    bool rooms = true;
    bool parties = true; // those whose hosts want to be shown
    bool nicks = false;
    bool behind_proxy = false; // all visitors have its address: no limits per address

    bool operator==(const PublicPage&) const = default;
};

struct Config
{
    Config();

    std::vector<wire::Endpoint> listen;
    std::vector<ListenerSettings> doors;
    std::vector<wire::Endpoint> admin_listen;
    std::string token_file;        // empty: systemd's credential, if there is one
    std::string admin_socket;      // path of a Unix socket; empty: none
    std::string bans_file;         // empty: in systemd's state directory, if there is one
    std::string public_name;       // empty: the address each host has reached us at
    std::uint16_t public_port = 0; // 0: the port each host has reached us at
    LanDiscovery lan_discovery;
    PublicPage public_page;
    LogLevel log_level = LogLevel::info;
    bool inspect = true;             // read the game's facts off the bytes of links
    bool reload_in_terminal = false; // SIGHUP; else a relay in a terminal ends with it
    std::chrono::seconds shutdown_grace{3};
    std::chrono::seconds drain_limit{3600}; // 0: none
    std::vector<WebhookSettings> webhooks;
    LobbySettings lobby;
    FleetSettings fleet;
    std::uint32_t workers = 1; // at most workers_max; 0: as many as there are cores
    lobby::Policy policy;

    bool operator==(const Config&) const = default;
};

// One thing wrong with a configuration: where, and what would be right.
struct Fault
{
    std::string key; // e.g. "limits.sessions" or "listen[1]"; empty for the whole text
    std::string problem;
    bool operator==(const Fault&) const = default;
};

struct Parsed
{
    Config config;             // meaningful only if there are no faults
    std::vector<Fault> faults; // all of them, in the order of the text's structure
};

// Of more faults only the number is told: they may be as many as a file has keys.
inline constexpr std::size_t faults_told_most = 100;

// Reads a JSON text that may hold // and /* */ comments. Keys left out keep their defaults. Of
// `variables`, texts "NAME=VALUE", those that name a key and are not empty win over the text
// (environment.hpp). What is wrong between keys is not seen yet.
[[nodiscard]] Parsed read_config(std::string_view text,
                                 std::span<const std::string> variables = {});

// The same, and if each key is right by itself, the faults between them.
[[nodiscard]] Parsed parse_config(std::string_view text,
                                  std::span<const std::string> variables = {});

// Faults that only show between keys, such as two listeners on one port. They name each key as in
// the file.
[[nodiscard]] std::vector<Fault> check(const Config& config);

// The same faults; those about keys that a variable has set name the variable.
[[nodiscard]] std::vector<Fault> named_by_variables(std::vector<Fault> faults,
                                                    std::span<const std::string> variables);

// The keys in which the two differ and which a reload cannot change, as in the file.
[[nodiscard]] std::vector<std::string> keys_for_restart(const Config& running,
                                                        const Config& wanted);

// The number of a node needs a restart: `next` gets that of the relay as it runs, and all that
// belongs to it.
void keep_fleet(const Config& running, Config& next);

// Sentences about what is allowed, but hardly what somebody wants.
[[nodiscard]] std::vector<std::string> warnings(const Config& config);

[[nodiscard]] std::string_view to_text(LogLevel level);
[[nodiscard]] std::string_view to_text(lobby::ManualIp manual_ip);
// Nothing found: false, and `level` is untouched.
[[nodiscard]] bool parse_log_level(std::string_view text, LogLevel& level);
inline constexpr std::string_view log_levels = "\"debug\", \"info\", \"warning\" or \"error\"";

// A name or address that fits into a join text: letters, digits, and any of . - _ :  At most 253.
[[nodiscard]] bool is_public_name(std::string_view text);

} // namespace netplay_relay::config
