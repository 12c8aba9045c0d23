#include "world.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// Everybody who comes has come by then; after it everybody leaves.
constexpr std::chrono::seconds world_ends_after{100};
constexpr std::size_t steps_max = 2'000'000;

Ending any_ending(Rng& rng)
{
    return rng.one_of(std::vector{Ending::closes, Ending::resets, Ending::vanishes});
}

} // namespace

World::World(std::uint64_t seed, Fault fault, std::size_t workers, bool successors, bool together)
    : workers_(workers), successors_(successors), together_(together), rng_(seed),
      calm_(seed % 4 == 0), rooms_(seed % 4 == 1), node_(some_node(seed)),
      crowd_(rng_, rooms_, node_), network_(schedule_, Rng(rng_.draw()), crowd_.traits()),
      random_(Rng(rng_.draw())),
      policy_(calm_ ? crowd_.calm_policy() : crowd_.wild_policy()), around_{schedule_, network_,
                                                                            oracle_, open_sessions_,
                                                                            ended_sessions_},
      relay_(schedule_, Rng(rng_.draw()), policy_, random_, network_, oracle_, fault, workers,
             together)
{
    network_.serve(relay_);
    oracle_.adopts(policy_.limits);
    oracle_.expects_workers(workers_);
    oracle_.expects_node(node_);
}

World::~World() = default;

Outcome World::run()
{
    settle();
    if ((workers_ > 1 && !together_) || successors_) move_now_and_then();
    if (workers_ > 1 && together_) give_away_now_and_then();
    schedule_.after(world_ends_after, [this] { end(); });
    std::size_t steps = 0;
    while (oracle_.complaints().empty() && schedule_.run_next())
        if (++steps > steps_max) oracle_.complains("the world does not end");
    if (oracle_.complaints().empty()) check_nothing_remains();
    return {oracle_.complaints(),    oracle_.trace(),    oracle_.bytes_heard(),
            relay_.sessions_moved(), relay_.passed_on(), relay_.given_away(),
            relay_.books().totals};
}

void World::settle()
{
    if (calm_)
        settle_calmly();
    else
        settle_wildly();
    for (const auto& peer : peers_)
        peer->begin();
}

// Nobody means harm and nobody is slow: then nobody may be refused, and not a byte may be missing.
void World::settle_calmly()
{
    const std::size_t hosts = rng_.between(1, 3);
    for (std::size_t n = 0; n < hosts; ++n) {
        HostPlan plan;
        plan.address = crowd_.own_address();
        plan.asks_for_addresses = !rng_.one_in(4);
        plan.links = crowd_.calm_link();
        plan.links.hears_before_it_finishes = false;
        plan.links.finishes_second = rng_.one_in(2);
        auto host = std::make_unique<HostPeer>(around_, Rng(rng_.draw()), plan);
        hosts_.push_back(host.get());
        peers_.push_back(std::move(host));
    }
    if (rng_.one_in(2)) add_askers();
    const std::size_t guests = rng_.between(1, 10);
    for (std::size_t n = 0; n < guests; ++n) {
        GuestPlan plan;
        plan.address = crowd_.own_address();
        plan.link = crowd_.calm_link();
        plan.arrives = rng_.between(1s, 20s);
        auto guest = std::make_unique<GuestPeer>(around_, Rng(rng_.draw()), plan);
        guests_.push_back(guest.get());
        peers_.push_back(std::move(guest));
    }
}

void World::settle_wildly()
{
    add_hosts(rng_.between(1, 5));
    add_guests(rng_.between(3, 25));
    add_strangers(rng_.between(0, 25));
    if (rng_.one_in(4)) add_flood();
    if (rooms_) add_players(rng_.between(1, 10));
    if (rooms_) add_lobby_servers(rng_.between(0, 6));
    if (rng_.one_in(2)) reload_now_and_then();
    if (rng_.one_in(8)) drain_some_time();
    if (rng_.one_in(2)) operate_now_and_then();
}

void World::add_hosts(std::size_t count)
{
    for (std::size_t n = 0; n < count; ++n) {
        const HostPlan plan = crowd_.wild_host();
        peers_.push_back(std::make_unique<HostPeer>(around_, Rng(rng_.draw()), plan));
        if (plan.leaves_after == lobby::Duration{0} || rng_.one_in(2)) continue;
        // It comes again, whatever has become of its first connection.
        HostPlan again = crowd_.wild_host();
        again.address = plan.address;
        again.arrives = plan.leaves_after + rng_.between(0s, 15s);
        peers_.push_back(std::make_unique<HostPeer>(around_, Rng(rng_.draw()), again));
    }
}

void World::add_guests(std::size_t count)
{
    // Sometimes all of them at once.
    const bool rush = rng_.one_in(4);
    for (std::size_t n = 0; n < count; ++n) {
        GuestPlan plan;
        plan.address = rng_.one_in(3) ? crowd_.own_address() : rng_.one_of(crowd_.addresses());
        plan.link = crowd_.wild_link();
        plan.mistypes = rng_.one_in(12);
        plan.comes_late = rng_.one_in(8);
        plan.arrives = rush ? rng_.between(30s, 32s) : rng_.between(0s, 60s);
        auto guest = std::make_unique<GuestPeer>(around_, Rng(rng_.draw()), plan);
        guests_.push_back(guest.get());
        peers_.push_back(std::move(guest));
    }
}

void World::add_strangers(std::size_t count)
{
    for (std::size_t n = 0; n < count; ++n)
        peers_.push_back(
            std::make_unique<Stranger>(around_, Rng(rng_.draw()), crowd_.wild_stranger()));
}

// Friends come at about the same time.
void World::add_players(std::size_t count)
{
    const lobby::Duration from = rng_.between(0s, 50s);
    for (std::size_t n = 0; n < count; ++n) {
        PlayerPlan plan = crowd_.wild_player();
        plan.arrives = from + rng_.between(0s, 12s);
        peers_.push_back(std::make_unique<Player>(around_, Rng(rng_.draw()), plan));
    }
}

// Old ones, that ask for a port.
void World::add_lobby_servers(std::size_t count)
{
    for (std::size_t n = 0; n < count; ++n) {
        StrangerPlan plan;
        plan.address = rng_.one_of(crowd_.addresses());
        plan.arrives = rng_.between(0s, 60s);
        plan.pieces = {{0, 0, 0x46, 0x49, 0, 0, 0, 0}};
        plan.stays_max = 5s;
        peers_.push_back(std::make_unique<Stranger>(around_, Rng(rng_.draw()), plan));
    }
}

// One address knocks as often as it can.
void World::add_flood()
{
    const wire::Address address = rng_.one_of(crowd_.addresses());
    const lobby::Duration from = rng_.between(0s, 50s);
    const std::size_t count = rng_.between(20, 80);
    for (std::size_t n = 0; n < count; ++n) {
        StrangerPlan plan;
        plan.address = address;
        plan.arrives = from + n * rng_.between(0ms, 10ms);
        plan.stays_max = 5s;
        if (rng_.one_in(2)) plan.pieces = {{'R', 'A', 'T', 'S'}, std::vector<std::uint8_t>(12)};
        peers_.push_back(std::make_unique<Stranger>(around_, Rng(rng_.draw()), plan));
    }
}

// Hosts that ask for addresses without end, and then reset their connections, all of one address.
// Nobody beside them may notice.
void World::add_askers()
{
    HostPlan plan;
    plan.address = crowd_.own_address();
    plan.asks_without_end = true;
    plan.ending = Ending::resets;
    for (std::size_t count = rng_.between(1, 4); count > 0; --count) {
        plan.arrives = rng_.between(0s, 20s);
        plan.leaves_after = rng_.between(1s, 4s);
        peers_.push_back(std::make_unique<HostPeer>(around_, Rng(rng_.draw()), plan));
    }
    has_askers_ = true;
}

void World::reload_now_and_then()
{
    for (int times = 0; times < 3; ++times)
        schedule_.after(rng_.between(5s, 90s), [this] {
            policy_ = crowd_.wild_policy();
            relay_.adopt(policy_);
            oracle_.adopts(policy_.limits);
        });
}

void World::drain_some_time()
{
    schedule_.after(rng_.between(30s, 120s), [this] {
        oracle_.expects_nothing_new();
        relay_.drain();
        if (rng_.one_in(2)) return;
        schedule_.after(rng_.between(0s, 20s), [this] { // thinks better of it
            oracle_.expects_new_again();
            if (relay_.order(lobby::Undrain{}).met == 0) oracle_.complains("nothing drained");
        });
    });
}

// Sessions and lone connections go on in another worker, or all in another program, and nobody may
// notice.
void World::move_now_and_then()
{
    for (std::size_t times = rng_.between(1, 40); times > 0; --times)
        schedule_.after(rng_.between(0ms, 110s), [this, whole = rng_.one_in(4)] {
            if (successors_ && whole) relay_.hand_over_to_successor(); // twice in a row
            if (successors_)
                relay_.hand_over_to_successor();
            else if (whole)
                relay_.move();
            else
                relay_.move_there_and_back();
        });
}

// Nobody may notice, and newcomers find it.
void World::give_away_now_and_then()
{
    for (std::size_t times = rng_.between(0, 60); times > 0; --times)
        schedule_.after(rng_.between(0ms, 110s), [this] { relay_.give_away(); });
}

void World::end()
{
    if (calm_) check_calm();
    const bool relay_stops = rng_.one_in(3);
    if (relay_stops) relay_.shut_down();
    for (const auto& peer : peers_)
        peer->leave(calm_ ? Ending::closes : any_ending(rng_));
}

void World::check_calm()
{
    const wire::CloseCounts close_reasons = relay_.books().totals.close_reasons;
    for (std::size_t at = 0; at < close_reasons.size(); ++at) {
        const auto reason = static_cast<wire::CloseReason>(at);
        const bool is_fine = reason == wire::CloseReason::guest_left ||
                             reason == wire::CloseReason::host_dropped_guest;
        const bool is_askers = reason == wire::CloseReason::host_left ||
                               reason == wire::CloseReason::host_lost ||
                               reason == wire::CloseReason::query_flood;
        if (close_reasons[at] > 0 && !is_fine && !(is_askers && has_askers_))
            oracle_.complains("among honest people there was " + std::string(word(reason)));
    }
    for (const HostPeer* host : hosts_)
        if (host->waits_for_address()) oracle_.complains("a query was never answered");
    for (const GuestPeer* guest : guests_) {
        const lobby::ConnectionId id = id_of(guest->link()->line());
        const lobby::ConnectionId partner = oracle_.partner_of(id);
        if (partner.value == 0) {
            oracle_.complains("an honest guest has met nobody");
            continue;
        }
        if (!oracle_.heard_all(id)) oracle_.complains("a guest has not heard everything");
        if (!oracle_.heard_all(partner)) oracle_.complains("a host has not heard everything");
    }
}

void World::check_nothing_remains()
{
    const Books books = relay_.books();
    if (books.use != lobby::Use{}) oracle_.complains("the lobby still knows somebody");
    if (books.sessions > 0) oracle_.complains("a session remains");
    if (books.next_deadline) oracle_.complains("a deadline remains");
    if (relay_.connections() > 0) oracle_.complains("a connection remains");
    if (relay_.open_ports() > 0) oracle_.complains("a port remains");
    if (relay_.games_away() > 0) oracle_.complains("where a game was is still known");
    if (network_.open_at_relay() > 0) oracle_.complains("a socket remains");
}

} // namespace netplay_relay::simulation
