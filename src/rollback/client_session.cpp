#include "rollback/client_session.hpp"

#include "input_command.hpp"
#include "netplay/savestate.hpp"
#include "own_input.hpp"
#include "packing.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>

namespace netplay_relay::rollback {

namespace {

// SYNC as the timeline wants it, of either shape.
struct Start
{
    Frame frame = 0;
    bool paused = false;
    std::uint32_t number = 0;
    Devices devices{};
    Seats seats;
};

Start start_of(const wire::Sync& sync)
{
    Start start{sync.frame, sync.paused, sync.client & (clients_max - 1), sync.devices, {}};
    start.seats.clients = sync.clients;
    start.seats.share_modes = sync.share_modes;
    return start;
}

// In protocol 4 a player is a port; a client has no number before it plays.
Start start_of(const wire::Sync4& sync)
{
    Start start{sync.frame, sync.paused, clients_max - 1, sync.devices, {}};
    for (std::uint32_t player = 0; player < ports_max; ++player)
        if ((sync.players >> player & 1U) != 0) start.seats.sit(player, 1U << player);
    start.seats.flipped = sync.flip_frame != 0;
    return start;
}

Start start_of(const wire::Command& sync)
{
    if (const auto* sync_4 = std::get_if<wire::Sync4>(&sync)) return start_of(*sync_4);
    return start_of(std::get<wire::Sync>(sync));
}

wire::Dialect dialect_of(const netplay::Negotiated& negotiated, wire::Side sender,
                         std::size_t state_max)
{
    return {negotiated.protocol, negotiated.info_layout, sender, state_max};
}

} // namespace

ClientSession::ClientSession(Core& core, ClientSessionSettings settings,
                             const netplay::Negotiated& negotiated, const wire::Command& sync,
                             Instant now)
    : settings_(std::move(settings)), negotiated_(negotiated),
      receive_dialect_(dialect_of(negotiated, wire::Side::server, settings_.savestate_max)),
      send_dialect_(dialect_of(negotiated, wire::Side::client, settings_.savestate_max)),
      timeline_(core, client_ring_frames, start_of(sync).frame, start_of(sync).devices,
                start_of(sync).seats),
      next_ping_(now + ping_interval)
{
    const Start start = start_of(sync);
    number_ = start.number;
    server_ = start.frame;
    if (start.frame >= frame_end) end_ = CloseReason::input_out_of_order;
    remote_paused_ = start.paused;
    if (const auto* modern = std::get_if<wire::Sync>(&sync)) settings_.nick = modern->nick;
    if (!settings_.spectate) play(settings_.wanted_ports);
}

void ClientSession::send(const wire::Command& command)
{
    encode_command(command, send_dialect_, out_);
}

void ClientSession::play(std::uint16_t wanted_ports)
{
    if (playing_ || play_asked_) return;
    play_asked_ = true;
    refused_.reset();
    send(wire::Play{false, 0, wanted_ports});
}

void ClientSession::spectate()
{
    if (!playing_) return;
    playing_ = false;
    if (!timeline_.leave(number_, std::max(timeline_.self(), plays_from_)))
        fail(CloseReason::too_many_changes);
    send(wire::Spectate{});
}

void ClientSession::pause()
{
    if (paused_ || !pausing_allowed_ || !playing_) return;
    paused_ = true;
    send(wire::Pause{settings_.nick});
}

void ClientSession::resume()
{
    if (!paused_) return;
    paused_ = false;
    send(wire::Resume{});
}

void ClientSession::chat(const std::string& text)
{
    if (negotiated_.protocol >= extras_since && playing_ && !text.empty())
        send(wire::Chat{{}, text});
}

void ClientSession::request_state()
{
    if (state_wanted_) return;
    state_wanted_ = true;
    ++counts_.states_requested;
    send(wire::RequestSavestate{});
}

void ClientSession::send_ping(Instant now)
{
    if (negotiated_.protocol < extras_since || now < next_ping_) return;
    next_ping_ = now + ping_interval;
    if (ping_sent_) return; // the last is still on its way
    ping_sent_ = now;
    send(wire::PingRequest{});
}

bool ClientSession::is_player(std::uint32_t client) const
{
    return client < clients_max && (timeline_.seats().players() >> client & 1U) != 0;
}

Frame ClientSession::unread() const
{
    Frame first = server_;
    const std::uint32_t awaited = timeline_.seats().players() & ~slaves_;
    for (std::uint32_t client = 0; client < clients_max; ++client)
        if ((awaited >> client & 1U) != 0 && !(playing_ && client == number_))
            first = std::min(first, timeline_.read(client));
    return first;
}

// Where in time a tick may not go on, and for how long that has been so.
bool ClientSession::stalls(Instant now)
{
    const Frame self = timeline_.self();
    const Frame known = unread();
    const bool requested = stall_frames_ > 0;
    if (requested) --stall_frames_;
    const Frame limit = running_fast_ ? stall_release : stall_distance;
    running_fast_ = self >= known && self - known >= limit;
    const bool waiting = (!playing_ || slave_) && known <= self;

    requested_watch_.look(requested, now, counts_.requested);
    fast_watch_.look(running_fast_ && !requested, now, counts_.running_fast);
    waiting_watch_.look(waiting && !requested, now, counts_.waiting);
    if (fast_watch_.lasting(now) >= client_patience ||
        waiting_watch_.lasting(now) >= client_patience)
        fail(CloseReason::silent);
    return requested || running_fast_ || waiting || !timeline_.has_room(self);
}

Turn ClientSession::tick(const LocalInput& local, Instant now)
{
    if (end_ != CloseReason::none) return Turn::ended;
    if (!timeline_.confirm(unread())) fail(CloseReason::core_failed);
    report_confirmed();
    check_crcs();
    send_ping(now);
    if (paused_ || remote_paused_) {
        // Who watches from behind goes on to where the others stand: RESUME may be behind inputs
        // that have no room before.
        if (!playing_ && !paused_) run_seen();
        fast_watch_.restart(now);
        waiting_watch_.restart(now);
        return end_ == CloseReason::none ? Turn::paused : Turn::ended;
    }
    const bool stalled = stalls(now);
    // Not before the frame that ended a wait has run: who asks counts on the state behind it.
    if (state_requested_ && ran_last_) serve_state();
    ran_last_ = !stalled;
    const Frame known = unread();
    hurrying_ = catch_up_.look(known > timeline_.self() ? known - timeline_.self() : 0, now);
    if (end_ != CloseReason::none) return Turn::ended;
    if (stalled) return run_known() ? Turn::stalled : Turn::ended;

    adapt_latency();
    take_input(local);
    while (timeline_.self() - timeline_.run() > latency_)
        if (!timeline_.run_frame()) {
            fail(CloseReason::core_failed);
            return Turn::ended;
        }
    return Turn::ran;
}

// What input latency held back must not wait when we do: the ring would fill, and what we wait for
// could be behind it.
bool ClientSession::run_known()
{
    while (timeline_.run() < std::min(timeline_.self(), unread()))
        if (!timeline_.run_frame()) {
            fail(CloseReason::core_failed);
            return false;
        }
    return true;
}

// One frame of what is known already, for a spectator.
void ClientSession::run_seen()
{
    if (unread() <= timeline_.self()) return;
    timeline_.advance_self();
    (void)run_known();
}

// By one frame a tick, towards hiding as many predictions as the limits allow.
void ClientSession::adapt_latency()
{
    const InputLatency limits = settings_.latency.value_or(host_latency_);
    if (!playing_ || limits.most == 0) {
        latency_ = 0;
        return;
    }
    const Frame self = timeline_.self();
    const Frame known = unread();
    const Frame ahead = self > known ? self - known : 0;
    const unsigned wanted = std::clamp(ahead, limits.least, std::max(limits.least, limits.most));
    if (latency_ < wanted) ++latency_;
    if (latency_ > wanted) --latency_;
}

void ClientSession::put_own(const InputWords& words)
{
    const Frame frame = timeline_.read(number_);
    timeline_.put_input(number_, words);
    send(input_command(negotiated_.protocol, frame, number_, words));
}

void ClientSession::take_input(const LocalInput& local)
{
    const Frame self = timeline_.self();
    if (self - timeline_.run() > latency_) return; // the latency went down: no input this time
    const bool seated = timeline_.seats_at(self).ports_of(number_) != 0;
    if (playing_ && self >= plays_from_ && seated) {
        timeline_.expect(number_, self);
        put_own(own_input(local, timeline_, number_, self));
    }
    timeline_.advance_self();
}

// Serving makes our predictions the truth, and the host's frames up to ours are given.
void ClientSession::serve_state()
{
    const std::span<const std::uint8_t> state = timeline_.confirm_predictions();
    if (state.empty()) {
        fail(CloseReason::core_failed);
        return;
    }
    state_requested_ = false;
    server_ = std::max(server_, timeline_.self());
    const PackedState packed = pack_state(negotiated_, state);
    send(wire::LoadSavestate{timeline_.self(), packed.size, packed.data});
    ++counts_.states_sent;
    pending_crcs_.clear();
}

void ClientSession::report_confirmed()
{
    while (const auto frame = timeline_.next_confirmed())
        if (confirmed_watch_) confirmed_watch_(*frame, timeline_.state(*frame));
}

void ClientSession::check_crc(Frame frame, std::uint32_t crc)
{
    ++counts_.crcs_checked;
    if (netplay::crc32(timeline_.state(frame)) == crc) {
        if (!counts_.first_failed_crc) counts_.last_good_crc = frame;
        return;
    }
    ++counts_.crcs_failed;
    if (!counts_.first_failed_crc) counts_.first_failed_crc = frame;
    request_state();
}

void ClientSession::check_crcs()
{
    while (!pending_crcs_.empty()) {
        const auto [frame, crc] = *pending_crcs_.begin();
        if (frame >= timeline_.run() || frame > timeline_.other()) return; // not yet
        if (timeline_.is_confirmed(frame)) check_crc(frame, crc);
        pending_crcs_.erase(pending_crcs_.begin());
    }
}

} // namespace netplay_relay::rollback
