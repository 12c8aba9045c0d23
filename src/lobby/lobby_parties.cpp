// Those who come with a WebSocket: games of Godot.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <utility>

namespace netplay_relay::lobby {

namespace {

// It has ended its side itself, or is no WebSocket: nothing it is to read gets lost by our end.
bool may_be_ended_first(CloseReason reason)
{
    return reason == CloseReason::no_websocket || reason == CloseReason::bad_request ||
           reason == CloseReason::peer_left;
}

} // namespace

void LobbyState::greet(ConnectionId id, Connection& connection, const wire::WebRequest&, bool)
{
    const wire::Address address = connection.peer.address;
    const Instant deadline = connection.deadline;
    change_stage(id, connection, Stage::party_peer);
    set_deadline(id, connection, no_deadline); // the party manager has it from now on
    connection.since = now_;
    ++peer_count_;
    parties_.enter(id, address, deadline, policy_.host.permits(address), now_, party_output_);
    // It is told so when it can be.
    if (!policy_.join.permits(address))
        parties_.send_away(id, CloseReason::join_denied, now_, party_output_);
    carry_over_parties();
}

void LobbyState::peer_left(ConnectionId id, CloseReason how)
{
    const wire::Endpoint peer = connections_.at(id).peer;
    peer_is_gone(id, parties_.leave(id, now_, party_output_, how));
    carry_over_parties({{id, peer}});
}

void LobbyState::send_peer_away(ConnectionId id, CloseReason reason)
{
    parties_.send_away(id, reason, now_, party_output_);
    carry_over_parties();
}

void LobbyState::peer_is_gone(ConnectionId id, CloseReason reason)
{
    const Connection& peer = connections_.at(id);
    count(reason);
    tell(PeerGone{peer.peer, reason, now_ - peer.since});
    --peer_count_;
    forget(id);
}

// As carry_over().
void LobbyState::carry_over_parties(std::vector<std::pair<ConnectionId, wire::Endpoint>> parted)
{
    party::Output output = std::exchange(party_output_, {});
    for (OutboundMessage& message : output.messages)
        command(Deliver{std::move(message)});
    for (const party::Closing& closing : output.closings) {
        const CloseReason reason = shutting_down_ ? CloseReason::shutdown : closing.end;
        parted.emplace_back(closing.connection, connections_.at(closing.connection).peer);
        peer_is_gone(closing.connection, reason);
        command(Close{closing.connection, reason, true, !may_be_ended_first(reason)});
    }
    for (party::PartyEvent& event : output.events) {
        totals_.parties += event.kind == party::PartyEventKind::party_opened ? 1 : 0;
        totals_.peers += event.kind == party::PartyEventKind::peer_joined ? 1 : 0;
        const bool is_place = event.kind == party::PartyEventKind::peer_left &&
                              event.connection == ConnectionId{};
        if (is_place) count(event.reason); // its connection has ended before, as peer_absent
        std::optional<wire::Endpoint> peer;
        if (const Connection* known = find(event.connection)) peer = known->peer;
        for (const auto& [id, known] : parted)
            if (id == event.connection) peer = known;
        tell(PartyEvent{std::move(event), peer});
    }
    output.clear();
    party_output_ = std::move(output); // keeps its memory
}

void LobbyState::on(const EndParty& event)
{
    const bool is_there =
        parties_.close(event.party, CloseReason::ended_by_operator, now_, party_output_);
    out_->outcome.met = is_there ? 1 : 0;
    carry_over_parties();
}

void LobbyState::on(const SendPeerAway& event)
{
    const bool is_there = parties_.send_away(event.party, event.peer, CloseReason::sent_away, now_,
                                             party_output_);
    out_->outcome.met = is_there ? 1 : 0;
    carry_over_parties();
}

PartySnapshot LobbyState::snapshot_of(party::PartySnapshot seen) const
{
    PartySnapshot snapshot;
    snapshot.party = std::move(seen);
    for (const party::PeerSnapshot& peer : std::exchange(snapshot.party.peers, {})) {
        const auto known = connections_.find(peer.connection);
        snapshot.peers.push_back({peer, known == connections_.end()
                                            ? std::nullopt
                                            : std::optional(known->second.peer)});
    }
    return snapshot;
}

std::vector<PartySnapshot> LobbyState::look_at_parties() const
{
    std::vector<PartySnapshot> all;
    for (party::PartySnapshot& seen : parties_.look())
        all.push_back(snapshot_of(std::move(seen)));
    return all;
}

std::optional<PartySnapshot> LobbyState::look_at_party(std::uint64_t number) const
{
    std::optional<party::PartySnapshot> seen = parties_.look(number);
    if (!seen) return std::nullopt;
    return snapshot_of(std::move(*seen));
}

} // namespace netplay_relay::lobby
