// The name that players type, and the addresses that they come from.
#include "daemon/doctor/facts.hpp"

#include <algorithm>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::daemon::doctor {

namespace {

using Addresses = std::vector<wire::Address>;

// So many from one inner address are hardly one household.
constexpr std::size_t players_of_one = 3;

// Also what providers and VPNs use inside.
bool is_inner(const wire::Address& address)
{
    static const wire::Network shared = *wire::parse_network("100.64.0.0/10");
    return wire::is_private(address) || shared.contains(address);
}

Addresses of_kind(const Addresses& all, bool ipv4)
{
    Addresses some;
    for (const wire::Address& one : all)
        if (one.is_ipv4() == ipv4) some.push_back(one);
    return some;
}

bool share_any(const Addresses& some, const Addresses& others)
{
    return std::ranges::any_of(some, [&](const wire::Address& one) {
        return std::ranges::find(others, one) != others.end();
    });
}

std::string listed(const Addresses& all)
{
    std::string text;
    for (const wire::Address& one : all)
        text += (text.empty() ? "" : ", ") + wire::to_text(one);
    return text;
}

void judge_no_name(const NameFacts& name, Findings& out)
{
    const Addresses ipv4 = of_kind(name.own, true);
    if (name.behind_proxy)
        out.push_back({Grade::warn, "name",
                       "there is no public_name, and a join text then has the address at which "
                       "the proxy has reached the relay",
                       "set public_name to the name that leads to the proxy"});
    else if (!ipv4.empty() && std::ranges::all_of(ipv4, is_inner))
        out.push_back({Grade::warn, "name",
                       fmt::format("there is no public_name, and this machine has inner addresses "
                                   "only ({}), which join texts then have",
                                   listed(ipv4)),
                       "set public_name to what players type, unless all of them are in that "
                       "network"});
    else
        out.push_back({Grade::ok, "name",
                       "there is no public_name: a join text has the address at which its host "
                       "has reached the relay",
                       ""});
}

// Players come to the proxy, and have no business at this machine.
void judge_ipv4_of_proxy(const NameFacts& name, const std::string& leads, Findings& out)
{
    const bool is_known = share_any(name.addresses, name.of_proxy);
    out.push_back({Grade::ok, "name",
                   leads + (is_known ? ", a proxy of trusted_proxies"
                                     : ", which is not this machine, nor in trusted_proxies"),
                   is_known ? ""
                            : "right if it is an outer address of the proxy: proxy_protocol "
                              "refuses whoever comes without it"});
}

// Of IPv4, by which hosts come.
void judge_ipv4(const NameFacts& name, Findings& out)
{
    const Addresses there = of_kind(name.addresses, true);
    const Addresses here = of_kind(name.own, true);
    if (there.empty()) {
        out.push_back({Grade::fail, "name", name.name + " has no IPv4 address",
                       "RetroArch reaches a relay to host by IPv4 only: add an A record"});
        return;
    }
    const std::string leads = fmt::format("{} leads to {}", name.name, listed(there));
    if (share_any(there, here))
        out.push_back({Grade::ok, "name", leads + ", this machine", ""});
    else if (name.is_address && std::ranges::all_of(there, is_loopback))
        out.push_back({Grade::warn, "name", name.name + " is reached from this machine only",
                       "set public_name to what players type"});
    else if (std::ranges::all_of(there, is_loopback))
        out.push_back({Grade::fail, "name", leads + ": each player's own machine",
                       "look for it in /etc/hosts, and ask DNS itself: dig " + name.name});
    else if (name.behind_proxy)
        judge_ipv4_of_proxy(name, leads, out);
    else if (std::ranges::all_of(here, is_inner))
        out.push_back({Grade::ok, "name",
                       fmt::format("{}, which is no address of this machine ({})", leads,
                                   here.empty() ? "none" : listed(here)),
                       "right behind NAT or in a container, if that one forwards the port to here, "
                       "in the kernel"});
    else
        out.push_back({Grade::warn, "name",
                       fmt::format("{}, and this machine has {}", leads, listed(here)),
                       "correct the A record; a proxy for web sites in front keeps players out"});
}

// Of IPv6, which guests try first.
void judge_ipv6(const NameFacts& name, Findings& out)
{
    const Addresses there = of_kind(name.addresses, false);
    if (there.empty()) return;
    const Addresses here = of_kind(name.own, false);
    const std::string leads = fmt::format("{} has an AAAA record ({})", name.name, listed(there));
    if (name.behind_proxy)
        out.push_back({Grade::ok, "name", leads + ", for the proxy to serve", ""});
    else if (!name.listens_ipv6)
        out.push_back({Grade::warn, "name", leads + ", and the relay listens at no IPv6 address",
                       "guests try IPv6 first and wait: \"[::]:55435\" in listen, or no record"});
    else if (!share_any(there, here))
        out.push_back({Grade::warn, "name",
                       fmt::format("{}, and this machine has {}", leads,
                                   here.empty() ? "no IPv6 address" : listed(here)),
                       "guests try IPv6 first and wait: correct the record, or remove it"});
    else
        out.push_back({Grade::ok, "name", leads + ", this machine", ""});
}

} // namespace

void judge_name(const Facts& facts, Findings& out)
{
    if (!facts.name) return;
    const NameFacts& name = *facts.name;
    if (name.name.empty())
        judge_no_name(name, out);
    else if (name.is_reserved)
        out.push_back({Grade::warn, "name", name.name + " is a name for documents and tests",
                       "set public_name to what players type"});
    else if (!name.error.empty())
        out.push_back({Grade::fail, "name",
                       fmt::format("{} is not found: {}", name.name, name.error),
                       "add an A record, or set public_name to the address"});
    else {
        judge_ipv4(name, out);
        judge_ipv6(name, out);
    }
}

void judge_players(const Facts& facts, Findings& out)
{
    const Addresses& players = facts.relay.players;
    if (!facts.relay.answers) return;
    if (players.empty()) {
        out.push_back({Grade::ok, "players", "nobody is there, whose address could be looked at",
                       "ask again when two play"});
        return;
    }
    const bool is_one =
        std::ranges::count(players, players.front()) == static_cast<std::ptrdiff_t>(players.size());
    const wire::Address& one = players.front();
    const bool is_gateway = std::ranges::find(facts.gateways, one) != facts.gateways.end();
    const std::string all =
        fmt::format("all of {} come from {}", players.size(), wire::to_text(one));
    const char* const hidden =
        "a proxy or userland forwarder hides them, and they share one address's limits and bans: "
        "forward in the kernel, or --network host";
    if (is_one && is_gateway && is_inner(one))
        out.push_back({facts.self.in_container || players.size() > 1 ? Grade::fail : Grade::warn,
                       "players", all + ", the gateway of this network", hidden});
    else if (is_one && players.size() >= players_of_one && (is_inner(one) || is_loopback(one)))
        out.push_back(
            {Grade::warn, "players", all, std::string("if they are not at one place: ") + hidden});
    else
        out.push_back({Grade::ok, "players",
                       is_one && players.size() > 1 ? all + ": one household"
                                                    : "their own addresses are seen",
                       ""});
}

} // namespace netplay_relay::daemon::doctor
