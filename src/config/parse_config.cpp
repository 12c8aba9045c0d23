#include "base/among_workers.hpp"
#include "config/config.hpp"
#include "config/fault_reader.hpp"
#include "config/json_text.hpp"
#include "config/read_control.hpp"
#include "config/read_fleet.hpp"
#include "config/read_outward.hpp"
#include "config/read_parties.hpp"
#include "config/read_public_page.hpp"
#include "config/read_rooms.hpp"
#include "config/reasons.hpp"
#include "spelling/spelling.hpp"
#include "wire/discovery.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace netplay_relay::config {

namespace {

constexpr std::size_t listen_most = 16;
constexpr std::size_t networks_most = 4096;
constexpr std::size_t reserved_most = 1024;
constexpr std::uint64_t day = 86400;

constexpr std::string_view an_endpoint =
    "an address with a port, such as \"0.0.0.0:55435\" or \"[::]:55435\"";
constexpr std::string_view an_ipv4_endpoint =
    "an IPv4 address with a port, such as \"0.0.0.0:55435\"";
constexpr std::string_view a_network =
    "an address or network, such as \"203.0.113.7\" or \"2001:db8::/32\"";
constexpr std::string_view a_session_id =
    "exactly 16 characters of A-Z, a-z, 0-9, + and /, and not all A";
constexpr std::uint32_t range_most = 10000;
constexpr std::string_view a_range =
    "a range of at most 10000 ports such as \"56000-56099\", or \"\" for none";
constexpr std::string_view a_public_name = "a host name or address of at most 253 characters";

void read_lan_discovery(FaultReader& reader, LanDiscovery& discovery)
{
    reader.flag("enabled", discovery.enabled);
    reader.text(
        "listen", an_ipv4_endpoint,
        [&](const std::string& text) {
            const auto listen = wire::parse_endpoint(text);
            if (!listen || !listen->address.is_ipv4()) return false;
            discovery.listen = *listen;
            return true;
        },
        why_no_endpoint);
}

void read_limits(FaultReader& reader, lobby::Limits& limits)
{
    reader.number("connections", 8, 1000000, limits.connections);
    reader.number("sessions", 1, 500000, limits.sessions);
    reader.number("links_per_session", 1, 1024, limits.links_per_session);
    reader.number("links_per_address", 1, 1024, limits.links_per_address);
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
    reader.number("memory_mebibytes", 0, 1048576, limits.memory_mebibytes);
}

void read_access(FaultReader& reader, lobby::AccessList& list)
{
    reader.texts("allow", a_network, networks_most, list.allow, wire::parse_network,
                 why_no_network);
    reader.texts("deny", a_network, networks_most, list.deny, wire::parse_network, why_no_network);
}

// Whether the text is an id that can be promised; then it is taken.
bool take_session_id(const std::string& text, wire::SessionId& target)
{
    const auto id = wire::parse_session_id(text);
    if (id) target = *id;
    return id && !id->is_zero();
}

void read_reserved(FaultReader& reader, std::vector<lobby::ReservedSession>& all)
{
    lobby::ReservedSession reserved;
    reader.text(
        "id", a_session_id,
        [&](const std::string& text) { return take_session_id(text, reserved.id); },
        why_no_session_id);
    reader.texts("networks", a_network, networks_most, reserved.networks, wire::parse_network,
                 why_no_network);
    if (reader.lacks("id")) reader.fault("id", "must be there");
    if (reader.lacks("networks") || reader.is_empty_list("networks"))
        reader.fault("networks", "must name at least one network");
    if (reserved.id.is_zero()) return;
    if (std::ranges::find(all, reserved.id, &lobby::ReservedSession::id) != all.end())
        reader.fault("id", "must not be reserved twice");
    all.push_back(std::move(reserved));
}

constexpr std::string_view manual_ips = "\"auto\", \"room\", \"tunnel\" or \"off\"";

bool parse_manual_ip(std::string_view text, lobby::ManualIp& manual_ip)
{
    for (const lobby::ManualIp known : {lobby::ManualIp::automatic, lobby::ManualIp::room,
                                        lobby::ManualIp::tunnel, lobby::ManualIp::off}) {
        if (text != to_text(known)) continue;
        manual_ip = known;
        return true;
    }
    return false;
}

// "56000-56099", or one port, or nothing for none.
bool parse_range(const std::string& text, lobby::PortRange& range)
{
    range = {};
    if (text.empty()) return true;
    const std::size_t dash = text.find('-');
    const auto number = [](std::string_view digits) -> std::uint32_t {
        std::uint32_t value = 0;
        const char* end = digits.data() + digits.size();
        const auto [read, error] = std::from_chars(digits.data(), end, value);
        return error == std::errc() && read == end && value <= 65535 ? value : 0;
    };
    const std::string_view all = text;
    const std::uint32_t first = number(all.substr(0, dash));
    const std::uint32_t last = dash == std::string::npos ? first : number(all.substr(dash + 1));
    if (first == 0 || last < first || last - first >= range_most) return false;
    range = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
    return true;
}

void read_door(FaultReader& reader, std::vector<ListenerSettings>& all)
{
    ListenerSettings settings;
    reader.texts("listen", an_endpoint, listen_most, settings.listen, wire::parse_endpoint,
                 why_no_endpoint);
    if (reader.lacks("listen") || reader.is_empty_list("listen"))
        reader.fault("listen", "must name at least one address");
    reader.text(
        "manual_ip", manual_ips,
        [&](const std::string& text) {
            lobby::ManualIp manual_ip{};
            const bool known = parse_manual_ip(text, manual_ip);
            settings.profile.manual_ip = manual_ip;
            return known;
        },
        why_no_manual_ip);
    reader.text(
        "rooms", "\"by_content\", \"by_password\" or \"by_core\"",
        [&](const std::string& text) {
            settings.profile.by_core = text == "by_core";
            settings.profile.by_password = settings.profile.by_core || text == "by_password";
            return settings.profile.by_password || text == "by_content";
        },
        why_no_door_rooms);
    reader.flag("multitap", settings.profile.multitap);
    reader.text(
        "session", a_session_id,
        [&](const std::string& text) {
            wire::SessionId id;
            if (!take_session_id(text, id)) return false;
            settings.profile.reserved = id;
            return true;
        },
        why_no_session_id);
    if (settings.profile.reserved &&
        (settings.profile.by_password || settings.profile.manual_ip == lobby::ManualIp::room))
        reader.fault("session", "is for a door through which somebody hosts, not for rooms only");
    all.push_back(std::move(settings));
}

void read_manual_ip(FaultReader& reader, Config& config)
{
    lobby::Policy& policy = config.policy;
    reader.text(
        "manual_ip", manual_ips,
        [&](const std::string& text) { return parse_manual_ip(text, policy.manual_ip); },
        why_no_manual_ip);
    reader.objects("doors", listen_most, [&](FaultReader& door) { read_door(door, config.doors); });
    reader.object("rooms", [&](FaultReader& rooms) { read_rooms(rooms, policy.rooms); });
    reader.text(
        "join_ports", a_range,
        [&](const std::string& text) { return parse_range(text, policy.join_ports); },
        why_no_range);
    reader.object("legacy_ports", [&](FaultReader& ports) {
        ports.text(
            "range", a_range,
            [&](const std::string& text) { return parse_range(text, policy.legacy_ports.range); },
            why_no_range);
        ports.number("per_address", 1, 10000, policy.legacy_ports.per_address);
        ports.seconds("expiry_seconds", 10, 30 * day, policy.legacy_ports.expiry);
    });
}

void read_keys(FaultReader& reader, Config& config)
{
    reader.texts("listen", an_endpoint, listen_most, config.listen, wire::parse_endpoint,
                 why_no_endpoint);
    if (reader.is_empty_list("listen")) reader.fault("listen", "must name at least one address");
    reader.text(
        "public_name", a_public_name,
        [&](const std::string& text) {
            config.public_name = text;
            return text.empty() || is_public_name(text);
        },
        why_no_public_name);
    reader.port("public_port", config.public_port);
    read_manual_ip(reader, config);
    read_parties(reader, config.policy);
    reader.object("admin", [&](FaultReader& admin) {
        admin.texts("listen", an_endpoint, listen_most, config.admin_listen, wire::parse_endpoint,
                    why_no_endpoint);
        read_control(admin, config);
    });
    reader.object("lan_discovery", [&](FaultReader& discovery) {
        read_lan_discovery(discovery, config.lan_discovery);
    });
    reader.object("public_page",
                  [&](FaultReader& page) { read_public_page(page, config.public_page); });
    reader.object("log", [&](FaultReader& log) {
        log.text(
            "level", log_levels,
            [&](const std::string& text) { return parse_log_level(text, config.log_level); },
            why_no_log_level);
    });
    read_webhooks(reader, config.webhooks);
    reader.object("lobby", [&](FaultReader& inner) { read_lobby(inner, config.lobby); });
    reader.object("fleet", [&](FaultReader& fleet) { read_fleet(fleet, config.fleet); });
    if (reader.is_word("workers", "auto", ValueKind::scalar))
        config.workers = 0;
    else
        reader.number("workers", 1, workers_max, config.workers);
    config.policy.node = config.policy.parties.node = config.fleet.node;
    reader.flag("inspect", config.inspect);
    reader.flag("reload_in_terminal", config.reload_in_terminal);
    reader.seconds("shutdown_grace_seconds", 0, 3600, config.shutdown_grace);
    reader.seconds("drain_limit_seconds", 0, 30 * day, config.drain_limit);
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

// Tells the environment which keys there are.
void survey(Environment& environment)
{
    const nlohmann::json nothing = nlohmann::json::object();
    Config config;
    std::vector<Fault> none;
    environment.begin_survey();
    FaultReader reader(nothing, environment, "", none);
    read_keys(reader, config);
    environment.end_survey();
}

// Names are compared without what all of them begin with: it would make any two alike.
void report_unread(const Environment& environment, std::vector<Fault>& faults)
{
    std::vector<std::string> known;
    for (const std::string& path : environment.paths())
        known.push_back(Environment::name_of(path).substr(variable_prefix.size()));
    for (const std::string& name : environment.unread()) {
        const std::string meant = spelling::closest(name.substr(variable_prefix.size()), known);
        faults.push_back({shown_key(name),
                          "names no key of the configuration" +
                              (meant.empty() ? ""
                                             : "; did you mean \"" + std::string(variable_prefix) +
                                                   meant + "\"?")});
    }
}

// What is no configuration at all would fill a log.
void keep_first(std::vector<Fault>& faults)
{
    if (faults.size() <= faults_told_most) return;
    const std::size_t more = faults.size() - faults_told_most;
    faults.resize(faults_told_most);
    faults.push_back({"", "has " + std::to_string(more) + " more faults"});
}

} // namespace

Parsed read_config(std::string_view text, std::span<const std::string> variables)
{
    Parsed parsed;
    const JsonText json = read_json(text);
    if (!json.problem.empty()) {
        parsed.faults.push_back({"", json.is_empty
                                         ? "is empty: a file that keeps every default holds {}"
                                         : "is not JSON: " + json.problem});
        return parsed;
    }
    parsed.faults = json.given_twice;
    Environment environment(variables);
    survey(environment);
    FaultReader reader(json.value, environment, "", parsed.faults);
    read_keys(reader, parsed.config);
    reader.finish();
    parsed.faults.insert(parsed.faults.end(), environment.given_twice().begin(),
                         environment.given_twice().end());
    report_unread(environment, parsed.faults);
    keep_first(parsed.faults);
    return parsed;
}

Parsed parse_config(std::string_view text, std::span<const std::string> variables)
{
    Parsed parsed = read_config(text, variables);
    if (parsed.faults.empty()) parsed.faults = named_by_variables(check(parsed.config), variables);
    return parsed;
}

std::vector<Fault> named_by_variables(std::vector<Fault> faults,
                                      std::span<const std::string> variables)
{
    const Environment environment(variables);
    for (Fault& fault : faults) {
        const std::size_t bracket = std::min(fault.key.find('['), fault.key.size());
        const std::string path = fault.key.substr(0, bracket);
        const std::string parent = path.substr(0, path.find('.'));
        if (environment.has(path))
            fault.key = Environment::name_of(path) + fault.key.substr(bracket);
        else if (environment.has(parent))
            fault.key = Environment::name_of(parent) + fault.key.substr(parent.size());
    }
    return faults;
}

} // namespace netplay_relay::config
