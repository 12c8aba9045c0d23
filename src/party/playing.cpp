// What peers say: packets for each other, and control messages.
#include "party_manager_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

namespace {

// A packet for several is copied for each of them if it is no larger; else they share it.
constexpr std::size_t copied_max = 1024;
// A larger buffer is not kept for the next message.
constexpr std::size_t buffer_kept_max = 64U << 10U;

CloseReason reason_for(PacketFault fault)
{
    return fault == PacketFault::too_large ? CloseReason::packet_too_large
                                           : CloseReason::bad_packet;
}

bool is_reliable(Mode mode) { return mode == Mode::reliable; }

std::int32_t listed_target(const Packet& packet, std::size_t at)
{
    const auto bytes = packet.targets.subspan(at * sizeof(std::int32_t), sizeof(std::int32_t));
    return static_cast<std::int32_t>(load_little<std::uint32_t>(bytes));
}

// How often that counts beside the first time which so many get.
double more_for(std::size_t targets)
{
    return targets < 2 ? 0 : static_cast<double>(targets - 1) / double{targets_per_message};
}

// So much more than half of it the usual round trip may grow with one pong.
constexpr std::chrono::milliseconds round_trip_step{50};

} // namespace

// A pong that came when a freeze was over tells of the freeze: the usual one follows slowly.
void PartyManagerState::note_round_trip(Peer& peer, Duration took)
{
    const Duration most = peer.usual_round_trip + peer.usual_round_trip / 2 + round_trip_step;
    peer.usual_round_trip = peer.round_trip ? std::min(took, most) : took;
    peer.round_trip = took;
}

void PartyManagerState::hear_peer(Party& party, Peer& peer, const websocket::Message& message)
{
    if (message.kind == websocket::Kind::pong) {
        if (!peer.pinged) return;
        const Instant pinged = *std::exchange(peer.pinged, std::nullopt);
        note_round_trip(peer, std::max(now_ - pinged, Duration{})); // a clock before may be later
        peer.round_trip_untold = true;
        if (!peer.tell_at) peer.tell_at = now_ + acknowledge_delay;
        return arm(peer, *peer.tell_at);
    }
    std::optional<CloseReason> fault;
    if (message.kind == websocket::Kind::text)
        fault = take_control(party, peer, message.payload);
    else if (!peer.is_leaving())
        fault = take_packets(party, peer, message.payload);
    if (fault) dismiss(party, peer, *fault, {});
}

// Each of its frames counts. Only the answer to our ping is no message.
bool PartyManagerState::may_say(Peer& peer, const websocket::Message& message)
{
    if (message.kind == websocket::Kind::pong && peer.pinged) return true;
    return peer.messages.spend(now_, static_cast<double>(message.frames)) &&
           peer.kilobytes.spend(now_, static_cast<double>(message.payload.size()) / kilobyte);
}

// What goes to many is more work than what goes to one.
bool PartyManagerState::may_reach(Peer& source, std::size_t targets, std::size_t bytes)
{
    const double more = more_for(targets);
    return more == 0 ||
           (source.messages.spend(now_, more) &&
            source.kilobytes.spend(now_, more * static_cast<double>(bytes) / kilobyte));
}

std::optional<CloseReason> PartyManagerState::take_control(Party& party, Peer& peer,
                                                           std::span<const std::uint8_t> text)
{
    const auto said = read_control(text);
    if (!said) return CloseReason::bad_control;
    if (const auto* progress = std::get_if<Progress>(&*said)) return take_progress(peer, *progress);
    if (peer.is_leaving()) return std::nullopt;
    note_numbered(peer, text.size());
    if (peer.id != host_id) return CloseReason::bad_control;
    if (const auto* refusing = std::get_if<RefuseNew>(&*said)) {
        party.refuses = refusing->refuse;
        return std::nullopt;
    }
    const auto* kick = std::get_if<Kick>(&*said);
    if (kick == nullptr) return CloseReason::bad_control;
    Peer* kicked = party.find(kick->id);
    if (kicked == nullptr || kicked->is_leaving()) return std::nullopt; // it has just left
    dismiss(party, *kicked, CloseReason::kicked, kick->text);
    return std::nullopt;
}

std::optional<CloseReason> PartyManagerState::take_progress(Peer& peer, const Progress& progress)
{
    if (progress.got) {
        if (*progress.got < peer.acknowledged || *progress.got > peer.acknowledged + peer.kept_sent)
            return CloseReason::bad_control;
        note_acknowledged(peer, *progress.got);
    }
    if (progress.seen) {
        if (*progress.seen > peer.sent || *progress.seen < peer.seen)
            return CloseReason::bad_control;
        peer.seen = *progress.seen;
        while (!peer.marks.empty() && peer.marks.front().sent <= peer.seen)
            peer.marks.pop_front();
    }
    pump(peer);
    return std::nullopt;
}

std::optional<CloseReason> PartyManagerState::take_packets(Party& party, Peer& source,
                                                           std::span<const std::uint8_t> message)
{
    PacketReader reader(message, party.packet_bytes, peers_max);
    std::optional<Packet> packet = reader.next();
    if (!packet) return reader.fault() ? reason_for(*reader.fault()) : CloseReason::bad_packet;
    const Mode mode = packet->mode;
    if (is_reliable(mode)) note_numbered(source, message.size());
    gathered_used_ = 0;
    ++messages_;
    const std::optional<Packet> next = reader.next();
    if (next) {
        const auto fault = gather_packets(party, source, reader, *packet, *next);
        for (auto& [target, packets] : std::span(gathered_).first(gathered_used_))
            if (packets.capacity() > buffer_kept_max) packets = {};
        return fault;
    }
    if (reader.fault()) return reason_for(*reader.fault());
    // As most are: one packet.
    if (!may_reach(source, target_count(party, *packet), message.size()))
        return CloseReason::peer_flood;
    share_packet(party, source, *packet);
    return std::nullopt;
}

// Nobody gets any of them if something is wrong with one.
std::optional<CloseReason> PartyManagerState::gather_packets(Party& party, Peer& source,
                                                             PacketReader& reader, Packet first,
                                                             Packet second)
{
    const bool reliable = is_reliable(first.mode);
    double weight = 0; // of packets that have not counted yet
    std::optional<Packet> packet = first;
    std::optional<Packet> next = second;
    for (; packet; packet = std::exchange(next, reader.next())) {
        if (is_reliable(packet->mode) != reliable) return CloseReason::bad_packet;
        const double more = more_for(target_count(party, *packet));
        const double size = static_cast<double>(packet_head_size + packet->payload.size());
        if (more > 0 && !source.kilobytes.spend(now_, more * size / kilobyte))
            return CloseReason::peer_flood;
        weight += 1 + more;
        if (weight >= packets_per_message) {
            weight -= packets_per_message;
            if (!source.messages.spend(now_)) return CloseReason::peer_flood;
        }
        note_packet(source, *packet);
        each_target(party, source, *packet, [&](Peer* target) {
            if (!may_get(target, source)) return;
            append_packet(gathered_for(*target), source.id, *packet);
            ++target->packets_out;
        });
        if (!next && reader.fault()) return reason_for(*reader.fault());
    }
    if (!may_reach(source, gathered_used_, 0)) return CloseReason::peer_flood;
    send_gathered(source, reliable);
    return std::nullopt;
}

std::size_t PartyManagerState::target_count(const Party& party, const Packet& packet)
{
    if (packet.listed) return packet.targets.size() / sizeof(std::int32_t);
    return packet.target > 0 ? 1 : party.peers.size() - 1;
}

void PartyManagerState::send_gathered(const Peer& source, bool reliable)
{
    for (auto& [target, packets] : std::span(gathered_).first(gathered_used_))
        deliver(*target, source, packets, reliable);
}

// Whoever is in a list twice gets it once.
template <class Visitor>
void PartyManagerState::each_target(const Party& party, const Peer& source, const Packet& packet,
                                    const Visitor& visit)
{
    if (packet.listed) {
        ++lists_;
        const std::size_t count = packet.targets.size() / sizeof(std::int32_t);
        for (std::size_t at = 0; at < count; ++at) {
            Peer* target = party.find(listed_target(packet, at));
            if (target != nullptr && std::exchange(target->listed_by, lists_) == lists_) continue;
            visit(target);
        }
        return;
    }
    if (packet.target > 0) return visit(party.find(packet.target));
    for (const auto& [id, peer] : party.peers)
        if (peer.get() != &source && std::int64_t{id} != -std::int64_t{packet.target})
            visit(peer.get());
}

// One packet, for one or for several.
void PartyManagerState::share_packet(Party& party, Peer& source, const Packet& packet)
{
    note_packet(source, packet);
    single_.clear();
    append_packet(single_, source.id, packet);
    const bool is_shared = is_reliable(packet.mode) || single_.size() > copied_max;
    SharedBytes frame;
    each_target(party, source, packet, [&](Peer* target) {
        if (!may_get(target, source)) return;
        ++target->packets_out;
        if (!is_shared) return deliver(*target, source, single_, false);
        if (frame == nullptr) frame = frame_of(single_);
        deliver(*target, source, frame, single_.size(), is_reliable(packet.mode));
    });
    if (single_.capacity() > buffer_kept_max) single_ = {};
}

void PartyManagerState::note_packet(Peer& source, const Packet& packet)
{
    ++source.packets_in;
    ++counts_.packets[static_cast<std::size_t>(packet.mode)];
}

bool PartyManagerState::may_get(const Peer* target, const Peer& source)
{
    const bool may = target != nullptr && target != &source && !target->is_leaving();
    ++(may ? counts_.packets_passed : counts_.packets_to_nobody);
    return may;
}

// The message that this one is sent in the end.
std::vector<std::uint8_t>& PartyManagerState::gathered_for(Peer& target)
{
    if (std::exchange(target.gathered_by, messages_) == messages_)
        return gathered_[target.gathered_at].second;
    if (gathered_used_ == gathered_.size()) gathered_.emplace_back();
    target.gathered_at = gathered_used_++;
    auto& made = gathered_[target.gathered_at];
    made.first = &target;
    made.second.clear();
    return made.second;
}

// What has to arrive is counted, and its sender is told so: then it need not keep it.
void PartyManagerState::note_numbered(Peer& peer, std::size_t bytes)
{
    ++peer.numbered;
    peer.bytes_untold += bytes;
    if (peer.numbered - peer.told >= acknowledge_messages || peer.bytes_untold >= acknowledge_bytes)
        return tell_got(peer);
    if (peer.tell_at) return;
    peer.tell_at = now_ + acknowledge_delay;
    arm(peer, *peer.tell_at);
}

} // namespace netplay_relay::party
