// How it ends: for a connection, for a peer, for a party.
#include "party_manager_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

// The connection is gone already, or is closed by the caller.
CloseReason PartyManagerState::leave(ConnectionId id, CloseReason how)
{
    const auto found = clients_.find(id);
    if (found == clients_.end()) return CloseReason::peer_left;
    Client& client = found->second;
    if (client.newcomer) {
        const CloseReason reason = client.newcomer->refused.value_or(CloseReason::left_early);
        set_deadline(id, *client.newcomer, no_deadline);
        count_kept(0, memory_of(client));
        --entering_count_;
        clients_.erase(found);
        return reason;
    }
    Party& party = *client.party;
    Peer& peer = *client.peer;
    if (how == CloseReason::too_slow) how = CloseReason::peer_backlog;
    const bool holds = how == CloseReason::lost || how == CloseReason::left;
    if (peer.is_leaving() && (!holds || peer.farewell->said)) {
        const CloseReason reason = peer.farewell->reason;
        finish(party, peer.id, false);
        return reason;
    }
    if (holds) {
        lose_connection(party, peer);
        if (!peer.is_leaving()) {
            tell_others(party, peer, "absent");
            tell(PartyEventKind::peer_absent, party, &peer);
        }
        settle();
        return CloseReason::peer_absent;
    }
    tell_left(party, peer, how);
    finish(party, peer.id, false);
    settle();
    return how;
}

// Of the state of its connection.
void PartyManagerState::tell_others(const Party& party, const Peer& peer, std::string_view what)
{
    for (const auto& [other_id, other] : party.peers)
        if (other.get() != &peer && !other->is_leaving() &&
            (party.mesh || other_id == host_id || peer.id == host_id))
            say(*other, write_peer(what, peer.id));
}

// Its place is held, with all that it has not acknowledged.
void PartyManagerState::lose_connection(Party&, Peer& peer)
{
    const auto found = clients_.find(peer.connection);
    count_kept(0, found->second.hearing.reader.kept());
    clients_.erase(found);
    peer.connection = {};
    peer.absent_since = now_;
    peer.kept_sent = 0;
    drop_held(peer, peer.held.size());
    peer.sent = 0;
    peer.seen = 0;
    peer.marks.clear();
    peer.pinged.reset();
    peer.round_trip.reset();
    peer.usual_round_trip = {};
    peer.round_trip_untold = false;
    peer.tell_at.reset();
    if (peer.farewell) peer.farewell->said = false;
    set_due(peer, due_of(peer));
}

// It has to go, and is told so behind all that has to arrive.
void PartyManagerState::dismiss(Party& party, Peer& peer, CloseReason reason, std::string_view text)
{
    if (peer.is_leaving()) return;
    if (reason == CloseReason::kicked || reason == CloseReason::peer_flood)
        exclude(party, peer.address, reason);
    tell_left(party, peer, reason);
    peer.farewell = Farewell{reason, now_ + farewell_limit, false};
    arm(peer, peer.farewell->until);
    drop_held(peer, peer.held.size());
    say(peer, write_close(reason, text.empty() ? sentence_for(reason) : text));
}

// It has to go as there is too much for it. Nothing more is kept, and what it says does not matter.
void PartyManagerState::give_up(Party& party, Peer& peer, CloseReason reason)
{
    const bool was_leaving = peer.is_leaving();
    if (!was_leaving) tell_left(party, peer, reason);
    if (was_leaving || peer.is_absent()) return finish(party, peer.id, true);
    forget_queue(peer);
    Hearing& hearing = clients_.at(peer.connection).hearing;
    count_kept(0, hearing.reader.kept());
    hearing = {websocket::FrameReader(), true};
    say_unnumbered(peer, write_close(reason, sentence_for(reason)));
    peer.farewell = Farewell{reason, now_ + hang_up_limit, true};
    arm(peer, peer.farewell->until);
}

// The others hear it at once. When the host goes, the party is over.
void PartyManagerState::tell_left(Party& party, const Peer& peer, CloseReason reason)
{
    tell(PartyEventKind::peer_left, party, &peer, reason, now_ - peer.since);
    if (peer.id == host_id) return close_party(party, CloseReason::host_gone, &peer);
    if (party.closing) return;
    for (const auto& [other_id, other] : party.peers)
        if (other.get() != &peer && !other->is_leaving() && (party.mesh || other_id == host_id))
            say(*other, write_left(peer.id, reason));
}

void PartyManagerState::close_party(Party& party, CloseReason reason, const Peer* but)
{
    if (party.closing) return;
    party.closing = true;
    party.end = reason;
    by_code_.erase(party.code);
    for (const auto& [id, peer] : party.peers)
        if (peer.get() != but) dismiss(party, *peer, reason, {});
}

void PartyManagerState::send_away(ConnectionId id, CloseReason end)
{
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    Client& client = found->second;
    if (client.newcomer && !client.newcomer->upgraded) return close_silently(id, end);
    if (client.newcomer) return refuse(id, client, end);
    if (end == CloseReason::peer_backlog || end == CloseReason::memory_short)
        give_up(*client.party, *client.peer, end);
    else
        dismiss(*client.party, *client.peer, end, {});
    settle();
}

bool PartyManagerState::send_away(std::uint64_t number, std::int32_t peer_id, CloseReason end)
{
    const auto found = parties_.find(number);
    Peer* peer = found == parties_.end() ? nullptr : found->second->find(peer_id);
    if (peer == nullptr || peer->is_leaving()) return false;
    dismiss(*found->second, *peer, end, {});
    settle();
    return true;
}

bool PartyManagerState::close(std::uint64_t number, CloseReason end)
{
    const auto found = parties_.find(number);
    if (found == parties_.end() || found->second->closing) return false;
    close_party(*found->second, end, nullptr);
    settle();
    return true;
}

// Nobody is waited for: what was handed out here still arrives.
void PartyManagerState::close_all(CloseReason end)
{
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, party] : parties_)
        numbers.push_back(number);
    for (const std::uint64_t number : numbers) {
        Party& party = *parties_.at(number);
        close_party(party, end, nullptr);
        while (!party.peers.empty()) {
            const bool is_last = party.peers.size() == 1;
            finish(party, party.peers.begin()->first, true);
            if (is_last) break;
        }
    }
    std::vector<ConnectionId> newcomers;
    for (const auto& [id, client] : clients_)
        newcomers.push_back(id);
    std::ranges::sort(newcomers);
    for (const ConnectionId id : newcomers) {
        Client& client = clients_.at(id);
        if (client.newcomer->upgraded) refuse(id, client, end);
        close_silently(id, client.newcomer->refused.value_or(end));
    }
    overfull_.clear();
}

void PartyManagerState::close_silently(ConnectionId id, CloseReason reason)
{
    out_->closings.push_back({id, reason});
    const auto found = clients_.find(id);
    set_deadline(id, *found->second.newcomer, no_deadline);
    count_kept(0, memory_of(found->second));
    --entering_count_;
    clients_.erase(found);
}

std::size_t PartyManagerState::end_unwanted(const Verdict& verdict)
{
    std::size_t ended = end_places(verdict, false);
    std::vector<ConnectionId> newcomers;
    for (const auto& [id, client] : clients_)
        if (client.newcomer && !client.newcomer->refused) newcomers.push_back(id);
    std::ranges::sort(newcomers);
    for (const ConnectionId id : newcomers) {
        // It may still want either.
        const wire::Address& address = clients_.at(id).newcomer->address;
        const auto reason = verdict(address, false);
        if (!reason || !verdict(address, true)) continue;
        ++ended;
        send_away(id, *reason);
    }
    return ended;
}

std::size_t PartyManagerState::end_places(const Verdict& verdict, bool only_absent)
{
    std::size_t ended = 0;
    for (const auto& [number, party] : parties_)
        for (const auto& [id, peer] : party->peers) {
            if (peer->is_leaving() || (only_absent && !peer->is_absent())) continue;
            const auto reason = verdict(peer->address, id == host_id);
            if (!reason) continue;
            ++ended;
            dismiss(*party, *peer, *reason, {});
        }
    settle();
    return ended;
}

// It is out for good. `closes`: its connection is there, and is to be closed.
void PartyManagerState::finish(Party& party, std::int32_t peer_id, bool closes)
{
    Peer& peer = *party.find(peer_id);
    if (!peer.is_absent()) {
        const auto found = clients_.find(peer.connection);
        if (closes)
            out_->closings.push_back(
                {peer.connection, peer.farewell ? peer.farewell->reason : CloseReason::peer_left});
        count_kept(0, found->second.hearing.reader.kept());
        clients_.erase(found);
    }
    forget_queue(peer);
    set_due(peer, no_deadline);
    by_token_.erase(peer.token);
    party.peers.erase(peer_id);
    if (!party.peers.empty()) return;
    tell(PartyEventKind::party_closed, party, nullptr, party.end, now_ - party.since);
    if (!party.closing) by_code_.erase(party.code);
    tell_ended(party);
    parties_.erase(party.number);
}

// A peer whose moment has come.
void PartyManagerState::look_at(Party& party, Peer& peer)
{
    if (peer.is_absent()) {
        if (now_ < *peer.absent_since + settings_.hold) return;
        if (!peer.is_leaving()) tell_left(party, peer, CloseReason::peer_lost);
        return finish(party, peer.id, false);
    }
    if (peer.is_leaving() && now_ >= peer.farewell->until) return finish(party, peer.id, true);
    if (peer.tell_at && now_ >= *peer.tell_at) tell_got(peer);
    drop_stale(peer);
    if (!peer.held.empty()) pump(peer);
    if (now_ >= peer.ping_at) look_at_silence(party, peer);
}

void PartyManagerState::look_at_silence(Party&, Peer& peer)
{
    peer.ping_at = now_ + ping_interval;
    if (now_ - peer.heard >= silence_limit) {
        out_->closings.push_back({peer.connection, CloseReason::peer_silent});
        (void)leave(peer.connection, CloseReason::lost);
        return;
    }
    if (peer.pinged) return;
    peer.pinged = now_;
    say_frame(peer.connection, websocket::Kind::ping, {});
}

void PartyManagerState::look_at_newcomer(ConnectionId id)
{
    Client& client = clients_.at(id);
    Newcomer& newcomer = *client.newcomer;
    if (!newcomer.refused && newcomer.upgraded)
        return refuse(id, client, CloseReason::entrance_timeout);
    close_silently(id, newcomer.refused.value_or(CloseReason::entrance_timeout));
}

// When there is something to do for it, if nothing happens meanwhile.
Instant PartyManagerState::due_of(const Peer& peer) const
{
    if (peer.is_absent()) return *peer.absent_since + settings_.hold;
    Instant due = peer.ping_at;
    if (peer.tell_at) due = std::min(due, *peer.tell_at);
    if (!peer.held.empty()) due = std::min(due, peer.held.front().since + stale_limit);
    if (peer.farewell) due = std::min(due, peer.farewell->until);
    return due;
}

} // namespace netplay_relay::party
