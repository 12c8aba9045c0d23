// The other nodes of the fleet: each is asked who it is, with the key.
#include "daemon/doctor/gather.hpp"
#include "daemon/fleet_start.hpp"
#include "net/fleet_probe.hpp"

namespace netplay_relay::daemon::doctor {

namespace {

NodeFacts::Answer answer_of(const net::ProbedNode& probed)
{
    using Answer = NodeFacts::Answer;
    if (probed.told) return Answer::good;
    if (probed.verdict == fleet::Verdict::other_version) return Answer::other_version;
    if (probed.verdict == fleet::Verdict::other_node ||
        probed.verdict == fleet::Verdict::same_number)
        return Answer::other_relay;
    if (probed.verdict && probed.verdict != fleet::Verdict::taken) return Answer::refused;
    return probed.has_other_key ? Answer::other_key : Answer::none;
}

NodeFacts facts_of(const net::ProbedNode& probed)
{
    NodeFacts facts;
    facts.node = probed.node;
    facts.address = probed.address;
    facts.answer = answer_of(probed);
    facts.problem = probed.problem;
    if (!probed.told) return facts;
    facts.version = probed.told->program;
    facts.drains = probed.told->drains;
    facts.takes_new = probed.told->takes_new;
    facts.clock_ahead_ms = probed.clock_ahead.count();
    return facts;
}

} // namespace

std::optional<FleetLook> look_at_fleet(const config::Config& config)
{
    const config::FleetSettings& fleet = config.fleet;
    if (!fleet.node || (!fleet.listen && fleet.nodes.empty())) return std::nullopt;
    FleetLook look;
    look.node = *fleet.node;
    look.key_problem = check_fleet_key(config).fault;
    const auto key = read_fleet_key(fleet.key_file);
    if (!key) return look;
    look.can_ask = true;
    for (const net::ProbedNode& probed :
         net::probe_nodes(net::TlsContext(*key), *fleet.node, other_nodes(fleet)))
        look.others.push_back(facts_of(probed));
    return look;
}

} // namespace netplay_relay::daemon::doctor
