#include "netplay_world.hpp"

#include "netplay/savestate.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;
using rollback::Turn;

constexpr std::size_t guest_unsent_max =
    1U << 20U;                 // bytes that an honest guest may have to say at once
constexpr Frame may_lag = 200; // frames that somebody is behind when all is calm

} // namespace

void NetplayWorld::step_guest(Guest& guest)
{
    if (guest.stage == Stage::absent) {
        guest.stage = Stage::here;
        guest.frame_begin = now_;
        host_.accepted(guest.connection, now_);
        guest.peer.connected();
    }
    if (guest.play.leaves != Instant{0} && now_ >= guest.play.leaves) {
        leave(guest);
        return;
    }
    guest_hears(guest);
    if (!guest.in_middle) {
        guest.frame_begin =
            now_ - guest.frame_begin > 100ms ? now_ : guest.frame_begin + guest.play.pace.frame;
        act_guest(guest);
        tick_guest(guest);
        for (int more = 0; more < 3 && guest.peer.session() && guest.peer.session()->hurrying();
             ++more)
            tick_guest(guest);
    }
    guest_speaks(guest);
    guest.in_middle = !guest.in_middle && guest.play.pace.polls_between;
    guest.due = guest.in_middle ? now_ + guest.play.pace.frame / 2
                                : next_due(guest.frame_begin, guest.play.pace, guest.rng);
}

void NetplayWorld::tick_guest(Guest& guest)
{
    const auto player = static_cast<std::size_t>(guest.connection) * 32;
    guest.peer.tick(
        [&](Frame frame, std::size_t seat) { return input_.words(player + seat, frame, 5); }, now_);
    if (guest.peer.end().over()) complain(guest.name + " ended: " + guest.peer.end().reason);
    check_guest(guest);
}

void NetplayWorld::guest_hears(Guest& guest)
{
    if (guest.peer.busy()) return;
    std::vector<std::uint8_t> bytes;
    guest.down.take_due(now_, bytes);
    in_pieces(bytes, guest.rng, [&](auto piece) { guest.peer.received(piece, now_); });
    if (guest.peer.end().over()) complain(guest.name + " ended: " + guest.peer.end().reason);
}

void NetplayWorld::guest_speaks(Guest& guest)
{
    std::vector<std::uint8_t>& out = guest.peer.out();
    if (out.size() > guest_unsent_max) complain(guest.name + " has too much to say");
    if (guest.up.pending() > link_full) return;
    guest.up.push(out, now_);
    out.clear();
}

void NetplayWorld::leave(Guest& guest)
{
    guest_speaks(guest);
    guest.peer.leave();
    guest.stage = Stage::leaving;
    if (guest.play.leaves_cleanly) return;
    std::vector<std::uint8_t> bytes;
    guest.up.take_due(Instant::max(), bytes);
    if (!bytes.empty()) bytes.resize(guest.rng.below(bytes.size()));
    host_.received(guest.connection, bytes, now_);
    host_.closed(guest.connection);
    guest.stage = Stage::gone;
}

void NetplayWorld::toggle(Guest& guest)
{
    rollback::ClientSession& session = *guest.peer.session();
    if (session.playing()) {
        session.spectate();
        return;
    }
    if (guest.asked_to_play) return;
    guest.asked_to_play = true;
    const std::size_t before = session.out().size();
    session.play(guest.play.wanted_ports);
    // Which way to share is a byte of PLAY that the session leaves 0.
    if (guest.play.share_mode != 0 && session.out().size() > before)
        session.out()[session.out().size() - 3] = guest.play.share_mode;
}

void NetplayWorld::act_guest(Guest& guest)
{
    if (guest.peer.session() == nullptr) return;
    rollback::ClientSession& session = *guest.peer.session();
    const GuestPlay& play = guest.play;
    const auto now_and_then = [&](unsigned frames) {
        return !is_calm() && frames != 0 && guest.rng.one_in(frames);
    };
    if (session.refused() && guest.asked_to_play) ++refusals_;
    if (session.playing() || session.refused()) guest.asked_to_play = false;
    if (now_and_then(play.toggles_one_in)) toggle(guest);
    if (now_and_then(play.chats_one_in)) session.chat("hello");
    if (now_and_then(play.asks_one_in)) session.request_state();
    if (guest.resumes != Instant{0} && (is_calm() || now_ >= guest.resumes)) {
        guest.resumes = Instant{0};
        session.resume();
    } else if (guest.resumes == Instant{0} && now_and_then(play.pauses_one_in)) {
        guest.resumes = now_ + guest.rng.between(50ms, 2s);
        session.pause();
    }
}

Truth NetplayWorld::truth_of(const Guest& guest) const
{
    const auto& counts = guest.peer.session()->counts();
    Truth truth = guest.began_with.value_or(Truth{});
    truth.states += static_cast<std::uint32_t>(counts.states_received);
    truth.resets += static_cast<std::uint32_t>(counts.resets);
    return truth;
}

void NetplayWorld::guest_tells(Guest& guest, Frame frame, std::span<const std::uint8_t> state)
{
    const Truth truth = truth_of(guest);
    guest.unsure.push_back({truth, frame, netplay::crc32(state)});
    if (truth == guest.last_truth && guest.last_told && frame != *guest.last_told + 1)
        complain(guest.name + " told of frame " + std::to_string(frame) + " behind " +
                 std::to_string(*guest.last_told));
    guest.last_truth = truth;
    guest.last_told = frame;
}

// What a guest told holds as soon as the host has all inputs up to there, or has served a savestate
// since; of one who left before, the host may have less than it pressed.
void NetplayWorld::make_sure()
{
    const Frame sure = host_.session().timeline().other();
    for (const auto& guest : guests_) {
        if (guest->stage != Stage::here) continue;
        std::erase_if(guest->unsure, [&](const Telling& told) {
            if (told.truth.states >= truth_.states && told.frame > sure) return false;
            agreement_.tell(guest->name, told.truth, told.frame, told.hash);
            return true;
        });
    }
}

void NetplayWorld::check(const std::string& who, const rollback::Timeline& timeline, Frame server,
                         std::size_t ring, Progress& last)
{
    const auto& counts = timeline.counts();
    const Progress next{timeline.self(), timeline.run(), timeline.other(), server,
                        counts.rollbacks};
    trace_ = scramble(trace_ ^ std::uint64_t{next.self} << 32 ^ next.run);
    trace_ = scramble(trace_ ^ std::uint64_t{next.other} << 32 ^ server);
    if (next.self < last.self || next.run < last.run || next.other < last.other ||
        next.server < last.server || next.rollbacks < last.rollbacks)
        complain(who + " went back in time");
    if (next.run > next.self || next.other > next.run || next.self - next.other > ring)
        complain(who + " has its frames in disorder");
    std::uint64_t rollbacks = 0;
    std::uint64_t replayed = 0;
    for (std::size_t depth = 0; depth < counts.depths.size(); ++depth) {
        rollbacks += counts.depths[depth];
        replayed += counts.depths[depth] * depth;
    }
    if (rollbacks != counts.rollbacks || replayed != counts.frames_replayed)
        complain(who + " went back beyond its ring");
    last = next;
}

void NetplayWorld::check_guest(Guest& guest)
{
    const rollback::ClientSession* session = guest.peer.session();
    if (session == nullptr) return;
    check(guest.name, session->timeline(), session->server_frame(), rollback::client_ring_frames,
          guest.progress);
    const auto& first = agreement_.first_difference();
    if (first && !plan_.desync_at)
        complain("frame " + std::to_string(first->frame) + " differs for " + first->who + " and " +
                 first->whom);
    if (session->counts().crcs_failed > 0 && !plan_.desync_at)
        complain(guest.name + " found a CRC that differs, of frame " +
                 std::to_string(*session->counts().first_failed_crc));
}

// All had time to come together.
void NetplayWorld::check_end()
{
    const Frame host_frame = host_.session().timeline().self();
    for (const auto& guest : guests_) {
        if (guest->stage != Stage::here || guest->play.arrives > plan_.length - 1s) continue;
        const rollback::ClientSession* session = guest->peer.session();
        if (session == nullptr) {
            complain(guest->name + " never came into the game");
            continue;
        }
        if (!guest->last_told || *guest->last_told + may_lag < host_frame)
            complain(guest->name + " is far behind: it told of " +
                     std::to_string(guest->last_told.value_or(0)) + ", is at " +
                     std::to_string(session->timeline().self()) + " and knows the host at " +
                     std::to_string(session->server_frame()));
        if (guest->asked_to_play && !session->playing() && !session->refused())
            complain(guest->name + " got no answer to its PLAY");
    }
}

void NetplayWorld::complain(std::string text)
{
    complaints_.push_back("at frame " + std::to_string(host_.session().timeline().self()) + ": " +
                          std::move(text));
}

NetplayOutcome NetplayWorld::outcome() const
{
    NetplayOutcome outcome;
    outcome.complaints = complaints_;
    outcome.trace = scramble(trace_ ^ agreement_.trace());
    outcome.first_difference = agreement_.first_difference();
    outcome.compared = agreement_.compared();
    outcome.frames = host_.session().timeline().self();
    outcome.rollbacks = host_.session().timeline().counts().rollbacks;
    outcome.states_served = truth_.states;
    outcome.refusals = refusals_;
    for (const auto& guest : guests_) {
        GuestOutcome& one = outcome.guests.emplace_back();
        const rollback::ClientSession* session = guest->peer.session();
        if (session == nullptr) continue;
        outcome.rollbacks += session->timeline().counts().rollbacks;
        one = {true, session->counts().crcs_checked, session->counts().crcs_failed,
               session->counts().first_failed_crc};
    }
    return outcome;
}

} // namespace netplay_relay::simulation
