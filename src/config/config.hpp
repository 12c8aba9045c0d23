// The configuration, as values; config/netplay-relay.json explains every key.
#pragma once

#include "netplay_relay/lobby/limits.hpp"
#include "netplay_relay/wire/address.hpp"

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
struct DoorSettings
{
    std::vector<wire::Endpoint> listen;
    lobby::Door door;
    bool operator==(const DoorSettings&) const = default;
};

// LAN discovery (protocol.md, "LAN discovery").
struct LanDiscovery
{
    LanDiscovery();

    bool enabled = false;
    wire::Endpoint listen; // UDP, IPv4

    bool operator==(const LanDiscovery&) const = default;
};

struct Config
{
    Config();

    std::vector<wire::Endpoint> listen;
    std::vector<DoorSettings> doors;
    std::vector<wire::Endpoint> admin_listen;
    std::string public_name;       // empty: the address each host has reached us at
    std::uint16_t public_port = 0; // 0: the port each host has reached us at
    LanDiscovery lan_discovery;
    LogLevel log_level = LogLevel::info;
    bool inspect = true; // read the game's facts off the bytes of links
    std::chrono::seconds shutdown_grace{3};
    std::chrono::seconds drain_limit{3600}; // 0: none
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

// Reads a JSON text that may hold // and /* */ comments. Keys left out keep their defaults. Of
// `variables`, texts "NAME=VALUE", those that name a key win over the text (environment.hpp).
[[nodiscard]] Parsed parse_config(std::string_view text,
                                  std::span<const std::string> variables = {});

// Faults that only show between keys, e.g. after the command line has changed some.
[[nodiscard]] std::vector<Fault> check(const Config& config);

[[nodiscard]] std::string_view to_text(LogLevel level);
[[nodiscard]] std::string_view to_text(lobby::ManualIp manual_ip);
// Nothing found: false, and `level` is untouched.
[[nodiscard]] bool parse_log_level(std::string_view text, LogLevel& level);
inline constexpr std::string_view log_levels = "\"debug\", \"info\", \"warning\" or \"error\"";

// A name or address that fits into a join text: letters, digits, and any of . - _ :  At most 253.
[[nodiscard]] bool is_public_name(std::string_view text);

} // namespace netplay_relay::config
