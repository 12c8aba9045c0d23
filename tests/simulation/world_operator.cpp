// The operator of a simulated relay: as rude as the others, and at any moment.
#include "world.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

template <class All>
auto any_of(const All& all, Rng& rng)
{
    return *std::next(all.begin(), static_cast<std::ptrdiff_t>(rng.below(all.size())));
}

} // namespace

void World::operate_now_and_then()
{
    for (std::size_t times = rng_.between(1, 12); times > 0; --times)
        schedule_.after(rng_.between(1s, 95s), [this] { operate(); });
}

void World::operate()
{
    switch (rng_.below(10)) {
    case 0:
    case 1:
    case 2: return end_something();
    case 3:
    case 4: return send_somebody_away();
    case 5:
    case 6: return ban_somebody();
    case 7: return take_nothing_new();
    case 8: return promise_something();
    default: return say_something();
    }
}

// A session, a link or a room.
void World::end_something()
{
    if (const auto& open = oracle_.open_sessions(); !open.empty() && rng_.one_in(2)) {
        const wire::SessionId session = any_of(open, rng_);
        if (relay_.order(lobby::EndSession{session}).met != 1)
            oracle_.complains("an open session could not be ended");
        if (oracle_.open_sessions().contains(session))
            oracle_.complains("a session was ended and is open");
    }
    for (const Seen& seen : relay_.census()) {
        if (seen.stage != lobby::Stage::guest || !rng_.one_in(3)) continue;
        if (relay_.order(lobby::EndLink{seen.id}).met != 1)
            oracle_.complains("a link could not be ended");
        break;
    }
    const auto rooms = relay_.books().rooms;
    if (rooms.empty()) return;
    if (relay_.order(lobby::EndRoom{any_of(rooms, rng_).room.number}).met != 1)
        oracle_.complains("a room could not be ended");
    if (relay_.books().rooms.size() + 1 != rooms.size())
        oracle_.complains("a room was ended and is there, or others are not");
}

void World::send_somebody_away()
{
    const Census all = relay_.census();
    const lobby::ConnectionId who =
        all.empty() || rng_.one_in(8) ? lobby::ConnectionId{1U << 20U} : any_of(all, rng_).id;
    const bool is_there = std::ranges::find(all, who, &Seen::id) != all.end();
    if (relay_.order(lobby::SendAway{who}).met != (is_there ? 1U : 0U))
        oracle_.complains("somebody was sent away who was not there, or was not who was");
    const Census rest = relay_.census();
    if (std::ranges::find(rest, who, &Seen::id) != rest.end())
        oracle_.complains("somebody was sent away and is there");
}

void World::ban_somebody()
{
    const Census all = relay_.census();
    const wire::Address address = all.empty() || rng_.one_in(4) ? rng_.one_of(crowd_.addresses())
                                                                : any_of(all, rng_).peer.address;
    wire::Network network = wire::network_of_one(address);
    if (rng_.one_in(4)) network = wire::network_of(address, address.is_ipv4() ? 120 : 48);
    const bool for_good = rng_.one_in(6);
    const lobby::Instant until =
        for_good ? lobby::Instant::max() : schedule_.now() + rng_.between(1s, 30s);
    const std::size_t before = relay_.connections();
    oracle_.operator_bans(network, until);
    const lobby::Outcome outcome = relay_.order(
        lobby::SetBan{{network, for_good ? std::nullopt : std::optional(until), "", "", {}}});
    if (outcome.met == 0) oracle_.complains("a ban was not given");
    if (outcome.gone > before) oracle_.complains("more had to go than were there");
    if (rng_.one_in(3)) schedule_.after(rng_.between(0s, 20s), [this] { lift_some_ban(); });
}

void World::lift_some_ban()
{
    const std::vector<wire::Network> all = oracle_.banned();
    if (all.empty()) return;
    const wire::Network network = any_of(all, rng_);
    oracle_.operator_lifts(network); // it may have ended
    relay_.order(lobby::LiftBan{network});
}

void World::take_nothing_new()
{
    oracle_.operator_takes_new(false);
    relay_.order(lobby::TakeNew{false});
    schedule_.after(rng_.between(1s, 20s), [this] {
        oracle_.operator_takes_new(true);
        relay_.order(lobby::TakeNew{true});
    });
}

void World::promise_something()
{
    wire::SessionId promised;
    promised.bytes.fill(0x66);
    if (rng_.one_in(3)) {
        oracle_.operator_promises(promised, std::nullopt);
        return (void)relay_.order(lobby::LiftReservation{promised});
    }
    std::optional<lobby::Instant> until;
    if (rng_.one_in(2)) until = schedule_.now() + rng_.between(1s, 60s);
    const lobby::Reservation reservation{
        promised, {wire::network_of_one(rng_.one_of(crowd_.addresses()))}, until};
    oracle_.operator_promises(promised, reservation);
    if (relay_.order(lobby::Reserve{reservation}).met == 0)
        oracle_.complains("an id was not promised");
}

void World::say_something()
{
    const std::size_t rooms = relay_.books().rooms.size();
    if (relay_.order(lobby::Say{std::nullopt, "the relay restarts"}).met != rooms)
        oracle_.complains("not all rooms were spoken to");
}

} // namespace netplay_relay::simulation
