// Where the relay listens, and whether players come through to there.
#include "daemon/doctor/facts.hpp"
#include "net/listen_problem.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::daemon::doctor {

namespace {

constexpr std::uint16_t first_free_port = 1024;

// Whether the sysctl's list, "8080,9000-9100", has it.
bool is_in_list(const std::string& list, std::uint16_t port)
{
    for (std::size_t at = 0; at < list.size();) {
        const std::size_t end = std::min(list.find(',', at), list.size());
        unsigned first = 0;
        unsigned last = 0;
        const int read = std::sscanf(list.substr(at, end - at).c_str(), "%u-%u", &first, &last);
        if (read == 1 && first == port) return true;
        if (read == 2 && first <= port && port <= last) return true;
        at = end + 1;
    }
    return false;
}

bool listens_there(const RelayFacts& relay, const wire::Endpoint& endpoint, const char* state)
{
    return std::ranges::any_of(relay.listening, [&](const RelayFacts::ListensAt& one) {
        return one.endpoint == endpoint && one.state == state;
    });
}

// Where it listens at an address that this one is part of: [::] of systemd's serves IPv4 as well.
std::string listens_around(const RelayFacts& relay, const wire::Endpoint& endpoint)
{
    for (const RelayFacts::ListensAt& one : relay.listening)
        if (one.state == "listening" && net::collide(one.endpoint, endpoint))
            return wire::to_text(one.endpoint);
    return {};
}

// That it is reserved keeps it from outgoing connections, which could have it when the relay
// starts.
std::string reserving(const KernelFacts& kernel, const std::string& ports)
{
    return fmt::format("sysctl -w net.ipv4.ip_local_reserved_ports={}{}{}", kernel.reserved,
                       kernel.reserved.empty() ? "" : ",", ports);
}

Finding judge_taken(const Facts& facts, const PortFacts& port, const std::string& where)
{
    const std::string number = std::to_string(port.endpoint.port);
    if (port.by_outgoing)
        return {Grade::fail, "port",
                where + " is in use by a connection that went out from this machine",
                "wait for its end, and then: " + reserving(facts.kernel, number)};
    return {
        Grade::fail, "port",
        fmt::format("{} is taken{}", where, port.holder.empty() ? "" : " " + port.holder),
        fmt::format("ss -ltnp sport = :{} shows by whom; end that, or change the port", number)};
}

// What binding to it came to, where nobody of ours is.
Finding judge_binding(const Facts& facts, const PortFacts& port, const std::string& where)
{
    switch (port.error) {
    case 0: break;
    case EADDRINUSE: return judge_taken(facts, port, where);
    case EACCES:
        if (port.endpoint.port < first_free_port)
            return {facts.self.is_root ? Grade::fail : Grade::warn, "port",
                    where + " is below 1024, which needs CAP_NET_BIND_SERVICE",
                    "see CapabilityBoundingSet in the unit, or let netplay-relay.socket listen"};
        [[fallthrough]];
    case EAFNOSUPPORT:
        if (port.error == EAFNOSUPPORT && !port.endpoint.address.is_ipv4())
            return {Grade::ok, "port", where + " is left out: this machine has no IPv6", ""};
        [[fallthrough]];
    default:
        return {Grade::fail, "port",
                fmt::format("{} cannot be listened on: {}", where, std::strerror(port.error)), ""};
    }
    if (port.has_address == false)
        return {Grade::warn, "port", where + " is no address of this machine now",
                "it is served as soon as it is there; ip address shows those that are"};
    if (facts.relay.answers && facts.relay.is_here)
        return {Grade::warn, "port", where + " is not listened on by the relay that runs",
                "it was started with something else: systemctl restart netplay-relay"};
    return {Grade::ok, "port", where + " is free", ""};
}

Finding judge_port(const Facts& facts, const PortFacts& port)
{
    const std::string where = fmt::format("{} ({})", wire::to_text(port.endpoint), port.key);
    const bool told = facts.relay.is_here;
    if (told && listens_there(facts.relay, port.endpoint, "listening"))
        return {Grade::ok, "port", where + " is listened on by the relay", ""};
    if (port.error == EADDRINUSE && port.of_relay)
        return {Grade::ok, "port", fmt::format("{} is taken {}", where, port.holder), ""};
    const std::string around = told ? listens_around(facts.relay, port.endpoint) : std::string();
    if (port.error == EADDRINUSE && !around.empty())
        return {Grade::ok, "port", where + " is served by the relay at " + around, ""};
    if (port.error == EADDRINUSE && facts.service.socket_listens &&
        port.holder.starts_with("by systemd ("))
        return {Grade::ok, "port", where + " is listened on by systemd, for the relay", ""};
    if (told && listens_there(facts.relay, port.endpoint, "no_ipv6"))
        return {Grade::ok, "port", where + " is left out: this machine has no IPv6", ""};
    return judge_binding(facts, port, where);
}

std::string try_from_outside(const Facts& facts, const PortFacts& port)
{
    const bool named = facts.name && !facts.name->name.empty();
    return fmt::format("try it from another machine: nc -vz {} {}",
                       named                                 ? facts.name->name
                       : port.endpoint.address.is_wildcard() ? "ADDRESS"
                                                             : wire::to_text(port.endpoint.address),
                       port.endpoint.port);
}

// By whatever has made the rules.
std::string allowing(const PortFacts& port)
{
    if (port.firewall_by.find("firewalld") != std::string::npos)
        return fmt::format("firewall-cmd --permanent --add-port={}/tcp && firewall-cmd --reload",
                           port.endpoint.port);
    return fmt::format("ufw allow {}/tcp, or without ufw a rule of your own before the one that "
                       "drops it",
                       port.endpoint.port);
}

void judge_firewall(const Facts& facts, const PortFacts& port, Findings& out)
{
    if (!port.for_players || is_loopback(port.endpoint.address) || port.endpoint.port == 0) return;
    const char* family = port.endpoint.address.is_ipv4() ? "IPv4" : "IPv6";
    const std::string what = fmt::format("TCP {} by {}", port.endpoint.port, family);
    switch (port.firewall) {
    case Passage::blocked:
        out.push_back({Grade::fail, "firewall",
                       fmt::format("{} is dropped by {}", what, port.firewall_by), allowing(port)});
        return;
    case Passage::open:
        out.push_back({Grade::ok, "firewall", what + " passes that of this machine",
                       "a provider may have one of its own: " + try_from_outside(facts, port)});
        return;
    case Passage::unknown:
        out.push_back({Grade::ok, "firewall",
                       what + (facts.self.is_root ? ": cannot be told for sure from its rules here"
                                                  : ": its rules are for root to read"),
                       try_from_outside(facts, port)});
        return;
    }
}

void judge_range(const Facts& facts, const RangeFacts& range, Findings& out)
{
    const std::string where = fmt::format("{}-{} ({})", range.first, range.last, range.key);
    std::string list;
    for (const std::uint16_t port : range.taken)
        list += fmt::format("{}{}", list.empty() ? "" : ", ", port);
    if (!range.taken.empty())
        out.push_back({Grade::warn, "port",
                       fmt::format("of {} others have {}: {}", where, range.taken.size(), list),
                       "no session or room gets those; choose another range"});
    const bool overlaps = facts.kernel.outgoing_last >= range.first &&
                          facts.kernel.outgoing_first <= range.last &&
                          !is_in_list(facts.kernel.reserved, range.first);
    const std::string ports = fmt::format("{}-{}", range.first, range.last);
    if (overlaps)
        out.push_back({Grade::ok, "port",
                       where + " is within those that connections from this machine take",
                       "to keep them for the relay: " + reserving(facts.kernel, ports)});
    else if (range.taken.empty())
        out.push_back({Grade::ok, "port", where + " are the relay's alone", ""});
}

} // namespace

void judge_ports(const Facts& facts, Findings& out)
{
    for (const PortFacts& port : facts.ports) {
        out.push_back(judge_port(facts, port));
        judge_firewall(facts, port, out);
    }
    for (const RangeFacts& range : facts.ranges)
        judge_range(facts, range, out);
}

} // namespace netplay_relay::daemon::doctor
