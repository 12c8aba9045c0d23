// What is wrong only between keys: above all listeners that get into each other's way.
#include "config/config.hpp"
#include "config/read_fleet.hpp"
#include "config/read_outward.hpp"

#include <algorithm>

namespace netplay_relay::config {

namespace {

// A TCP port, or a range of them, on one address; as they are bound: IPv6 sockets take no IPv4.
struct Listener
{
    std::string key;
    wire::Address address;
    std::uint16_t first = 0; // 0: the system chooses one that is free
    std::uint16_t last = 0;
    bool is_range = false;
};

std::string ports_text(const Listener& one)
{
    return std::to_string(one.first) +
           (one.last == one.first ? "" : "-" + std::to_string(one.last));
}

std::string address_text(const Listener& one)
{
    if (one.is_range) return ports_text(one);
    return wire::to_text(wire::Endpoint{one.address, one.first});
}

bool collide(const Listener& one, const Listener& other)
{
    if (one.address.is_ipv4() != other.address.is_ipv4()) return false;
    const bool overlap =
        one.first != 0 && other.first != 0 && one.first <= other.last && other.first <= one.last;
    return overlap && (one.address == other.address || one.address.is_wildcard() ||
                       other.address.is_wildcard());
}

void add(std::vector<Listener>& all, const std::string& key,
         const std::vector<wire::Endpoint>& endpoints)
{
    for (std::size_t at = 0; at < endpoints.size(); ++at)
        all.push_back({key + "[" + std::to_string(at) + "]", endpoints[at].address,
                       endpoints[at].port, endpoints[at].port});
}

// Join ports and legacy ports are opened wherever players are listened for.
void add_range(std::vector<Listener>& all, const std::string& key, const lobby::PortRange& range,
               const std::vector<wire::Address>& addresses)
{
    if (range.empty()) return;
    for (const wire::Address& address : addresses)
        all.push_back({key, address, range.first, range.last, true});
}

std::vector<Listener> listeners_of(const Config& config)
{
    std::vector<Listener> all;
    add(all, "listen", config.listen);
    for (std::size_t at = 0; at < config.doors.size(); ++at)
        add(all, "doors[" + std::to_string(at) + "].listen", config.doors[at].listen);
    std::vector<wire::Address> addresses;
    for (const Listener& one : all)
        if (std::ranges::find(addresses, one.address) == addresses.end())
            addresses.push_back(one.address);
    add(all, "admin.listen", config.admin_listen);
    add(all, "public_page.listen", config.public_page.listen);
    if (const auto& listen = config.fleet.listen)
        all.push_back({"fleet.listen", listen->address, listen->port, listen->port});
    add_range(all, "join_ports", config.policy.join_ports, addresses);
    add_range(all, "legacy_ports.range", config.policy.legacy_ports.range, addresses);
    return all;
}

std::string problem_of(const Listener& one, const Listener& before)
{
    if (one.is_range || before.is_range) {
        const char* const taken = one.first == one.last ? "that port"
                                  : before.is_range     ? "some of these ports"
                                                        : "one of these ports";
        return "must not be " + address_text(one) + ": " + before.key + " (" +
               address_text(before) + ") has " + taken + " already";
    }
    if (one.address == before.address)
        return "must not be " + address_text(one) + ": it is " + before.key + " already";
    const std::string family = one.address.is_ipv4() ? "IPv4" : "IPv6";
    if (before.address.is_wildcard())
        return "must not be " + address_text(one) + ": " + before.key + " (" +
               address_text(before) + ") has that port on every " + family + " address";
    return "must not be " + address_text(one) + ", which is every " + family +
           " address: " + before.key + " (" + address_text(before) +
           ") has that port on one of them";
}

void check_listeners(const Config& config, std::vector<Fault>& faults)
{
    const std::vector<Listener> all = listeners_of(config);
    std::vector<std::string> told;
    for (auto one = all.begin(); one != all.end(); ++one) {
        const auto before = std::find_if(all.begin(), one, [&](const Listener& other) {
            return other.key != one->key && collide(*one, other);
        });
        if (before == one || std::ranges::find(told, one->key) != told.end()) continue;
        told.push_back(one->key); // a range is there once for each address
        faults.push_back({one->key, problem_of(*one, *before)});
    }
}

// A door's rooms are reached by nobody whom the door does not let into rooms.
void check_doors(const Config& config, std::vector<Fault>& faults)
{
    for (std::size_t at = 0; at < config.doors.size(); ++at) {
        const lobby::ListenerProfile& profile = config.doors[at].profile;
        const lobby::ManualIp manual_ip = profile.manual_ip.value_or(config.policy.manual_ip);
        const bool has_rooms =
            manual_ip != lobby::ManualIp::tunnel && manual_ip != lobby::ManualIp::off;
        if (has_rooms || (!profile.by_password && !profile.multitap)) continue;
        const std::string path = "doors[" + std::to_string(at) + "].";
        const std::string own = "\"" + std::string(to_text(manual_ip)) + "\"";
        const std::string whose = profile.manual_ip ? "of this door" : "of the whole relay";
        const std::string key = !profile.by_password ? "multitap" : "rooms";
        faults.push_back({path + key, "needs rooms, and manual_ip " + whose + " is " + own +
                                          ", which lets nobody into one: give this door "
                                          "\"manual_ip\": \"room\""});
    }
}

// Two that host at the same time must not be promised the same id.
void check_door_sessions(const Config& config, std::vector<Fault>& faults)
{
    std::vector<wire::SessionId> known;
    for (const lobby::ReservedSession& reserved : config.policy.reserved)
        known.push_back(reserved.id);
    for (std::size_t at = 0; at < config.doors.size(); ++at) {
        const std::optional<wire::SessionId>& session = config.doors[at].profile.reserved;
        if (!session) continue;
        if (std::ranges::find(known, *session) != known.end())
            faults.push_back(
                {"doors[" + std::to_string(at) + "].session", "must not be promised twice"});
        known.push_back(*session);
    }
}

} // namespace

std::vector<Fault> check(const Config& config)
{
    std::vector<Fault> faults;
    check_door_sessions(config, faults);
    const lobby::Limits& limits = config.policy.limits;
    if (config.listen.empty()) faults.push_back({"listen", "must name at least one address"});
    check_listeners(config, faults);
    check_doors(config, faults);
    check_outward(config, faults);
    check_fleet(config, faults);
    // Frontends find games by IPv4 only, and connect to the address that answered them.
    const auto is_ipv4 = [](const wire::Endpoint& one) { return one.address.is_ipv4(); };
    if (config.lan_discovery.enabled && std::ranges::none_of(config.listen, is_ipv4))
        faults.push_back({"lan_discovery.enabled", "needs an IPv4 address in listen"});
    // A session with one guest needs three connections: the control connection and both endpoints.
    if (config.policy.proxy_protocol && config.policy.trusted_proxies.empty())
        faults.push_back(
            {"proxy_protocol", "needs the addresses of the proxies in trusted_proxies"});
    if (limits.connections < 3)
        faults.push_back({"limits.connections", "must be at least 3 for one game"});
    if (limits.sessions > limits.connections)
        faults.push_back({"limits.sessions", "must not be above limits.connections (" +
                                                 std::to_string(limits.connections) +
                                                 "): each needs a connection of its own"});
    return faults;
}

std::vector<std::string> keys_for_restart(const Config& running, const Config& wanted)
{
    std::vector<std::string> keys;
    if (wanted.listen != running.listen) keys.emplace_back("listen");
    if (wanted.doors != running.doors) keys.emplace_back("doors");
    if (wanted.admin_listen != running.admin_listen) keys.emplace_back("admin.listen");
    if (wanted.admin_socket != running.admin_socket) keys.emplace_back("admin.socket");
    if (wanted.public_page.listen != running.public_page.listen)
        keys.emplace_back("public_page.listen");
    if (wanted.lan_discovery != running.lan_discovery) keys.emplace_back("lan_discovery");
    if (wanted.fleet != running.fleet) keys.emplace_back("fleet");
    if (wanted.workers != running.workers) keys.emplace_back("workers");
    return keys;
}

std::vector<std::string> warnings(const Config& config)
{
    std::vector<std::string> all;
    const auto is_ipv4 = [](const wire::Endpoint& one) { return one.address.is_ipv4(); };
    if (!config.listen.empty() && std::ranges::none_of(config.listen, is_ipv4))
        all.emplace_back("listen has no IPv4 address: RetroArch reaches a relay to host by IPv4 "
                         "only");
    const auto address = wire::parse_address(config.public_name);
    if (address && !address->is_ipv4())
        all.emplace_back("public_name is an IPv6 address: RetroArch reaches a relay to host by "
                         "IPv4 only");
    warn_of_outward(config, all);
    warn_of_fleet(config, all);
    return all;
}

} // namespace netplay_relay::config
