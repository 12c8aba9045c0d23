#include "rollback/client_session.hpp"

#include "packing.hpp"
#include "take_input.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>

namespace netplay_relay::rollback {

Receipt ClientSession::fail(CloseReason end)
{
    if (end_ == CloseReason::none) end_ = end;
    return Receipt::ended;
}

Receipt ClientSession::receive(const wire::Command& command, Instant now)
{
    if (end_ != CloseReason::none) return Receipt::ended;
    return std::visit([&](const auto& known) { return on(known, now); }, command);
}

template <class Unexpected>
Receipt ClientSession::on(const Unexpected&, Instant)
{
    using std::is_same_v;
    if constexpr (is_same_v<Unexpected, wire::Ack> || is_same_v<Unexpected, wire::NetPacket>)
        return Receipt::taken; // nothing for us in them
    else if constexpr (is_same_v<Unexpected, wire::Nak> || is_same_v<Unexpected, wire::Disconnect>)
        return fail(CloseReason::nak);
    else
        return fail(CloseReason::unexpected);
}

Receipt ClientSession::on(const wire::Input& input, Instant)
{
    const std::uint32_t client = input.player & 0xFFFFU;
    if (!is_player(client) || (playing_ && client == number_))
        return fail(CloseReason::unknown_player);
    const TakenInput taken =
        rollback::take_input(timeline_, negotiated_.protocol, client, input, counts_);
    if (taken.fault != CloseReason::none) return fail(taken.fault);
    const bool from_server = negotiated_.protocol > 4 ? client == 0 : input.from_server;
    if (taken.words && from_server) server_ = std::max(server_, input.frame + 1);
    return taken.receipt;
}

Receipt ClientSession::on(const wire::NoInput& no_input, Instant)
{
    if (no_input.frame > server_ || no_input.frame >= frame_end)
        return fail(CloseReason::input_out_of_order);
    if (no_input.frame == server_) ++server_;
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::Mode4& mode, Instant now)
{
    if (mode.player >= ports_max) return fail(CloseReason::unknown_player);
    wire::Mode modern;
    modern.frame = mode.frame;
    modern.you = mode.you;
    modern.playing = mode.playing;
    modern.slave = mode.slave;
    modern.client = mode.player;
    modern.ports = mode.playing ? 1U << mode.player : 0;
    modern.share_modes = timeline_.seats().share_modes;
    return on(modern, now);
}

Receipt ClientSession::on(const wire::Mode& mode, Instant)
{
    if (mode.client >= clients_max) return fail(CloseReason::unknown_player);
    if (mode.playing && mode.frame != server_) return fail(CloseReason::mode_out_of_order);
    if (mode.playing && mode.you) return begin_playing(mode);
    if (mode.playing) return other_plays(mode);
    return leaves(mode);
}

Receipt ClientSession::begin_playing(const wire::Mode& mode)
{
    if (playing_) return fail(CloseReason::mode_unprompted);
    number_ = mode.client;
    if (!timeline_.share(mode.frame, mode.share_modes) ||
        !timeline_.sit(number_, mode.frame, mode.ports))
        return fail(CloseReason::too_many_changes);
    if (timeline_.input_size(timeline_.seats(), number_) > wire::input_words_max)
        return fail(CloseReason::input_size);
    playing_ = true;
    play_asked_ = false;
    plays_from_ = mode.frame;
    slave_ = mode.slave;
    if (slave_) slaves_ |= 1U << number_;
    timeline_.expect(number_, mode.frame);
    const InputWords nothing(
        std::vector<std::uint32_t>(timeline_.input_size(timeline_.seats(), number_)));
    while (timeline_.read(number_) < timeline_.self())
        put_own(nothing);
    return Receipt::taken;
}

Receipt ClientSession::other_plays(const wire::Mode& mode)
{
    if (!timeline_.share(mode.frame, mode.share_modes) ||
        !timeline_.sit(mode.client, mode.frame, mode.ports))
        return fail(CloseReason::too_many_changes);
    timeline_.expect(mode.client, mode.frame);
    if (mode.slave) slaves_ |= 1U << mode.client;
    return Receipt::taken;
}

Receipt ClientSession::leaves(const wire::Mode& mode)
{
    if (mode.you && playing_) return fail(CloseReason::mode_unprompted);
    // What is not known of that player by now will never be: everybody leaves it out.
    const Frame from = std::min(mode.frame, timeline_.read(mode.client));
    if (!timeline_.leave(mode.client, mode.you ? mode.frame : from) ||
        !timeline_.share(std::max(from, timeline_.other()), mode.share_modes))
        return fail(CloseReason::too_many_changes);
    slaves_ &= ~(1U << mode.client);
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::ModeRefused& refused, Instant)
{
    refused_ = refused;
    play_asked_ = false;
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::Crc& crc, Instant)
{
    if (pending_crcs_.size() >= pending_crcs_max) pending_crcs_.erase(pending_crcs_.begin());
    pending_crcs_[crc.frame] = crc.crc;
    return Receipt::taken;
}

// What all agree on begins at this frame.
void ClientSession::came_from(Frame frame)
{
    state_wanted_ = false;
    pending_crcs_.erase(pending_crcs_.begin(), pending_crcs_.lower_bound(frame));
    server_ = std::max(server_, frame);
}

Receipt ClientSession::on(const wire::LoadSavestate& load, Instant)
{
    if (load.frame != server_) return fail(CloseReason::state_out_of_order);
    const UnpackedState unpacked = unpack_state(negotiated_, load, settings_.savestate_max);
    if (unpacked.fault == UnpackFault::size) return fail(CloseReason::state_size);
    if (unpacked.fault == UnpackFault::damaged) return fail(CloseReason::state_damaged);
    const bool own_size = unpacked.state.size() == timeline_.core().state_size();
    if (!timeline_.load(load.frame, unpacked.state))
        return fail(own_size ? CloseReason::state_damaged : CloseReason::state_size);
    ++counts_.states_received;
    came_from(load.frame);
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::Reset& reset, Instant)
{
    if (reset.frame != server_) return fail(CloseReason::state_out_of_order);
    if (!timeline_.reset(reset.frame)) return fail(CloseReason::core_failed);
    ++counts_.resets;
    came_from(reset.frame);
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::FlipPlayers& flip, Instant)
{
    if (flip.frame < server_) return fail(CloseReason::mode_out_of_order);
    if (!timeline_.flip(flip.frame)) return fail(CloseReason::too_many_changes);
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::RequestSavestate&, Instant)
{
    ++counts_.states_asked;
    state_requested_ = true;
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::Stall& stall, Instant)
{
    if (stall_frames_ == 0 && !running_fast_)
        stall_frames_ = std::min(stall.frames, wire::stall_frames_max);
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::Pause&, Instant)
{
    remote_paused_ = true;
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::Resume&, Instant)
{
    remote_paused_ = false;
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::Chat& chat, Instant)
{
    ++counts_.chats;
    chats_.add(chat);
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::PingRequest&, Instant)
{
    if (negotiated_.protocol >= extras_since) send(wire::PingResponse{});
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::PingResponse&, Instant now)
{
    if (ping_sent_) counts_.pings.add(now - *ping_sent_);
    ping_sent_.reset();
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::AllowPausing& setting, Instant)
{
    pausing_allowed_ = setting.allowed;
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::InputLatencyFrames& setting, Instant)
{
    const auto clamped = [](std::int32_t frames) {
        return static_cast<unsigned>(std::clamp(frames, 0, static_cast<int>(input_latency_max)));
    };
    host_latency_ = {clamped(setting.minimum), clamped(setting.maximum)};
    return Receipt::taken;
}

Receipt ClientSession::on(const wire::UnknownCommand&, Instant)
{
    if (negotiated_.protocol <= unknown_is_fatal_until) return fail(CloseReason::unknown_command);
    return Receipt::taken;
}

} // namespace netplay_relay::rollback
