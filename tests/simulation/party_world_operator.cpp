// The operator of a relay with parties.
#include "party_world.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds orders_end{22};

} // namespace

void PartyWorld::plan_orders()
{
    for (const lobby::Policy& policy : plan_.reloads)
        schedule_.after(rng_.between(2s, orders_end), [this, policy] { reload(policy); });
    if (plan_.may_drain) schedule_.after(rng_.between(2s, orders_end), [this] { drain(); });
    if (!plan_.has_operator) return;
    for (std::size_t times = rng_.between(1, 6); times > 0; --times)
        schedule_.after(rng_.between(1s, orders_end), [this] { operate(); });
}

void PartyWorld::reload(const lobby::Policy& policy)
{
    party_oracle_.adopts(policy);
    oracle_.adopts(policy.limits);
    relay_.adopt(policy);
}

void PartyWorld::drain()
{
    oracle_.expects_nothing_new();
    relay_.drain();
    if (rng_.one_in(2)) return;
    schedule_.after(rng_.between(0s, 10s), [this] {
        oracle_.expects_new_again();
        relay_.order(lobby::Undrain{});
    });
}

void PartyWorld::operate()
{
    switch (rng_.below(6)) {
    case 0: return end_a_party();
    case 1:
    case 2: return send_a_peer_away();
    case 3: return send_somebody_away();
    case 4: return ban_somebody();
    default: return take_nothing_new();
    }
}

std::optional<std::pair<std::uint64_t, std::int32_t>> PartyWorld::some_place()
{
    const auto parties = relay_.books().parties;
    if (parties.empty()) return std::nullopt;
    const lobby::PartySnapshot& party = rng_.one_of(parties);
    return std::pair(party.party.number, rng_.one_of(party.peers).peer.id);
}

void PartyWorld::end_a_party()
{
    const auto place = some_place();
    const std::uint64_t party = place ? place->first : 77;
    const auto parties = relay_.books().parties;
    const bool is_there = std::ranges::any_of(parties, [&](const lobby::PartySnapshot& one) {
        return one.party.number == party && !one.party.closing;
    });
    party_oracle_.ends(party);
    if (relay_.order(lobby::EndParty{party}).met != (is_there ? 1U : 0U))
        oracle_.complains("a party could not be ended, or one that is none could");
}

void PartyWorld::send_a_peer_away()
{
    const auto place = some_place();
    const lobby::SendPeerAway order{place ? place->first : 77, place ? place->second : 7};
    party_oracle_.sends_away(order.party, order.peer);
    const std::size_t met = relay_.order(order).met;
    if (met > 1 || (met == 1 && !place)) oracle_.complains("more were sent away than are there");
}

void PartyWorld::send_somebody_away()
{
    const Census all = relay_.census();
    if (all.empty()) return;
    const lobby::ConnectionId who = rng_.one_of(all).id;
    party_oracle_.sends_away(who);
    if (relay_.order(lobby::SendAway{who}).met != 1)
        oracle_.complains("somebody could not be sent away");
}

void PartyWorld::ban_somebody()
{
    const Census all = relay_.census();
    if (all.empty()) return;
    const wire::Network network = wire::network_of_one(rng_.one_of(all).peer.address);
    const lobby::Instant until = schedule_.now() + rng_.between(1s, 10s);
    party_oracle_.bans();
    oracle_.operator_bans(network, until);
    if (relay_.order(lobby::SetBan{{network, until, "", "", {}}}).met == 0)
        oracle_.complains("a ban was not given");
    for (const lobby::PartySnapshot& party : relay_.books().parties)
        for (const lobby::PeerSnapshot& peer : party.peers)
            if (network.contains(peer.peer.address)) party_oracle_.is_banned(party, peer);
}

void PartyWorld::take_nothing_new()
{
    oracle_.operator_takes_new(false);
    relay_.order(lobby::TakeNew{false});
    schedule_.after(rng_.between(1s, 8s), [this] {
        oracle_.operator_takes_new(true);
        relay_.order(lobby::TakeNew{true});
    });
}

} // namespace netplay_relay::simulation
