#include "some_order.hpp"

#include "some_policy.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::fuzz {

namespace {

std::uint64_t some_room(Decisions& decisions, std::span<tests::Relay> relays)
{
    std::vector<std::uint64_t> rooms;
    for (const tests::Relay& relay : relays)
        for (const std::uint64_t room : relay.worker.lobby().rooms())
            rooms.push_back(room);
    return rooms.empty() ? 0 : rooms[decisions.below(rooms.size())];
}

// One that is there, or another.
lobby::Event some_party_order(Decisions& decisions, std::span<tests::Relay> relays)
{
    std::vector<lobby::SendPeerAway> peers;
    for (const tests::Relay& relay : relays)
        for (const lobby::PartySnapshot& party : relay.worker.lobby().look_at_parties())
            for (const lobby::PeerSnapshot& peer : party.peers)
                peers.push_back({party.party.number, peer.peer.id});
    lobby::SendPeerAway some{decisions.byte(), decisions.byte()};
    if (!peers.empty() && decisions.yes()) some = peers[decisions.below(peers.size())];
    if (decisions.yes()) return some;
    return lobby::EndParty{some.party};
}

// Some are as wide as can be: those of IPv6 hold no IPv4 address, whatever their length.
wire::Network some_network(Decisions& decisions)
{
    const wire::Address address =
        *wire::parse_address(addresses[decisions.below(addresses.size())]);
    if (!decisions.yes()) return wire::network_of(address, address.is_ipv4() ? 128 : 56);
    return {{}, static_cast<int>(decisions.below(97))};
}

lobby::Event some_promise(Decisions& decisions, const wire::SessionId& id, lobby::Instant now)
{
    if (decisions.yes()) return lobby::LiftReservation{id};
    lobby::Reservation reservation{id, {some_network(decisions)}, {}};
    if (decisions.yes()) reservation.until = now + std::chrono::seconds(decisions.byte());
    return lobby::Reserve{reservation};
}

lobby::Event some_order(Decisions& decisions, std::span<tests::Relay> relays,
                        const std::string& session, lobby::Instant now)
{
    const wire::Network network = some_network(decisions);
    wire::SessionId id;
    std::ranges::copy(session, id.bytes.begin());
    switch (decisions.below(12)) {
    case 0: return lobby::EndSession{id};
    case 1: return lobby::EndLink{{decisions.byte()}};
    case 2: return lobby::EndRoom{some_room(decisions, relays)};
    case 3: return lobby::SendAway{{decisions.byte()}};
    case 4: {
        const std::chrono::seconds length{decisions.byte()};
        return lobby::SetBan{{network, now + length, "", "", {}}};
    }
    case 5: return lobby::LiftBan{network};
    case 6: return lobby::TakeNew{decisions.yes()};
    case 7: return some_promise(decisions, id, now);
    case 8: return lobby::Undrain{};
    case 9: return some_party_order(decisions, relays);
    case 10: return lobby::AdoptBans{{{network, now + std::chrono::hours(1), "", "", {}}}};
    default: return lobby::Say{std::nullopt, "soon"};
    }
}

} // namespace

void order_something(Decisions& decisions, std::span<tests::Relay> relays,
                     const std::string& session, lobby::Instant now)
{
    const lobby::Event order = some_order(decisions, relays, session, now);
    for (tests::Relay& relay : relays) {
        relay.worker.order(order);
        relay.go_on();
    }
    const auto* sent = std::get_if<lobby::SendAway>(&order);
    for (const tests::Relay& relay : relays) {
        const worker::Connection* left =
            sent == nullptr ? nullptr : relay.worker.look_at(sent->who);
        // A peer of a party may take what was sent to it before, and hang up.
        ensure(left == nullptr || left->lingers() || left->stage() == worker::Stage::party_peer,
               "one that was sent away is there");
    }
}

} // namespace netplay_relay::fuzz
