#include "config/config.hpp"
#include "config/fault_reader.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace netplay_relay::config {

namespace {

constexpr std::size_t listen_most = 16;
constexpr std::size_t networks_most = 4096;
constexpr std::size_t reserved_most = 1024;
constexpr std::uint64_t day = 86400;

constexpr std::string_view an_endpoint =
    "an address with a port, such as \"0.0.0.0:55435\" or \"[::]:55435\"";
constexpr std::string_view a_network =
    "an address or network, such as \"203.0.113.7\" or \"2001:db8::/32\"";
constexpr std::string_view a_session_id =
    "exactly 16 characters of A-Z, a-z, 0-9, + and /, and not all A";
constexpr std::string_view a_public_name = "a host name or address of at most 253 characters";

void read_limits(FaultReader& reader, lobby::Limits& limits)
{
    reader.number("connections", 8, 1000000, limits.connections);
    reader.number("sessions", 1, 500000, limits.sessions);
    reader.number("links_per_session", 1, 1024, limits.links_per_session);
    reader.number("waiting_joins_per_session", 1, 1024, limits.waiting_joins_per_session);
    reader.number("connections_per_address", 1, 1000000, limits.connections_per_address);
    reader.number("sessions_per_address", 1, 500000, limits.sessions_per_address);
    reader.number("waiting_joins_per_address", 1, 1000000, limits.waiting_joins_per_address);
    reader.number("new_connections_per_second_per_address", 1, 1000000,
                  limits.new_connections_per_second_per_address);
    reader.seconds("greeting_seconds", 1, 3600, limits.greeting);
    reader.seconds("join_wait_seconds", 1, 3600, limits.join_wait);
    reader.seconds("link_idle_seconds", 1, 30 * day, limits.link_idle);
    reader.seconds("half_closed_seconds", 1, day, limits.half_closed);
    reader.seconds("host_ping_seconds", 0, day, limits.host_ping);
    reader.number("buffered_bytes_per_connection", 4096, 16777216,
                  limits.buffered_bytes_per_connection);
}

void read_access(FaultReader& reader, lobby::AccessList& list)
{
    reader.texts("allow", a_network, networks_most, list.allow, wire::parse_network);
    reader.texts("deny", a_network, networks_most, list.deny, wire::parse_network);
}

void read_reserved(FaultReader& reader, std::vector<lobby::ReservedSession>& all)
{
    lobby::ReservedSession reserved;
    reader.text("id", a_session_id, [&](const std::string& text) {
        const auto id = wire::parse_session_id(text);
        if (id) reserved.id = *id;
        return id && !id->is_zero();
    });
    reader.texts("networks", a_network, networks_most, reserved.networks, wire::parse_network);
    if (reader.lacks("id")) reader.fault("id", "must be there");
    if (reader.lacks("networks") || reader.is_empty_list("networks"))
        reader.fault("networks", "must name at least one network");
    if (reserved.id.is_zero()) return;
    if (std::ranges::find(all, reserved.id, &lobby::ReservedSession::id) != all.end())
        reader.fault("id", "must not be reserved twice");
    all.push_back(std::move(reserved));
}

void read_config(FaultReader& reader, Config& config)
{
    reader.texts("listen", an_endpoint, listen_most, config.listen, wire::parse_endpoint);
    if (reader.is_empty_list("listen")) reader.fault("listen", "must name at least one address");
    reader.text("public_name", a_public_name, [&](const std::string& text) {
        config.public_name = text;
        return text.empty() || is_public_name(text);
    });
    reader.port("public_port", config.public_port);
    reader.object("admin", [&](FaultReader& admin) {
        admin.texts("listen", an_endpoint, listen_most, config.admin_listen, wire::parse_endpoint);
    });
    reader.object("log", [&](FaultReader& log) {
        log.text("level", log_levels,
                 [&](const std::string& text) { return parse_log_level(text, config.log_level); });
    });
    reader.seconds("shutdown_grace_seconds", 0, 3600, config.shutdown_grace);
    reader.object("access", [&](FaultReader& access) {
        access.object("host", [&](FaultReader& host) { read_access(host, config.policy.host); });
        access.object("join", [&](FaultReader& join) { read_access(join, config.policy.join); });
    });
    config.policy.reserved.clear();
    reader.objects("reserved_sessions", reserved_most,
                   [&](FaultReader& reserved) { read_reserved(reserved, config.policy.reserved); });
    reader.object("limits",
                  [&](FaultReader& limits) { read_limits(limits, config.policy.limits); });
}

wire::Endpoint endpoint(std::string_view address, std::uint16_t port)
{
    return {*wire::parse_address(address), port};
}

} // namespace

Config::Config()
    : listen{endpoint("0.0.0.0", default_port), endpoint("::", default_port)},
      admin_listen{endpoint("127.0.0.1", default_admin_port)}
{
}

Parsed parse_config(std::string_view text)
{
    Parsed parsed;
    nlohmann::json json;
    try {
        json = nlohmann::json::parse(text, nullptr, true, true);
    } catch (const nlohmann::json::exception& error) {
        parsed.faults.push_back({"", std::string("is not JSON: ") + error.what()});
        return parsed;
    }
    FaultReader reader(json, "", parsed.faults);
    read_config(reader, parsed.config);
    reader.finish();
    if (parsed.faults.empty()) parsed.faults = check(parsed.config);
    return parsed;
}

std::vector<Fault> check(const Config& config)
{
    std::vector<Fault> faults;
    const lobby::Limits& limits = config.policy.limits;
    if (config.listen.empty()) faults.push_back({"listen", "must name at least one address"});
    // A session with one guest needs three connections: the control connection and both legs.
    if (limits.connections < 3)
        faults.push_back({"limits.connections", "must be at least 3 for one game"});
    if (limits.sessions > limits.connections)
        faults.push_back({"limits.sessions", "must not be above limits.connections (" +
                                                 std::to_string(limits.connections) +
                                                 "): each needs a connection of its own"});
    return faults;
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
