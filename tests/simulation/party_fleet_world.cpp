#include "party_fleet_world.hpp"

#include "nothing_remains.hpp"

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds calm_after{45};
constexpr std::chrono::seconds calm_length{16}; // then all that is said has arrived
constexpr std::chrono::seconds nodes_stop_after{5};
constexpr std::chrono::milliseconds look_interval{500};
constexpr std::size_t steps_max = 4'000'000;
constexpr std::size_t nodes_most = 5;

} // namespace

PartyPlan any_parties_of_fleet(std::uint64_t seed)
{
    PartyPlan plan = any_parties(seed, false);
    plan.policy.node = plan.policy.parties.node = std::nullopt; // each has its own
    plan.reloads.clear();
    plan.has_operator = plan.may_drain = false;
    plan.retroarch = 0;
    Rng rng(~seed);
    for (PartyVisit& visit : plan.visits) // when the nodes know of each other
        visit.arrives += std::chrono::seconds(rng.between(2, 25));
    return plan;
}

PartyFleetWorld::PartyFleetWorld(const PartyPlan& plan, Fault fault)
    : plan_(plan), rng_(plan.seed), party_oracle_(oracle_, plan_),
      network_(schedule_, rng_.fork(), plan_.traits),
      random_(rng_.fork()), around_{schedule_, network_, oracle_, open_sessions_, ended_sessions_},
      party_around_{around_, party_oracle_, plan_, {}},
      fleet_(schedule_, rng_.fork(), plan_.policy, random_, network_, oracle_,
             1 + plan_.seed % nodes_most, fault, plan_.is_peaceful),
      troubles_(schedule_, rng_.fork(), fleet_)
{
    network_.serve(fleet_);
    oracle_.adopts(plan_.policy.limits);
    oracle_.expects_fleet();
    party_oracle_.expects_nodes(static_cast<std::uint32_t>(fleet_.size()), 4);
    fleet_.has_peers([this](fleet::Node node) { party_oracle_.dies(node, schedule_.now()); });
    party_oracle_.may_go_astray(
        [this](lobby::ConnectionId id) { return fleet_.may_go_astray(id); });
}

PartyFleetWorld::~PartyFleetWorld() = default;

PartyFleetOutcome PartyFleetWorld::run()
{
    settle();
    for (std::size_t times = rng_.between(std::size_t{0}, std::size_t{40}); times > 0; --times)
        schedule_.after(rng_.between(0ms, 60s), [this] { fleet_.give_away(); });
    if (!plan_.is_peaceful) troubles_.plan(rng_.between(0, 4), calm_after - 15s);
    look_now_and_then();
    schedule_.after(calm_after, [this] { calm_down(); });
    schedule_.after(calm_after + calm_length, [this] { end(); });
    std::size_t steps = 0;
    while (oracle_.complaints().empty() && schedule_.run_next())
        if (++steps > steps_max) oracle_.complains("the world does not end");
    if (oracle_.complaints().empty()) check_that_no_party_remains(fleet_, network_, oracle_);
    return {oracle_.complaints(), oracle_.trace(), fleet_.counts(), fleet_.books().totals,
            party_oracle_.statistics()};
}

void PartyFleetWorld::settle()
{
    for (const PartyVisit& visit : plan_.visits) {
        Participant& who = party_oracle_.comes(visit);
        if (!visit.is_honest()) {
            peers_.push_back(std::make_unique<PartyStranger>(party_around_, rng_.fork(), who));
            continue;
        }
        auto visitor = std::make_unique<PartyVisitor>(party_around_, rng_.fork(), who);
        visitors_.push_back(visitor.get());
        peers_.push_back(std::move(visitor));
    }
    for (const auto& peer : peers_)
        peer->begin();
}

void PartyFleetWorld::look_now_and_then()
{
    party_oracle_.looks(fleet_.books());
    if (!has_ended_) schedule_.after(look_interval, [this] { look_now_and_then(); });
}

void PartyFleetWorld::calm_down()
{
    fleet_.heal();
    party_around_.is_calm = true;
    for (PartyVisitor* visitor : visitors_)
        visitor->calm_down();
}

void PartyFleetWorld::end()
{
    has_ended_ = true;
    for (PartyVisitor* visitor : visitors_)
        visitor->settle();
    if (rng_.one_in(3)) {
        party_oracle_.shuts_down();
        fleet_.shut_down();
    }
    for (const auto& peer : peers_)
        peer->leave(rng_.one_of(std::vector{Ending::orderly, Ending::closes, Ending::resets}));
    schedule_.after(nodes_stop_after, [this] { fleet_.stop(); });
}

} // namespace netplay_relay::simulation
