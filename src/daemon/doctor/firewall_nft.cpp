#include "daemon/doctor/firewall.hpp"

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

namespace netplay_relay::daemon::doctor {

namespace {

using Json = nlohmann::json;
using OfOne = std::function<Match(const Json&)>;

const std::set<std::string> harmless{"counter",    "log",  "comment",  "notrack",  "mangle",
                                     "masquerade", "snat", "continue", "ct helper"};
const std::set<std::string> redirecting{"dnat", "redirect", "tproxy", "queue", "dup", "fwd"};

// Of a value, a list, a set or a range of them: whether any is that of the packet.
Match any_of(const Json& right, const OfOne& of_one)
{
    const Json* list = &right;
    if (right.is_object() && right.contains("set")) list = &right.at("set");
    if (!list->is_array()) {
        if (list->is_string() && list->get<std::string>().starts_with('@')) return Match::maybe;
        return of_one(*list);
    }
    Match best = Match::no;
    for (const Json& one : *list) {
        const bool is_entry = one.is_object() && one.contains("elem");
        best = std::max(best, of_one(is_entry ? one.at("elem").at("val") : one));
    }
    return best;
}

Match any_word(const Json& right, const std::set<std::string>& yes,
               const std::set<std::string>& maybe = {})
{
    return any_of(right, [&](const Json& one) {
        if (!one.is_string()) return Match::maybe;
        const auto word = one.get<std::string>();
        return yes.contains(word) ? Match::yes : maybe.contains(word) ? Match::maybe : Match::no;
    });
}

Match of_port(const Json& right, std::uint16_t port)
{
    return any_of(right, [port](const Json& one) {
        if (one.is_number()) return one == port ? Match::yes : Match::no;
        if (!one.is_object() || !one.contains("range")) return Match::maybe;
        const Json& range = one.at("range");
        if (!range.at(0).is_number() || !range.at(1).is_number()) return Match::maybe;
        return range.at(0) <= port && port <= range.at(1) ? Match::yes : Match::no;
    });
}

Match of_interface(const Json& right)
{
    return any_of(right, [](const Json& one) { return one == "lo" ? Match::no : Match::maybe; });
}

Match of_address(const Json& right, bool is_source)
{
    return any_of(right, [is_source](const Json& one) {
        const bool is_prefix = one.is_object() && one.contains("prefix");
        const Json& text = is_prefix ? one.at("prefix").at("addr") : one;
        if (!text.is_string()) return Match::maybe;
        const auto address = text.get<std::string>();
        if (address.starts_with("127.") || address == "::1") return Match::no;
        const bool is_many =
            address.starts_with("224.") || address.starts_with("255.") || address.starts_with("ff");
        return is_many && !is_source ? Match::no : Match::maybe;
    });
}

// A field of the packet's headers.
Match of_payload(const Json& payload, const Json& right, const Packet& packet)
{
    if (!payload.contains("protocol")) return Match::maybe;
    const auto protocol = payload.at("protocol").get<std::string>();
    const auto field = payload.at("field").get<std::string>();
    if (protocol == "tcp" || protocol == "th")
        return field == "dport" ? of_port(right, packet.port) : Match::maybe;
    if (protocol != (packet.is_ipv4 ? "ip" : "ip6"))
        return protocol == "ether" ? Match::maybe : Match::no;
    if (field == "protocol" || field == "nexthdr") return any_word(right, {"tcp"});
    if (field == "saddr" || field == "daddr") return of_address(right, field == "saddr");
    return Match::maybe;
}

Match of_meta(const std::string& key, const Json& right, const Packet& packet)
{
    if (key == "iif" || key == "iifname") return of_interface(right);
    if (key == "l4proto") return any_word(right, {"tcp"});
    if (key == "nfproto" || key == "protocol")
        return any_word(right, packet.is_ipv4 ? std::set<std::string>{"ipv4", "ip"}
                                              : std::set<std::string>{"ipv6", "ip6"});
    return Match::maybe;
}

Match of_left(const Json& left, const Json& right, const Packet& packet)
{
    if (!left.is_object()) return Match::maybe;
    if (left.contains("meta")) return of_meta(left.at("meta").at("key"), right, packet);
    if (left.contains("payload")) return of_payload(left.at("payload"), right, packet);
    if (left.contains("ct")) {
        const Json& key = left.at("ct").at("key");
        if (key == "state") return any_word(right, {"new"}, {"untracked"});
        return key == "status" ? any_word(right, {}, {"seen-reply", "assured", "confirmed"})
                               : Match::maybe;
    }
    if (left.contains("fib") && left.at("fib").value("result", "") == "type")
        return any_word(right, {"local"}, {"unicast"});
    return Match::maybe;
}

Match of_match(const Json& match, const Packet& packet)
{
    const Match is = of_left(match.at("left"), match.at("right"), packet);
    const auto op = match.at("op").get<std::string>();
    if (op == "!=") return !is;
    return op == "==" || op == "in" ? is : Match::maybe;
}

// "accept", "drop", ...: true, and `rule` has it.
bool is_verdict(const std::string& word, const Json& value, const std::string& table, Rule& rule)
{
    if (word == "accept")
        rule.verdict = Verdict::accept;
    else if (word == "drop" || word == "reject")
        rule.verdict = Verdict::drop;
    else if (word == "return")
        rule.verdict = Verdict::give_back;
    else if (word == "jump" || word == "goto") {
        rule.verdict = word == "jump" ? Verdict::jump : Verdict::go_to;
        rule.chain = table + value.at("target").get<std::string>();
    } else if (redirecting.contains(word))
        rule.verdict = Verdict::elsewhere;
    else
        return false;
    return true;
}

// A map of verdicts is as many rules as it has entries.
void add_map(const Json& map, Match before, const std::string& table, const Packet& packet,
             Chain& chain)
{
    const Json& data = map.at("data");
    if (!data.is_object() || !data.contains("set")) {
        chain.rules.push_back({both(before, Match::maybe), Verdict::elsewhere, {}});
        return;
    }
    for (const Json& entry : data.at("set")) {
        Rule rule;
        rule.match = both(before, of_left(map.at("key"), entry.at(0), packet));
        for (const auto& [word, value] : entry.at(1).items())
            if (!is_verdict(word, value, table, rule) && word != "continue")
                rule.verdict = Verdict::elsewhere;
        chain.rules.push_back(rule);
    }
}

void add_rule(const Json& expressions, const std::string& table, const Packet& packet, Chain& chain)
{
    Rule rule;
    bool is_foreign = false; // of iptables, and what it does is not said here
    for (const Json& expression : expressions) {
        if (!expression.is_object()) continue;
        for (const auto& [word, value] : expression.items()) {
            if (word == "match") {
                rule.match = both(rule.match, of_match(value, packet));
            } else if (word == "vmap") {
                add_map(value, rule.match, table, packet, chain);
                return;
            } else if (!is_verdict(word, value, table, rule)) {
                const bool is_plain =
                    harmless.contains(word) || (word == "set" && !value.contains("stmt"));
                if (!is_plain) rule.match = both(rule.match, Match::maybe);
                is_foreign |= word == "xt";
            }
        }
    }
    if (is_foreign && rule.verdict == Verdict::none) rule.verdict = Verdict::elsewhere;
    chain.rules.push_back(rule);
}

// Those that iptables-save prints as well.
bool is_of_iptables(const Json& object)
{
    static const std::set<std::string> tables{"filter", "nat", "mangle", "raw", "security"};
    const auto family = object.at("family").get<std::string>();
    return family.starts_with("ip") && tables.contains(object.at("table").get<std::string>());
}

} // namespace

bool read_nft(const std::string& json, const Packet& packet, bool has_iptables, Chains& chains)
{
    static const std::set<std::string> hooks{"ingress", "prerouting", "input"};
    try {
        const Json ruleset = Json::parse(json);
        for (const Json& entry : ruleset.at("nftables")) {
            const bool is_chain = entry.contains("chain");
            if (!is_chain && !entry.contains("rule")) continue;
            const Json& object = is_chain ? entry.at("chain") : entry.at("rule");
            const auto family = object.at("family").get<std::string>();
            const bool concerns =
                family == "inet" || family == "netdev" || family == (packet.is_ipv4 ? "ip" : "ip6");
            if (!concerns || (has_iptables && family != "inet" && is_of_iptables(object))) continue;
            const std::string table = family + " " + object.at("table").get<std::string>() + " ";
            if (is_chain) {
                Chain& chain = chains[table + object.at("name").get<std::string>()];
                chain.is_base = hooks.contains(object.value("hook", ""));
                chain.drops = object.value("policy", "accept") == "drop";
            } else {
                add_rule(object.at("expr"), table, packet,
                         chains[table + object.at("chain").get<std::string>()]);
            }
        }
    } catch (const Json::exception&) {
        return false;
    }
    return true;
}

} // namespace netplay_relay::daemon::doctor
