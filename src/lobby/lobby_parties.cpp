// Those who come with a WebSocket: games of Godot.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <utility>

namespace netplay_relay::lobby {

namespace {

// It is no WebSocket, has said itself that it goes, or is not the one that is listened to any more:
// nothing that it is to read gets lost by our end.
bool may_be_ended_first(CloseReason reason)
{
    return reason == CloseReason::no_websocket || reason == CloseReason::bad_request ||
           reason == CloseReason::parties_off || reason == CloseReason::peer_left ||
           reason == CloseReason::returned || reason == CloseReason::peer_silent ||
           reason == CloseReason::peer_absent; // a proxy's close frame
}

// One of X-Forwarded-For: an address, perhaps with a port, perhaps in brackets.
std::optional<wire::Address> parse_forwarded(std::string_view text)
{
    const auto is_blank = [](char letter) { return letter == ' ' || letter == '\t'; };
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    if (const auto address = wire::parse_address(text)) return address;
    if (const auto endpoint = wire::parse_endpoint(text)) return endpoint->address;
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
    return wire::parse_address(text.substr(1, text.size() - 2));
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
    parties_.enter(id, address, deadline, now_, party_output_);
    carry_over_parties();
}

party::Doorkeeper LobbyState::doorkeeper()
{
    return {
        [this](ConnectionId id, std::span<const std::string> forwarded_for) {
            return admit(id, forwarded_for);
        },
        [this](ConnectionId id) { return policy_.host.permits(connections_.at(id).peer.address); },
        [this](ConnectionId id) { return policy_.join.permits(connections_.at(id).peer.address); }};
}

// Each proxy adds whom it speaks for at the end: what stands before that of one that we trust,
// anybody may have written.
std::optional<wire::Address>
LobbyState::client_behind(const wire::Address& proxy,
                          std::span<const std::string> forwarded_for) const
{
    std::optional<wire::Address> client;
    wire::Address speaker = proxy;
    for (auto line = forwarded_for.rbegin(); line != forwarded_for.rend(); ++line) {
        std::string_view rest = *line;
        while (!rest.empty()) {
            if (!is_trusted_proxy(speaker)) return client;
            const std::size_t comma = rest.rfind(',');
            const auto next =
                parse_forwarded(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
            if (!next) return client;
            client = next;
            speaker = *next;
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
        }
    }
    return client;
}

// Within a call of the party manager.
std::variant<party::Doorkeeper::Admitted, CloseReason>
LobbyState::admit(ConnectionId id, std::span<const std::string> forwarded_for)
{
    Connection& connection = connections_.at(id);
    const wire::Address proxy = connection.peer.address;
    const auto client = client_behind(proxy, forwarded_for);
    if (!client) return party::Doorkeeper::Admitted{proxy, is_trusted_proxy(proxy)};
    if (const auto refusal = refusal_of_client(*client)) return *refusal;
    charge(id, connection, {*client, 0});
    return party::Doorkeeper::Admitted{*client, true};
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
    std::vector<ConnectionId> lost; // passed on too often
    for (OutboundMessage& message : output.messages)
        command(Deliver{std::move(message)});
    for (const party::Closing& closing : output.closings) {
        const CloseReason reason = shutting_down_ ? CloseReason::shutdown : closing.end;
        parted.emplace_back(closing.connection, connections_.at(closing.connection).peer);
        peer_is_gone(closing.connection, reason);
        command(Close{closing.connection, reason, true, !may_be_ended_first(reason)});
    }
    for (const party::Elsewhere& one : output.elsewhere)
        if (Connection* connection = find(one.connection))
            if (!(one.node ? hop(one.connection, *connection, *one.node)
                           : pass_on(one.connection, *connection, one.worker)))
                lost.push_back(one.connection);
    for (party::PartyEvent& event : output.events) {
        totals_.parties += event.kind == party::PartyEventKind::party_opened ? 1 : 0;
        totals_.peers += event.kind == party::PartyEventKind::party_opened ||
                                 event.kind == party::PartyEventKind::peer_joined
                             ? 1
                             : 0;
        // Its connection has ended before, as peer_absent.
        if (event.kind == party::PartyEventKind::peer_left &&
            event.reason == CloseReason::peer_lost && event.connection == ConnectionId{})
            count(event.reason);
        std::optional<wire::Endpoint> peer;
        if (const Connection* known = find(event.connection)) peer = known->peer;
        for (const auto& [id, known] : parted)
            if (id == event.connection) peer = known;
        tell(PartyEvent{std::move(event), peer});
    }
    for (const wire::Address& guesser : parties_.take_guessers())
        command(TellWorkers{{WrongCode{guesser}}});
    for (party::Ended& one : output.ended)
        tell_ended(GameKind::party, std::move(one.name), one.home);
    output.clear();
    party_output_ = std::move(output); // keeps its memory
    for (const ConnectionId id : lost)
        send_peer_away(id, CloseReason::entrance_timeout);
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
    const bool is_there =
        parties_.send_away(event.party, event.peer, CloseReason::sent_away, now_, party_output_);
    out_->outcome.met = is_there ? 1 : 0;
    carry_over_parties();
}

PartySnapshot LobbyState::snapshot_of(party::PartySnapshot seen) const
{
    PartySnapshot snapshot;
    snapshot.party = std::move(seen);
    for (const party::PeerSnapshot& peer : std::exchange(snapshot.party.peers, {})) {
        const auto known = connections_.find(peer.connection);
        snapshot.peers.push_back(
            {peer, known == connections_.end() ? std::nullopt : std::optional(known->second.peer)});
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
