// Where the relay would listen: whether it can, and what the packet filter does there.
#include "daemon/doctor/firewall.hpp"
#include "daemon/doctor/gather.hpp"
#include "daemon/doctor/run_program.hpp"
#include "net/listen_problem.hpp"
#include "net/tcp.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace netplay_relay::daemon::doctor {

namespace {

constexpr const char* relay_user = "netplay-relay";

// Of binding to it as the relay does, without listening: nobody who comes meanwhile gets lost.
int error_of_binding(const wire::Endpoint& endpoint)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(endpoint.port);
    if (getaddrinfo(wire::to_text(endpoint.address).c_str(), port.c_str(), &hints, &found) != 0)
        return EINVAL;
    const bool ipv6 = found->ai_family == AF_INET6;
    const net::UniqueFd probe(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    int error = probe.is_open() ? 0 : errno;
    if (error == 0) {
        net::allow_missing_address(probe.value(), ipv6);
        (void)setsockopt(probe.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (ipv6) (void)setsockopt(probe.value(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        if (bind(probe.value(), found->ai_addr, found->ai_addrlen) != 0) error = errno;
    }
    freeaddrinfo(found);
    return error;
}

std::string text_in(const char* path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// All that the tools say, once; what they do not say is not known.
struct Filters
{
    std::optional<std::string> ipv4;
    std::optional<std::string> ipv6;
    std::optional<std::string> nft;
    bool is_unclear = false; // there are two kinds of iptables
};

Filters look_at_filters()
{
    Filters filters;
    if (geteuid() != 0) return filters;
    filters.ipv4 = printed_by({"iptables-save"});
    filters.ipv6 = printed_by({"ip6tables-save"});
    filters.nft = printed_by({"nft", "-j", "list", "ruleset"});
    const std::string version = printed_by({"iptables-save", "--version"}).value_or("");
    const bool legacy = !text_in("/proc/net/ip_tables_names").empty() ||
                        !text_in("/proc/net/ip6_tables_names").empty();
    filters.is_unclear = legacy && version.find("legacy") == std::string::npos;
    return filters;
}

Passing through(const Filters& filters, const wire::Endpoint& endpoint)
{
    const Packet packet{endpoint.address.is_ipv4(), endpoint.port};
    const std::optional<std::string>& iptables = packet.is_ipv4 ? filters.ipv4 : filters.ipv6;
    Chains chains;
    if (filters.is_unclear || (!iptables && !filters.nft)) return {};
    if (iptables) read_iptables(*iptables, packet, chains);
    const bool has_all =
        filters.nft && read_nft(*filters.nft, packet, iptables.has_value(), chains);
    const Passing result = passing(chains);
    return has_all || result.passage == Passage::blocked ? result : Passing{};
}

PortFacts look_at_port(const char* key, const wire::Endpoint& endpoint, bool for_players,
                       const Filters& filters)
{
    PortFacts port{key, endpoint, for_players};
    port.error = error_of_binding(endpoint);
    port.has_address =
        endpoint.address.is_wildcard() ? std::nullopt : net::has_address(endpoint.address);
    if (port.error == EADDRINUSE) {
        port.holder = net::who_listens(endpoint, net::Transport::tcp);
        port.of_relay = port.holder.find("by netplay-relay (") == 0 ||
                        port.holder.ends_with(std::string("user ") + relay_user);
        port.by_outgoing = port.holder.empty();
    }
    if (!for_players) return port;
    const Passing result = through(filters, endpoint);
    port.firewall = result.passage;
    port.firewall_by = result.by;
    return port;
}

// Who has which TCP port, as the kernel lists it.
std::vector<net::ListedSocket> listening_now()
{
    std::vector<net::ListedSocket> all;
    for (const char* path : {"/proc/self/net/tcp", "/proc/self/net/tcp6"})
        for (const net::ListedSocket& one : net::read_listed_sockets(text_in(path)))
            if (one.is_bound_only) all.push_back(one);
    return all;
}

RangeFacts look_at_range(const char* key, const lobby::PortRange& range, const Reader& relay)
{
    RangeFacts facts{key, range.first, range.last, {}};
    for (const net::ListedSocket& one : listening_now())
        if (range.contains(one.endpoint.port) && (relay.name.empty() || one.user != relay.user))
            facts.taken.push_back(one.endpoint.port);
    std::ranges::sort(facts.taken);
    const auto twice = std::ranges::unique(facts.taken);
    facts.taken.erase(twice.begin(), twice.end());
    return facts;
}

} // namespace

void look_at_ports(const config::Config& config, Facts& facts)
{
    const Filters filters = look_at_filters();
    const auto add = [&](const char* key, const std::vector<wire::Endpoint>& all, bool players) {
        for (const wire::Endpoint& endpoint : all)
            if (endpoint.port != 0)
                facts.ports.push_back(look_at_port(key, endpoint, players, filters));
    };
    add("listen", config.listen, true);
    for (const config::ListenerSettings& door : config.doors)
        add("doors", door.listen, true);
    add("admin.listen", config.admin_listen, false);
    add("public_page.listen", config.public_page.listen, false);
    if (config.fleet.listen) add("fleet.listen", {*config.fleet.listen}, false);
    const Reader relay = facts.relay.is_here ? look_at_reader(facts.relay, false) : Reader{};
    if (!config.policy.join_ports.empty())
        facts.ranges.push_back(look_at_range("join_ports", config.policy.join_ports, relay));
    if (!config.policy.legacy_ports.range.empty())
        facts.ranges.push_back(
            look_at_range("legacy_ports", config.policy.legacy_ports.range, relay));
}

} // namespace netplay_relay::daemon::doctor
