// What members say.
#include "room_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace netplay_relay::room {

namespace {

// A member whose state is being looked at is not listened to; what it says meanwhile is kept.
constexpr std::size_t kept_max = 256 * 1024;

// Everybody but the owner of the clock is a frame or two behind it.
constexpr Frame noticeably_late = 3;

template <class Command>
constexpr SaidKind kind_of()
{
    using std::is_same_v;
    if constexpr (is_same_v<Command, wire::Input>) return SaidKind::input;
    if constexpr (is_same_v<Command, wire::Play>) return SaidKind::play;
    if constexpr (is_same_v<Command, wire::Spectate>) return SaidKind::spectate;
    if constexpr (is_same_v<Command, wire::Crc>) return SaidKind::crc;
    if constexpr (is_same_v<Command, wire::RequestSavestate>) return SaidKind::savestate_request;
    if constexpr (is_same_v<Command, wire::Chat>) return SaidKind::chat;
    if constexpr (is_same_v<Command, wire::PingRequest> || is_same_v<Command, wire::PingResponse>)
        return SaidKind::ping;
    if constexpr (is_same_v<Command, wire::Pause> || is_same_v<Command, wire::Resume>)
        return SaidKind::pause;
    return SaidKind::other;
}

} // namespace

void RoomState::take_commands(Member& member)
{
    while (!member.gone) {
        if (member.intake) {
            if (!fill_intake(member)) break;
        } else if (!take_one(member)) {
            break;
        }
        run_clock(); // what comes next in its stream may be for the frame behind
    }
    note_repeats(member);
    if (!member.gone && member.intake && member.stream.unread().size() > kept_max)
        dismiss(member, CloseReason::flood);
}

bool RoomState::take_one(Member& member)
{
    if (wire::starts_savestate(member.stream.unread())) return begin_intake(member);
    const wire::Dialect dialect{member.negotiated.protocol, member.negotiated.info_layout,
                                wire::Side::client, 0};
    const auto decoded = member.stream.next(dialect);
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    const auto* taken = std::get_if<wire::Taken<wire::Command>>(&decoded);
    if (taken == nullptr) {
        dismiss(member, CloseReason::bad_command);
        return false;
    }
    const bool is_input = std::holds_alternative<wire::Input>(taken->message);
    if (!is_input && !member.misc_rate.spend(now_)) {
        dismiss(member, CloseReason::flood);
        return false;
    }
    std::size_t skip = 0;
    if (const auto* unknown = std::get_if<wire::UnknownCommand>(&taken->message))
        skip = unknown->size;
    const auto take = [&](const auto& command) {
        count_said(kind_of<std::remove_cvref_t<decltype(command)>>());
        on(member, command);
    };
    std::visit(take, taken->message);
    member.stream.take(taken->used, skip);
    return !member.gone;
}

template <class Unexpected>
void RoomState::on(Member& member, const Unexpected&)
{
    using std::is_same_v;
    if constexpr (is_same_v<Unexpected, wire::Nak> || is_same_v<Unexpected, wire::Disconnect>)
        dismiss(member, CloseReason::nak);
    // Pausing is not allowed here, and a resume leaves frontends paused for ever (trap T1): neither
    // is passed on. Packets of cores that do their own networking have nobody to go to.
    else if constexpr (!is_same_v<Unexpected, wire::Ack> && !is_same_v<Unexpected, wire::Pause> &&
                       !is_same_v<Unexpected, wire::Resume> &&
                       !is_same_v<Unexpected, wire::NetPacket> &&
                       !is_same_v<Unexpected, wire::UnknownCommand>)
        dismiss(member, CloseReason::bad_command);
}

void RoomState::on(Member& member, const wire::Input& input)
{
    if (!member.playing || member.leaving) return;
    std::size_t size = 0;
    for (std::size_t port = 0; port < wire::ports_max; ++port)
        if ((member.ports >> port & 1U) != 0) size += wire::device_words(devices_[port]);
    const std::size_t given = input.words.size();
    if (member.negotiated.protocol > 4 ? given != size : given < size)
        return dismiss(member, CloseReason::input_size);
    if (input.frame < member.next) {
        ++member.counts.inputs_ignored;
        member.played_early |= input.frame < member.seated_at && member.next == member.seated_at;
        return;
    }
    if (input.frame > member.next) return dismiss(member, CloseReason::input_out_of_order);
    // Frontends stop 60 frames ahead of the slowest; one that has just served a state, of that.
    if (input.frame >= frame_ + lead_max) return dismiss(member, CloseReason::ran_ahead);
    const wire::InputWords words(input.words.view().first(size));
    if (input.frame < frame_) note_late(member, input.frame, words);
    member.last_words = words;
    expect(member, input.frame + 1);
    member.last_input = now_;
    ++member.counts.inputs;
    // A frontend that lagged behind when it was seated plays the frames before as well, but only
    // for itself (seen with RetroArch 1.14): it is not where the others are.
    if (std::exchange(member.played_early, false)) want_state();
    if (input.frame >= frame_) {
        send_stall(member, input.frame);
        member.held.push_back(words);
        return;
    }
    if (frame_ - input.frame > noticeably_late) ++member.counts.inputs_late;
    member.least_lead = 0;
    say_input(member, input.frame, words);
}

void RoomState::on(Member& member, const wire::Spectate&)
{
    member.wants_to_play.reset();
    member.waits_for_place = false;
    if (!member.playing) return;
    // A frontend never takes back what it has played, not even before the clock got there: all
    // others have to play that as well.
    member.leaving = true;
    let_leave();
}

// Those who wanted to and of whom nothing is left to be passed on play no more.
void RoomState::let_leave()
{
    each_player([&](Member& player) {
        if (player.leaving && player.next <= frame_) stop_playing(player);
    });
}

void RoomState::on(Member& member, const wire::RequestSavestate&)
{
    ++member.counts.states_asked;
    if (!member.is_established()) return; // it is given one, and the others need none
    if (is_only_for_mode(member)) {
        member.mode_told_at.reset();
        member.owed_state = true; // and what it thinks of a CRC is not known
        return;
    }
    note_objection(member);
    member.is_mute = true;
    if (clock_owner() == &member && player_count() == 1) return; // it has the only state there is
    if (!member.state_requests.spend(now_)) return;
    want_state();
    watch_.heals = watch_.open && !watch_.judged;
}

// The owner of the clock resets for all. What a reset leaves in a core's memory may hold
// predictions, so a state follows.
void RoomState::on(Member& member, const wire::Reset& reset)
{
    const bool leads = clock_owner() == &member && reset.frame == frame_ && may_say_frames();
    if (!leads) return out_of_step(member, reset.frame);
    const auto bytes = encoded(reset);
    each_established([&](Member& other) {
        if (&other == &member) return;
        say_bytes(other, bytes);
        expect(other, std::max(other.next, frame_));
    });
    want_state();
}

void RoomState::on(Member& member, const wire::Chat& chat)
{
    if (!member.playing) return; // frontends show and send it only to players
    if (!member.chats.spend(now_)) {
        ++member.counts.chats_dropped;
        return;
    }
    wire::Chat told = chat;
    told.nick = member.nick;
    const auto bytes = encoded(told);
    each_player([&](Member& other) {
        if (other.negotiated.protocol >= extras_since) say_bytes(other, bytes);
    });
}

// As RetroArch's own hosts: who asks is asked in turn, which tells how far away it is.
void RoomState::on(Member& member, const wire::PingRequest&)
{
    say(member, wire::PingResponse{});
    if (member.pinged || !member.synced) return; // it expects nothing but SYNC
    member.pinged = now_;
    say(member, wire::PingRequest{});
}

void RoomState::on(Member& member, const wire::PingResponse&)
{
    if (member.pinged) member.ping = now_ - *member.pinged;
    member.pinged.reset();
}

netplay::PortTable RoomState::port_table() const
{
    netplay::PortTable table{devices_, share_modes_, {}};
    for (const auto& member : members_)
        for (std::size_t port = 0; port < wire::ports_max; ++port)
            if (member->playing && (member->ports >> port & 1U) != 0)
                table.seated[port] |= 1U << member->number;
    return table;
}

// The ports are there to be had: see choose_place().
void RoomState::begin_to_play(Member& member, std::uint32_t ports, std::uint8_t share_mode)
{
    const netplay::PortTable table = port_table();
    member.ports = ports;
    std::size_t words = 0;
    for (std::size_t port = 0; port < wire::ports_max; ++port) {
        if ((member.ports >> port & 1U) == 0) continue;
        // Whoever sat there first has said how it is shared.
        if (table.seated[port] == 0) share_modes_[port] = netplay::complete_share_mode(share_mode);
        words += wire::device_words(devices_[port]);
    }
    ensure(words <= wire::input_words_max, "more words than an INPUT holds");
    if (share_mode != 0) places_changed_ = true; // who waits may share it
    member.playing = true;
    member.played_since = ++plays_;
    member.next = frame_;
    member.seated_at = frame_;
    member.played_early = false;
    member.held.clear();
    member.last_words = {};
    member.last_input = now_;
    member.playing_since = now_;
    if (!member.played_from) member.played_from = now_;
    member.lead_from = frame_;
    member.least_lead = 0;
    players_ = look_at_players();
    say_mode(member, frame_);
    tell(RoomEventKind::member_plays, &member);
}

// What a lost one sent for frames that are not over was told to nobody, and is forgotten.
void RoomState::stop_playing(Member& member)
{
    const Frame frame = std::min(member.next, frame_);
    const std::uint32_t ports = std::exchange(member.ports, 0);
    member.playing = false;
    member.leaving = false;
    players_ = look_at_players();
    if (std::exchange(member.played_early, false)) want_state();
    member.held.clear();
    asked_ = 0; // a state that came too late then may be in time now
    places_changed_ = true;
    if (held_up_by_ == member.number) end_hold_up();
    note_costs(member);
    const netplay::PortTable left = port_table();
    for (std::size_t port = 0; port < wire::ports_max; ++port)
        if ((ports >> port & 1U) != 0 && left.seated[port] == 0) share_modes_[port] = 0;
    resume_idle_clock();
    member.ports = ports; // those it had: protocol 4 names it by them
    say_mode(member, frame);
    member.ports = 0;
    if (!member.gone) tell(RoomEventKind::member_watches, &member);
}

} // namespace netplay_relay::room
