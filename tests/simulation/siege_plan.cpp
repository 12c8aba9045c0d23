// Rooms in which some strangers all do the same to a few honest players.
#include "room_plan.hpp"

#include <algorithm>
#include <array>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t prefix_of_strangers = 100, prefix_of_friends = 200;
constexpr std::size_t friends = 4;  // whose cores take no garbage
constexpr std::size_t attempts = 8; // of each to come in
constexpr std::size_t lurkers = 12;
constexpr std::size_t harrying = 16; // strangers, one after the other

bool is_one_of(Misbehaviour misbehaviour, std::initializer_list<Misbehaviour> some)
{
    return std::ranges::find(some, misbehaviour) != some.end();
}

RoomVisit any_visit(Rng& rng, Instant arrives)
{
    RoomVisit visit;
    visit.play.protocol = static_cast<std::uint32_t>(rng.between(4, 7));
    visit.play.up.latency = visit.play.down.latency = rng.between(0ms, 60ms);
    visit.play.up.jitter = rng.between(0ms, 15ms);
    visit.play.arrives = arrives;
    return visit;
}

void turn_to(Rng& rng, Misbehaviour misbehaviour, RoomVisit& visit)
{
    visit.misbehaviours = 1U << static_cast<unsigned>(misbehaviour);
    visit.play.spectate = misbehaviour == Misbehaviour::lies;
    visit.turns = rng.one_in(2) ? Instant(5s) : rng.between(4s, 6s);
    visit.deeds_one_in = static_cast<unsigned>(rng.between(1, 60));
    if (misbehaviour != Misbehaviour::grabs) return;
    visit.play.protocol = std::max(visit.play.protocol, 5U); // else a player has one port
    visit.play.wanted_ports = 0xFFFF;
}

// Whoever was sent away comes again, and whoever only begs comes again all the time.
void come_again(Rng& rng, Misbehaviour misbehaviour, RoomPlan& plan)
{
    const std::vector<RoomVisit> first = plan.visits;
    std::uint8_t prefix = prefix_of_strangers;
    for (std::size_t n = 0; n < first.size(); ++n) {
        RoomVisit again = first[n];
        if (again.is_honest()) continue;
        again.prefix = plan.visits[n].prefix = ++prefix;
        again.nick = plan.visits[n].nick = "stranger";
        if (misbehaviour != Misbehaviour::returns) {
            again.play.arrives = again.turns = 38s;
            plan.visits.push_back(again);
            continue;
        }
        again.deeds_one_in = 10;
        plan.visits[n].play.leaves = again.play.arrives + 2s;
        for (Instant at = again.play.arrives + 2s; at < plan.length; at += 2s) {
            again.play.arrives = again.turns = at + rng.between(20ms, 300ms);
            again.play.leaves = at + 2s;
            plan.visits.push_back(again);
        }
    }
}

// One who is first, and friends who try again until they have a room without its states.
RoomPlan spoilt_room(Rng& rng, RoomPlan plan)
{
    plan.visits.push_back(any_visit(rng, 0s));
    turn_to(rng, Misbehaviour::garbage, plan.visits.back());
    plan.visits.back().turns = 0s;
    for (std::size_t n = 0; n < friends; ++n)
        for (std::size_t attempt = 0; attempt < attempts; ++attempt) {
            RoomVisit visit = any_visit(rng, 1s + n * 300ms + attempt * 2s);
            visit.prefix = static_cast<std::uint8_t>(prefix_of_friends + n);
            visit.nick = "friend " + std::to_string(n);
            if (attempt > 0) visit.instead_of = plan.visits.size() - 1;
            plan.visits.push_back(visit);
        }
    plan.must_play = friends;
    plan.lives_apart = true; // or one could say it of another: see StateTrust
    return plan;
}

// Beside the room of two players there is one in which strangers watch nobody.
RoomPlan watched_room(Rng& rng, RoomPlan plan)
{
    for (std::size_t n = 0; n < lurkers; ++n) {
        plan.visits.push_back(any_visit(rng, n * 100ms));
        RoomVisit& visit = plan.visits.back();
        turn_to(rng, Misbehaviour::lurks, visit);
        visit.misbehaviours |= 1U << static_cast<unsigned>(Misbehaviour::elsewhere);
        visit.play.spectate = true;
        visit.play.protocol = 6;
        visit.prefix = prefix_of_strangers;
    }
    for (const Instant at : {0s, 1s})
        plan.visits.push_back(any_visit(rng, at));
    plan.must_play = 2;
    return plan;
}

} // namespace

RoomPlan besieged_room(std::uint64_t seed, Misbehaviour misbehaviour)
{
    Rng rng(seed);
    RoomPlan plan;
    plan.seed = seed;
    plan.length = 30s;
    if (misbehaviour == Misbehaviour::garbage) return spoilt_room(rng, plan);
    if (misbehaviour == Misbehaviour::lurks) return watched_room(rng, plan);
    plan.players_agree = misbehaviour == Misbehaviour::lies;
    if (plan.players_agree) plan.settings.desync_watch = 1s;
    const bool spoils =
        is_one_of(misbehaviour, {Misbehaviour::bursts, Misbehaviour::slow, Misbehaviour::late});
    if (spoils) plan.length = 45s; // they are judged by a minute, if not by 16 s
    std::size_t strangers = rng.between(1, spoils || misbehaviour == Misbehaviour::returns ? 2 : 4);
    std::size_t host = rng.below(strangers + 1); // the first who plays owns the clock
    if (misbehaviour == Misbehaviour::grabs) host = strangers = 2;
    if (misbehaviour == Misbehaviour::late)
        host = 0; // whoever owns the clock cannot be late for it
    for (std::size_t n = 0; n < strangers + 2; ++n) {
        plan.visits.push_back(any_visit(rng, n * 300ms));
        if (n != host && n <= strangers) turn_to(rng, misbehaviour, plan.visits.back());
    }
    if (spoils || misbehaviour == Misbehaviour::returns) come_again(rng, misbehaviour, plan);
    plan.must_play = 2;
    return plan;
}

RoomPlan harried_room(std::uint64_t seed, Misbehaviour misbehaviour)
{
    Rng rng(seed);
    RoomPlan plan;
    plan.seed = seed;
    plan.length = 8min;
    plan.settles = 2min;
    plan.lives_apart = true; // or all of them were one line's
    for (std::size_t n = 0; n < 2; ++n)
        plan.visits.push_back(any_visit(rng, n * 300ms));
    for (std::size_t n = 0; n < harrying; ++n) {
        const Instant arrives = 2s + n * 6s + rng.between(0s, 2s);
        plan.visits.push_back(any_visit(rng, arrives));
        turn_to(rng, misbehaviour, plan.visits.back());
        plan.visits.back().turns = arrives;
    }
    plan.must_play = 2;
    return plan;
}

} // namespace netplay_relay::simulation
