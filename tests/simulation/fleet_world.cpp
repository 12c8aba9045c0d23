#include "fleet_world.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// Everybody who comes has come by then; after it everybody leaves.
constexpr std::chrono::seconds world_ends_after{100};
constexpr std::chrono::seconds nodes_stop_after{5};
constexpr std::size_t steps_max = 4'000'000;
constexpr std::size_t nodes_most = 5;

Ending any_ending(Rng& rng)
{
    return rng.one_of(std::vector{Ending::closes, Ending::resets, Ending::vanishes});
}

lobby::Policy policy_of(Crowd& crowd, bool calm)
{
    lobby::Policy policy = calm ? crowd.calm_policy() : crowd.wild_policy();
    if (policy.limits.connections < 30) policy.limits.connections = 4096; // of all who come
    // Ports are a node's own, and so is its only session.
    policy.join_ports = {};
    policy.legacy_ports.range = {};
    if (policy.manual_ip != lobby::ManualIp::off) policy.manual_ip = lobby::ManualIp::room;
    return policy;
}

} // namespace

FleetWorld::FleetWorld(std::uint64_t seed, Fault fault)
    : rng_(seed), calm_(seed % 4 == 0), rooms_(seed % 4 != 0 && seed % 8 < 6),
      crowd_(rng_, rooms_, std::nullopt), network_(schedule_, rng_.fork(), crowd_.traits()),
      random_(rng_.fork()), around_{schedule_, network_, oracle_, open_sessions_, ended_sessions_},
      policy_(policy_of(crowd_, calm_)), fleet_(schedule_, rng_.fork(), policy_, random_, network_,
                                                oracle_, 1 + seed % nodes_most, fault, calm_),
      troubles_(schedule_, rng_.fork(), fleet_)
{
    oracle_.adopts(policy_.limits);
    network_.serve(fleet_);
    oracle_.expects_fleet();
}

FleetWorld::~FleetWorld() = default;

FleetOutcome FleetWorld::run()
{
    settle();
    for (std::size_t times = rng_.between(std::size_t{0}, std::size_t{60}); times > 0; --times)
        schedule_.after(rng_.between(0ms, 110s), [this] { fleet_.give_away(); });
    if (!calm_) troubles_.plan(rng_.between(0, 6), 100s);
    schedule_.after(world_ends_after, [this] { end(); });
    std::size_t steps = 0;
    while (oracle_.complaints().empty() && schedule_.run_next())
        if (++steps > steps_max) oracle_.complains("the world does not end");
    if (oracle_.complaints().empty()) check_nothing_remains();
    return {oracle_.complaints(), oracle_.trace(), oracle_.bytes_heard(), fleet_.counts(),
            fleet_.books().totals};
}

void FleetWorld::settle()
{
    add_hosts(rng_.between(1, 5));
    add_guests(rng_.between(3, 20));
    if (rooms_) add_players(rng_.between(1, rng_.one_in(2) ? 20 : 60));
    if (!calm_)
        for (std::size_t count = rng_.between(0, 10); count > 0; --count)
            peers_.push_back(
                std::make_unique<Stranger>(around_, rng_.fork(), crowd_.wild_stranger()));
    for (const auto& peer : peers_)
        peer->begin();
}

void FleetWorld::add_hosts(std::size_t count)
{
    for (; count > 0; --count) {
        HostPlan plan = crowd_.wild_host();
        if (calm_) {
            plan = {};
            plan.address = crowd_.own_address();
            plan.links = crowd_.calm_link();
            plan.links.hears_before_it_finishes = false;
        }
        if (!calm_ && rng_.one_in(2)) plan.arrives = rng_.between(0s, 60s);
        peers_.push_back(std::make_unique<HostPeer>(around_, rng_.fork(), plan));
    }
}

void FleetWorld::add_guests(std::size_t count)
{
    for (; count > 0; --count) {
        GuestPlan plan;
        plan.address =
            calm_ || rng_.one_in(3) ? crowd_.own_address() : rng_.one_of(crowd_.addresses());
        plan.link = calm_ ? crowd_.calm_link() : crowd_.wild_link();
        plan.arrives = calm_ ? rng_.between(1s, 20s) : rng_.between(0s, 80s);
        plan.mistypes = !calm_ && rng_.one_in(12);
        plan.comes_late = !calm_ && rng_.one_in(8);
        auto guest = std::make_unique<GuestPeer>(around_, rng_.fork(), plan);
        guests_.push_back(guest.get());
        peers_.push_back(std::move(guest));
    }
}

// By address alone, at any time.
void FleetWorld::add_players(std::size_t count)
{
    const bool many_games = rng_.one_in(2);
    for (; count > 0; --count) {
        PlayerPlan plan = crowd_.wild_player();
        plan.arrives = rng_.between(0s, 85s);
        plan.stays = rng_.between(2s, 40s);
        plan.port = 0;
        if (many_games) plan.traits.content_crc = static_cast<std::uint32_t>(rng_.between(1, 8));
        peers_.push_back(std::make_unique<Player>(around_, rng_.fork(), plan));
    }
}

void FleetWorld::end()
{
    if (calm_) check_calm();
    if (rng_.one_in(3)) fleet_.shut_down();
    for (const auto& peer : peers_)
        peer->leave(calm_ ? Ending::closes : any_ending(rng_));
    schedule_.after(nodes_stop_after, [this] { fleet_.stop(); });
}

void FleetWorld::check_calm()
{
    const wire::CloseCounts close_reasons = fleet_.books().totals.close_reasons;
    for (std::size_t at = 0; at < close_reasons.size(); ++at) {
        const auto reason = static_cast<wire::CloseReason>(at);
        const bool is_fine = reason == wire::CloseReason::guest_left ||
                             reason == wire::CloseReason::host_dropped_guest;
        if (close_reasons[at] > 0 && !is_fine)
            oracle_.complains("among honest people there was " + std::string(word(reason)));
    }
    for (const GuestPeer* guest : guests_) {
        const lobby::ConnectionId id = id_of(guest->link()->line());
        const lobby::ConnectionId partner = oracle_.partner_of(id);
        if (partner.value == 0)
            oracle_.complains("an honest guest has met nobody");
        else if (!oracle_.heard_all(id) || !oracle_.heard_all(partner))
            oracle_.complains("somebody has not heard everything");
    }
}

void FleetWorld::check_nothing_remains()
{
    const Books books = fleet_.books();
    if (books.use != lobby::Use{}) oracle_.complains("a lobby still knows somebody");
    if (books.sessions > 0) oracle_.complains("a session remains");
    if (books.next_deadline) oracle_.complains("a deadline remains");
    if (fleet_.connections() > 0) oracle_.complains("a connection remains");
    if (fleet_.games_away() > 0) oracle_.complains("where a game was is still known");
    if (network_.open_at_relay() > 0) oracle_.complains("a socket remains");
}

} // namespace netplay_relay::simulation
