#include "party_world.hpp"

#include "nothing_remains.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds calm_after{20};
constexpr std::chrono::seconds calm_length{16}; // then all that is said has arrived
constexpr std::chrono::milliseconds look_interval{500};
constexpr std::size_t steps_max = 3'000'000;

} // namespace

PartyWorld::PartyWorld(const PartyPlan& plan, PartyMoves moves, Fault fault)
    : plan_(plan), moves_(moves), rng_(~plan.seed), party_oracle_(oracle_, plan_),
      network_(schedule_, rng_.fork(), plan_.traits),
      random_(rng_.fork()), around_{schedule_, network_, oracle_, open_sessions_, ended_sessions_},
      party_around_{around_, party_oracle_, plan_, {}},
      relay_(schedule_, rng_.fork(), plan_.policy, random_, network_, oracle_, fault,
             moves == PartyMoves::workers || moves == PartyMoves::together ? 2 : 1,
             moves == PartyMoves::together)
{
    network_.serve(relay_);
    relay_.has_peers();
    oracle_.adopts(plan_.policy.limits);
    if (moves == PartyMoves::workers || moves == PartyMoves::together) oracle_.expects_workers(2);
}

PartyWorld::~PartyWorld() = default;

PartyOutcome PartyWorld::run()
{
    settle();
    if (moves_ != PartyMoves::none) plan_moves();
    plan_orders();
    look_now_and_then();
    schedule_.after(calm_after, [this] { calm_down(); });
    schedule_.after(calm_after + calm_length, [this] { end(); });
    std::size_t steps = 0;
    while (oracle_.complaints().empty() && schedule_.run_next())
        if (++steps > steps_max) oracle_.complains("the world does not end");
    if (oracle_.complaints().empty()) check_that_no_party_remains(relay_, network_, oracle_);
    PartyOutcome outcome;
    outcome.complaints = oracle_.complaints();
    outcome.trace = oracle_.trace();
    outcome.moved = relay_.sessions_moved();
    outcome.given_away = relay_.given_away();
    outcome.totals = relay_.books().totals;
    outcome.statistics = party_oracle_.statistics();
    return outcome;
}

void PartyWorld::settle()
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
    if (plan_.retroarch > 0) settle_retroarch();
    for (const auto& peer : peers_)
        peer->begin();
}

// A session beside the parties, of people who say some thousand bytes.
void PartyWorld::settle_retroarch()
{
    LinkPlan link;
    link.bytes = 6000;
    link.burst_max = 900;
    link.pause_max = 300ms;
    HostPlan host;
    host.address = *wire::parse_address("192.0.2.1");
    host.links = link;
    host.links.hears_before_it_finishes = false;
    peers_.push_back(std::make_unique<HostPeer>(around_, rng_.fork(), host));
    for (unsigned count = 0; count < plan_.retroarch; ++count) {
        GuestPlan plan;
        plan.address = *wire::parse_address("192.0.2.2");
        plan.link = link;
        plan.arrives = rng_.between(2s, 8s);
        auto guest = std::make_unique<GuestPeer>(around_, rng_.fork(), plan);
        guests_.push_back(guest.get());
        peers_.push_back(std::move(guest));
    }
}

// Parties, sessions and lone connections go on in another worker, or all in another program, and
// nobody may notice.
void PartyWorld::plan_moves()
{
    for (unsigned times = 0; times < plan_.moves; ++times)
        schedule_.after(rng_.between(0ms, 40s), [this, whole = rng_.one_in(3)] {
            const bool another = moves_ == PartyMoves::successors;
            if (moves_ == PartyMoves::together && !whole) return relay_.give_away();
            if (moves_ == PartyMoves::together) return relay_.hand_over_to_successor();
            if (another && whole) relay_.hand_over_to_successor(); // twice in a row
            if (another)
                relay_.hand_over_to_successor();
            else if (whole)
                relay_.move();
            else
                relay_.move_there_and_back();
        });
}

void PartyWorld::look_now_and_then()
{
    party_oracle_.looks(relay_.books());
    if (!has_ended_) schedule_.after(look_interval, [this] { look_now_and_then(); });
}

void PartyWorld::calm_down()
{
    party_around_.is_calm = true;
    for (PartyVisitor* visitor : visitors_)
        visitor->calm_down();
}

void PartyWorld::check_calm()
{
    for (PartyVisitor* visitor : visitors_)
        visitor->settle();
    if (!plan_.is_peaceful) return;
    for (const GuestPeer* guest : guests_) {
        const lobby::ConnectionId id = id_of(guest->link()->line());
        if (!oracle_.heard_all(id)) oracle_.complains("a guest has not heard everything");
        const lobby::ConnectionId partner = oracle_.partner_of(id);
        if (partner.value == 0 || !oracle_.heard_all(partner))
            oracle_.complains("a host has not heard everything");
    }
}

void PartyWorld::end()
{
    has_ended_ = true;
    check_calm();
    if (rng_.one_in(3)) {
        party_oracle_.shuts_down();
        relay_.shut_down();
    }
    for (const auto& peer : peers_)
        peer->leave(rng_.one_of(std::vector{Ending::orderly, Ending::closes, Ending::resets}));
}

} // namespace netplay_relay::simulation
