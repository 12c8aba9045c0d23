// The nodes of a fleet, as this machine reaches them.
#include "daemon/doctor/facts.hpp"

#include <cstdlib>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::daemon::doctor {

namespace {

const char* const fleet_word = "fleet";

// Clocks that are further apart are worth a word.
constexpr std::int64_t clocks_apart_ms = 10'000;

void judge_good_node(const Facts& facts, const NodeFacts& node, const std::string& where,
                     Findings& out)
{
    const std::int64_t apart = std::abs(node.clock_ahead_ms);
    if (apart > clocks_apart_ms)
        out.push_back({Grade::warn, fleet_word,
                       fmt::format("the clock of {} is {} s {} the one here", where, apart / 1000,
                                   node.clock_ahead_ms > 0 ? "ahead of" : "behind"),
                       "bans end by it: timedatectl on both says which is right"});
    std::string fact = fmt::format("{} answers, netplay-relay {}", where, node.version);
    if (node.version != facts.self.version) fact += ", where this program is " + facts.self.version;
    if (node.drains)
        out.push_back({Grade::warn, fleet_word, fact + "; it drains", ""});
    else if (!node.takes_new)
        out.push_back({Grade::warn, fleet_word, fact + "; it takes no new games",
                       "netplay-relay new on, there"});
    else
        out.push_back({Grade::ok, fleet_word, fact, ""});
}

void judge_node(const Facts& facts, const NodeFacts& node, Findings& out)
{
    using Answer = NodeFacts::Answer;
    const std::string where = fmt::format("node {} ({})", node.node, node.address);
    const auto say = [&](Grade grade, const std::string& advice) {
        out.push_back({grade, fleet_word, where + ": " + node.problem, advice});
    };
    switch (node.answer) {
    case Answer::good: return judge_good_node(facts, node, where, out);
    case Answer::none:
        return say(Grade::warn, "its relay is down, or a firewall is between: nc -vz from here "
                                "has to reach that port");
    case Answer::other_key:
        return say(Grade::fail, "put the same fleet.key_file on both, and restart the one that "
                                "gets it");
    case Answer::other_relay:
        return say(Grade::fail, "correct fleet.node there, or fleet.nodes here, and restart it");
    case Answer::other_version: return say(Grade::warn, "upgrade the older one");
    case Answer::refused: return say(Grade::warn, "its log says why (link_refused)");
    }
}

} // namespace

void judge_fleet(const Facts& facts, Findings& out)
{
    if (!facts.relay.fleet_problem.empty())
        out.push_back({Grade::fail, fleet_word, facts.relay.fleet_problem,
                       "then restart it: whoever looks for that node comes to one of the two"});
    if (!facts.fleet) return;
    const FleetLook& fleet = *facts.fleet;
    if (facts.relay.answers && facts.relay.is_here && facts.relay.node &&
        facts.relay.node != fleet.node)
        out.push_back({Grade::warn, fleet_word,
                       fmt::format("the relay runs as node {}, and the configuration says {}",
                                   *facts.relay.node, fleet.node),
                       "fleet waits for a restart"});
    if (!fleet.can_ask) {
        out.push_back({facts.self.is_root ? Grade::fail : Grade::warn, fleet_word,
                       "fleet.key_file: " + fleet.key_problem,
                       facts.self.is_root ? "without it the relay does not start"
                                          : "if it is only you who cannot read it, ask as root"});
        return;
    }
    for (const NodeFacts& node : fleet.others)
        judge_node(facts, node, out);
    if (fleet.others.empty())
        out.push_back({Grade::warn, fleet_word,
                       fmt::format("node {} knows no other node: fleet.nodes is empty", fleet.node),
                       "it takes their players, and passes on none: name all nodes there"});
}

} // namespace netplay_relay::daemon::doctor
