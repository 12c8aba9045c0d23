// What peers are sent: kept until it is acknowledged, or held for a moment and dropped.
#include "party_manager_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

namespace {

SharedBytes make_frame(websocket::Kind kind, std::span<const std::uint8_t> payload)
{
    std::vector<std::uint8_t> frame;
    frame.reserve(websocket::frame_header_size_max + payload.size());
    websocket::append_frame(frame, kind, payload);
    return std::make_shared<const std::vector<std::uint8_t>>(std::move(frame));
}

// Several small messages in a moment have one mark.
constexpr std::chrono::milliseconds mark_interval{20};

} // namespace

SharedBytes PartyManagerState::frame_of(std::span<const std::uint8_t> packets)
{
    return make_frame(websocket::Kind::binary, packets);
}

void PartyManagerState::say(Peer& peer, std::string_view text)
{
    keep(peer, {make_frame(websocket::Kind::text, bytes_of(text)), 0, 0, now_});
}

void PartyManagerState::say_unnumbered(Peer& peer, std::string_view text)
{
    if (!peer.is_absent()) say_frame(peer.connection, websocket::Kind::text, bytes_of(text));
}

void PartyManagerState::say_frame(ConnectionId to, websocket::Kind kind,
                                  std::span<const std::uint8_t> payload)
{
    std::vector<std::uint8_t> bytes = out_->spare.take();
    websocket::append_frame(bytes, kind, payload);
    out_->messages.push_back({to, std::move(bytes), nullptr});
}

void PartyManagerState::deliver(Peer& peer, const Peer& from, std::span<const std::uint8_t> packets,
                                bool reliable)
{
    if (!reliable && peer.is_absent()) return note_dropped(peer, packets.size());
    if (reliable || !takes_unreliable(peer, packets.size()))
        return deliver(peer, from, frame_of(packets), packets.size(), reliable);
    say_frame(peer.connection, websocket::Kind::binary, packets);
    note_sent(peer, packets.size());
}

void PartyManagerState::deliver(Peer& peer, const Peer& from, SharedBytes frame,
                                std::size_t payload, bool reliable)
{
    if (reliable)
        return keep(peer, {std::move(frame), static_cast<std::uint32_t>(payload), from.id, now_});
    if (takes_unreliable(peer, payload)) return hand_out(peer, frame, payload);
    hold(peer, std::move(frame), payload);
}

// Nothing that is not late already is thrown away: it waits for the game to take what was sent.
bool PartyManagerState::takes_unreliable(const Peer& peer, std::size_t payload) const
{
    return !peer.is_absent() && peer.held.empty() && takes_held(peer, payload);
}

bool PartyManagerState::takes_held(const Peer& peer, std::size_t payload) const
{
    if (peer.marks.empty()) return true;
    if (peer.untaken() + payload > unreliable_window) return false;
    const Duration longest = untaken_limit + peer.usual_round_trip + peer.usual_round_trip / 2;
    return now_ - peer.marks.front().when <= longest;
}

void PartyManagerState::keep(Peer& peer, Kept message)
{
    peer.kept_bytes += message.cost();
    kept_in_all_ += message.cost();
    peer.kept.push_back(std::move(message));
    if (!peer.is_leaving() && is_overfull(peer)) overfull_.push_back({peer.party->number, peer.id});
    pump(peer);
}

bool PartyManagerState::is_overfull(const Peer& peer) const
{
    return peer.kept_bytes > settings_.kept_bytes + peer.party->packet_bytes;
}

void PartyManagerState::hold(Peer& peer, SharedBytes frame, std::size_t payload)
{
    if (peer.is_absent()) return note_dropped(peer, payload);
    if (peer.held.empty()) arm(peer, now_ + stale_limit);
    peer.held.push_back({std::move(frame), static_cast<std::uint32_t>(payload), now_});
    peer.held_bytes += peer.held.back().cost();
    kept_in_all_ += peer.held.back().cost();
    std::size_t over = 0;
    for (std::size_t bytes = peer.held_bytes; bytes > held_bytes_max && over < peer.held.size();)
        bytes -= peer.held[over++].cost();
    drop_held(peer, over);
}

// Sends what the game can take now.
void PartyManagerState::pump(Peer& peer)
{
    if (peer.is_absent()) return;
    while (peer.kept_sent < peer.kept.size()) {
        const Kept& next = peer.kept[peer.kept_sent];
        if (next.payload > 0 && peer.untaken() > 0 &&
            peer.untaken() + next.payload > reliable_window)
            break;
        ++peer.kept_sent;
        peer.offered = std::max(peer.offered, peer.acknowledged + peer.kept_sent);
        hand_out(peer, next.frame, next.payload);
    }
    drop_stale(peer);
    while (!peer.held.empty()) {
        if (!takes_held(peer, peer.held.front().payload)) break;
        const Held next = std::move(peer.held.front());
        peer.held.pop_front();
        peer.held_bytes -= next.cost();
        kept_in_all_ -= next.cost();
        hand_out(peer, next.frame, next.payload);
    }
    if (!peer.farewell || peer.farewell->said || peer.kept_sent < peer.kept.size()) return;
    peer.farewell->said = true;
    peer.farewell->until = std::min(peer.farewell->until, now_ + hang_up_limit);
    arm(peer, peer.farewell->until);
}

void PartyManagerState::hand_out(Peer& peer, const SharedBytes& frame, std::size_t payload)
{
    out_->messages.push_back({peer.connection, {}, frame});
    note_sent(peer, payload);
}

void PartyManagerState::note_sent(Peer& peer, std::size_t payload)
{
    if (payload == 0) return;
    peer.sent += payload;
    if (peer.marks.size() >= marks_max ||
        (!peer.marks.empty() && now_ - peer.marks.back().when < mark_interval))
        peer.marks.back().sent = peer.sent;
    else
        peer.marks.push_back({peer.sent, now_});
}

void PartyManagerState::drop_stale(Peer& peer)
{
    const auto is_stale = [&](const Held& held) { return now_ - held.since >= stale_limit; };
    const auto fresh = std::ranges::find_if_not(peer.held, is_stale);
    drop_held(peer, static_cast<std::size_t>(fresh - peer.held.begin()));
}

void PartyManagerState::drop_held(Peer& peer, std::size_t count)
{
    for (; count > 0; --count) {
        const Held& oldest = peer.held.front();
        peer.held_bytes -= oldest.cost();
        kept_in_all_ -= oldest.cost();
        note_dropped(peer, oldest.payload);
        peer.held.pop_front();
    }
}

void PartyManagerState::note_dropped(Peer& peer, std::size_t payload)
{
    ++peer.dropped;
    ++counts_.messages_dropped;
    counts_.bytes_dropped += payload;
}

void PartyManagerState::note_acknowledged(Peer& peer, std::uint64_t count)
{
    for (; peer.acknowledged < count; ++peer.acknowledged) {
        peer.kept_bytes -= peer.kept.front().cost();
        kept_in_all_ -= peer.kept.front().cost();
        peer.kept.pop_front();
        if (peer.kept_sent > 0) --peer.kept_sent;
    }
}

void PartyManagerState::tell_got(Peer& peer)
{
    const auto round_trip = peer.round_trip_untold ? peer.round_trip : std::nullopt;
    say_unnumbered(peer, write_got(peer.numbered, round_trip));
    peer.round_trip_untold = false;
    peer.told = peer.numbered;
    peer.bytes_untold = 0;
    peer.tell_at.reset();
}

void PartyManagerState::forget_queue(Peer& peer)
{
    kept_in_all_ -= peer.kept_bytes + peer.held_bytes;
    peer.kept.clear();
    peer.held.clear();
    peer.kept_bytes = 0;
    peer.held_bytes = 0;
    peer.kept_sent = 0;
    peer.offered = peer.acknowledged;
}

} // namespace netplay_relay::party
