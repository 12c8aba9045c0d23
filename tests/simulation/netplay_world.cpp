#include "netplay_world.hpp"

#include "netplay/savestate.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;
using rollback::Turn;

constexpr Instant calm_length = 4s;           // at the end, for all to come together
constexpr std::size_t unsent_max = 4U << 20U; // bytes that an honest peer may have to say at once

cores::ArenaOptions arena_of(const NetplayPlan& plan, std::uint64_t instance)
{
    cores::ArenaOptions options;
    options.players = rollback::ports_max;
    options.state_size = plan.state_size;
    options.grows = plan.grows;
    options.desync_at = plan.desync_at;
    options.desync_once = plan.desync_once;
    options.instance = instance;
    return options;
}

peer::HostPeerSettings host_settings(const NetplayPlan& plan)
{
    peer::HostPeerSettings settings;
    settings.nick = "host";
    settings.protocol = plan.host_protocol;
    settings.session = plan.session;
    settings.session.nick = "host";
    return settings;
}

peer::ClientPeerSettings guest_settings(const GuestPlay& play, const std::string& name)
{
    peer::ClientPeerSettings settings;
    settings.nick = name;
    settings.protocol = play.protocol;
    settings.spectate = play.spectate;
    settings.wanted_ports = play.wanted_ports;
    settings.latency = play.latency;
    return settings;
}

} // namespace

NetplayWorld::Guest::Guest(const GuestPlay& how, std::size_t index, const NetplayPlan& plan,
                           Rng own_rng)
    : play(how), name("guest " + std::to_string(index + 1)), rng(own_rng), connection(index + 1),
      core(arena_of(plan, how.instance)), peer(core, guest_settings(how, name)), up(how.up),
      down(how.down), due(how.arrives), asked_to_play(!how.spectate)
{
}

NetplayWorld::NetplayWorld(NetplayPlan plan)
    : plan_(std::move(plan)), rng_(plan_.seed), input_(plan_.seed), core_(arena_of(plan_, 0)),
      host_(core_, host_settings(plan_), now_)
{
    for (const GuestPlay& play : plan_.guests)
        guests_.push_back(std::make_unique<Guest>(play, guests_.size(), plan_, Rng(rng_.draw())));
    for (const auto& guest : guests_)
        guest->peer.watch_confirmed(
            [this, &guest = *guest](Frame frame, auto state) { guest_tells(guest, frame, state); });
    host_.session().watch_confirmed([this](Frame frame, std::span<const std::uint8_t> state) {
        agreement_.tell("host", truth_, frame, netplay::crc32(state));
        if (frame % 64 != 0) return;
        kept_states_.emplace_back(state.begin(), state.end());
        if (kept_states_.size() > 4) kept_states_.pop_front();
    });
}

NetplayOutcome NetplayWorld::run()
{
    while (complaints_.empty()) {
        Guest* next = nullptr;
        for (const auto& guest : guests_)
            if (guest->is_active() && (next == nullptr || guest->due < next->due))
                next = guest.get();
        now_ = next == nullptr ? host_due_ : std::min(host_due_, next->due);
        if (now_ >= plan_.length + calm_length) break;
        if (host_due_ == now_)
            step_host();
        else
            step_guest(*next);
    }
    if (complaints_.empty()) check_end();
    return outcome();
}

Instant NetplayWorld::next_due(Instant begin, const Pace& pace, Rng& rng) const
{
    Instant due = begin + pace.frame + rng.between(Instant{0}, pace.jitter);
    if (!is_calm() && pace.stalls_one_in != 0 && rng.one_in(pace.stalls_one_in))
        due += rng.between(Instant{0}, pace.stall_max);
    return std::max(due, now_ + 1us);
}

void NetplayWorld::step_host()
{
    for (const auto& guest : guests_)
        host_hears(*guest);
    hear_events();
    if (host_in_middle_) {
        host_in_middle_ = false;
        host_speaks();
        host_due_ = next_due(host_begin_, plan_.pace, rng_);
        return;
    }
    // Frames keep their beat, unless the machine stood still for long.
    host_begin_ = now_ - host_begin_ > 100ms ? now_ : host_begin_ + plan_.pace.frame;
    act_host();
    tick_host();
    for (int more = 0; more < 3 && host_.session().hurrying(); ++more)
        tick_host();
    host_speaks();
    host_in_middle_ = plan_.pace.polls_between;
    host_due_ =
        host_in_middle_ ? now_ + plan_.pace.frame / 2 : next_due(host_begin_, plan_.pace, rng_);
}

void NetplayWorld::tick_host()
{
    const Turn turn = host_.tick(
        [this](Frame frame, std::size_t seat) { return input_.words(seat, frame, 5); }, now_);
    if (turn == Turn::ended) complain("the host ended: " + host_.end().reason);
    note_states();
    make_sure();
    hear_events();
    check("host", host_.session().timeline(), 0, rollback::server_ring_frames, host_progress_);
}

// The host serves one savestate a tick at most, to all; who joined before begins with it.
void NetplayWorld::note_states()
{
    const rollback::SessionCounts& counts = host_.session().counts();
    if (counts.states_sent == states_sent_) return;
    states_sent_ = counts.states_sent;
    const Truth before = truth_;
    truth_ = {before.states + 1, static_cast<std::uint32_t>(counts.resets)};
    for (const auto& guest : guests_)
        if (guest->has_joined && !guest->began_with) guest->began_with = before;
}

void NetplayWorld::hear_events()
{
    for (const peer::HostEvent& event : host_.take_events()) {
        Guest& guest = *guests_.at(static_cast<std::size_t>(event.connection) - 1);
        if (event.closing) complain(guest.name + " was told to go: " + event.text);
        guest.has_joined |= event.text.ends_with(" joined");
    }
}

void NetplayWorld::host_hears(Guest& guest)
{
    if (guest.stage != Stage::here && guest.stage != Stage::leaving) return;
    if (!host_.busy(guest.connection)) {
        std::vector<std::uint8_t> bytes;
        guest.up.take_due(now_, bytes);
        in_pieces(bytes, rng_, [&](auto piece) { host_.received(guest.connection, piece, now_); });
    }
    if (guest.stage != Stage::leaving || guest.up.pending() > 0) return;
    host_.closed(guest.connection);
    guest.stage = Stage::gone;
}

void NetplayWorld::host_speaks()
{
    for (const auto& guest : guests_) {
        if (guest->stage != Stage::here && guest->stage != Stage::leaving) continue;
        std::vector<std::uint8_t>& out = host_.out(guest->connection);
        if (out.size() > unsent_max) complain("the host has too much to say to " + guest->name);
        if (guest->down.pending() > link_full) continue;
        guest->down.push(out, now_);
        out.clear();
    }
}

void NetplayWorld::act_host()
{
    if (is_calm()) return;
    const auto now_and_then = [this](unsigned frames) {
        return frames != 0 && rng_.one_in(frames);
    };
    rollback::HostSession& session = host_.session();
    if (now_and_then(plan_.toggles_one_in)) {
        if (session.playing())
            session.spectate();
        else
            session.play();
    }
    if (now_and_then(plan_.loads_one_in) && !kept_states_.empty())
        session.load_state(kept_states_[rng_.below(kept_states_.size())]);
    if (now_and_then(plan_.resets_one_in)) session.reset();
    if (now_and_then(plan_.flips_one_in) && !session.flip_players())
        complain("the host could not flip the players");
}

} // namespace netplay_relay::simulation
