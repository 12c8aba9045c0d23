#include "config/config.hpp"

#include "wire/discovery.hpp"

#include <algorithm>
#include <cctype>

namespace netplay_relay::config {

namespace {

wire::Endpoint endpoint(std::string_view address, std::uint16_t port)
{
    return {*wire::parse_address(address), port};
}

} // namespace

LanDiscovery::LanDiscovery() : listen(endpoint("0.0.0.0", wire::discovery_port)) {}

Config::Config()
    : listen{endpoint("0.0.0.0", default_port), endpoint("::", default_port)},
      admin_listen{endpoint("127.0.0.1", default_admin_port)}
{
}

std::string_view to_text(lobby::ManualIp manual_ip)
{
    switch (manual_ip) {
    case lobby::ManualIp::off: return "off";
    case lobby::ManualIp::automatic: return "auto";
    case lobby::ManualIp::room: return "room";
    case lobby::ManualIp::tunnel: return "tunnel";
    }
    return "auto";
}

std::string_view to_text(LogLevel level)
{
    switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
    }
    return "info";
}

bool parse_log_level(std::string_view text, LogLevel& level)
{
    for (const LogLevel known :
         {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
        if (text != to_text(known)) continue;
        level = known;
        return true;
    }
    return false;
}

bool is_public_name(std::string_view text)
{
    const auto fits = [](unsigned char letter) {
        return std::isalnum(letter) != 0 || letter == '.' || letter == '-' || letter == ':' ||
               letter == '_';
    };
    // The port has a key of its own: a colon can only be part of an IPv6 address.
    const bool has_colon = text.find(':') != std::string_view::npos;
    if (has_colon && !wire::parse_address(text)) return false;
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, fits);
}

} // namespace netplay_relay::config
