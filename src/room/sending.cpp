// What members are told, each in its own protocol.
#include "room_state.hpp"

#include "room/multitap.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace netplay_relay::room {

namespace {

// Who speaks this protocol asks for a state behind each MODE while it plays, if it has asked for
// none before (seen with RetroArch 1.22.2).
constexpr std::uint32_t asks_behind_mode_since = 7;
constexpr std::size_t words_of_protocol_4 = 3;

wire::Dialect dialect_for(const Member& member)
{
    return {member.negotiated.protocol, member.negotiated.info_layout, wire::Side::server, 0};
}

// Players of protocol 4 have the number of their port.
std::uint32_t number_4(std::uint32_t ports)
{
    return static_cast<std::uint32_t>(std::countr_zero(ports | 1U << wire::ports_max));
}

} // namespace

void RoomState::list(Member& member)
{
    if (member.listed || member.gone) return;
    member.listed = true;
    listed_.push_back(&member);
}

void RoomState::hand_over(Member& member)
{
    if (member.outgoing.empty()) return;
    out_->messages.push_back({member.connection, std::exchange(member.outgoing, {}), nullptr});
}

// Encoded once, however many are told so; the bytes are there until the next call.
std::span<const std::uint8_t> RoomState::encoded(const wire::Command& command,
                                                 wire::Dialect dialect)
{
    encoded_.clear();
    wire::encode_command(command, dialect, encoded_);
    return encoded_;
}

void RoomState::say_bytes(Member& member, std::span<const std::uint8_t> bytes)
{
    if (member.gone) return;
    if (member.outgoing.capacity() == 0) member.outgoing = out_->spare.take();
    member.outgoing.insert(member.outgoing.end(), bytes.begin(), bytes.end());
    list(member);
}

void RoomState::say(Member& member, const wire::Command& command)
{
    say_bytes(member, encoded(command, dialect_for(member)));
}

void RoomState::say_sync(Member& member)
{
    // Who is on trial is told of no players: their inputs may have gaps where the others load a
    // state.
    std::uint32_t players = 0;
    if (!member.fresh) each_player([&](Member& player) { players |= player.ports; });
    if (member.negotiated.protocol == 4) {
        wire::Sync4 sync;
        sync.frame = frame_;
        sync.players = players;
        sync.devices = devices_;
        sync.nick = member.nick;
        return say(member, sync);
    }
    wire::Sync sync;
    sync.frame = frame_;
    sync.client = member.number;
    sync.devices = devices_;
    sync.share_modes = share_modes_;
    if (!member.fresh) sync.clients = port_table().seated;
    sync.nick = member.nick;
    say(member, sync);
    if (member.negotiated.protocol < extras_since) return;
    say(member, wire::AllowPausing{false});
    say(member, wire::InputLatencyFrames{0, 0});
}

// Tells all members that one plays, or plays no more, from that frame on.
void RoomState::say_mode(const Member& about, Frame frame)
{
    each_established([&](Member& member) {
        if (member.playing && member.negotiated.protocol >= asks_behind_mode_since)
            member.mode_told_at = now_;
        say_mode_to(member, about, frame);
    });
}

void RoomState::say_mode_to(Member& member, const Member& about, Frame frame)
{
    if (member.negotiated.protocol == 4) {
        wire::Mode4 mode;
        mode.frame = frame;
        mode.player = number_4(about.ports);
        mode.you = &member == &about;
        mode.playing = about.playing;
        return say(member, mode);
    }
    wire::Mode mode;
    mode.frame = frame;
    mode.playing = about.playing;
    mode.client = about.number;
    mode.ports = about.playing ? about.ports : 0;
    mode.share_modes = share_modes_;
    mode.nick = about.nick;
    mode.you = &member == &about;
    say(member, mode);
}

// To all others: once in the words of protocol 4, if somebody speaks that, and once in those of the
// later ones.
void RoomState::say_input(const Member& from, Frame frame, const wire::InputWords& words)
{
    wire::Input input;
    input.frame = frame;
    input.words = words;
    input.player = from.number;
    bool speaks_4 = false;
    const auto bytes = encoded(input);
    each_established([&](Member& other) {
        if (&other == &from) return;
        if (other.negotiated.protocol == 4)
            speaks_4 = true;
        else
            say_bytes(other, bytes);
    });
    if (!speaks_4) return;
    input.player = number_4(from.ports);
    while (input.words.size() < words_of_protocol_4)
        input.words.push_back(0);
    const auto bytes_4 = encoded(input, {4, {}, wire::Side::server, 0});
    each_established([&](Member& other) {
        if (&other != &from && other.negotiated.protocol == 4) say_bytes(other, bytes_4);
    });
}

bool RoomState::can_read(const Member& member, const WaitingState& state)
{
    return !state.wrapped || member.negotiated.protocol >= wrapped_since || state.bare != nullptr;
}

void RoomState::say_state(Member& to, const WaitingState& state)
{
    if (to.gone) return;
    to.is_mute = false;
    const bool unwrap = state.wrapped && to.negotiated.protocol < wrapped_since;
    const SharedState& data = unwrap ? state.bare : state.data;
    wire::LoadSavestate load;
    load.frame = state.frame;
    load.size = unwrap ? state.core_size : state.size;
    load.data = *data;
    wire::encode_savestate_head(load, to.outgoing);
    out_->messages.push_back({to.connection, std::exchange(to.outgoing, {}), data});
}

RoomEvent RoomState::event(RoomEventKind kind, const Member* member) const
{
    RoomEvent event;
    event.kind = kind;
    event.room = identity_.number;
    event.core = identity_.info.core_name;
    event.content_crc = identity_.info.content_crc;
    if (member == nullptr) return event;
    event.member = member->connection;
    event.nick = member->nick;
    return event;
}

void RoomState::tell(RoomEventKind kind, const Member* member)
{
    out_->events.push_back(event(kind, member));
}

RoomSnapshot RoomState::look() const
{
    RoomSnapshot room;
    room.number = identity_.number;
    room.port = identity_.port;
    room.core = identity_.info.core_name;
    room.core_version = identity_.info.core_version;
    room.content_crc = identity_.info.content_crc;
    room.by_password = identity_.by_password;
    room.by_core = identity_.by_core;
    const Multitap* multitap = multitap_of(room.core);
    room.multitap = multitap != nullptr && devices_ == multitap->devices;
    std::uint32_t taken = 0;
    for (const auto& member : members_)
        taken |= member->ports;
    for (const std::uint32_t device : places_table().devices)
        room.places += device != 0 ? 1 : 0;
    room.taken = static_cast<std::uint32_t>(std::popcount(taken));
    room.kept = static_cast<std::uint32_t>(std::popcount(kept_ports() & ~taken));
    room.frame = frame_;
    room.since = since_;
    std::vector<Member*> line = wishers();
    std::erase_if(line, [](const Member* member) { return !member->waits_for_place; });
    const Member* owner = clock_owner();
    for (const auto& member : members_) {
        MemberSnapshot seen;
        seen.connection = member->connection;
        seen.number = member->number;
        seen.nick = member->nick;
        seen.protocol = member->negotiated.protocol;
        seen.core_version = member->negotiated.info.core_version;
        seen.synced = member->is_established();
        seen.playing = member->playing;
        seen.owns_clock = member.get() == owner;
        seen.ports = member->ports;
        if (const auto place = std::ranges::find(line, member.get()); place != line.end())
            seen.in_line = static_cast<std::uint32_t>(place - line.begin()) + 1;
        seen.ping = member->ping;
        seen.since = member->since;
        seen.counts = member->counts;
        seen.waited_lately = member->conduct.waited(conduct_window, now_);
        seen.repeated_lately = member->conduct.repeated(conduct_window, now_);
        if (member->playing && member->next < frame_) seen.frames_behind = frame_ - member->next;
        if (member->playing && member->next > frame_) seen.frames_ahead = member->next - frame_;
        room.members.push_back(std::move(seen));
    }
    return room;
}

} // namespace netplay_relay::room
