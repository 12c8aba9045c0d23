#include "room_client.hpp"

#include "netplay/savestate.hpp"
#include "room_stranger.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t command_head = wire::command_head_size;
constexpr Instant time_to_confirm = 2s;
constexpr std::uint32_t sync_id = 0x23, state_id = 0x42, reset_id = 0x46, chat_id = 0x1000;

cores::ArenaOptions arena_of(const RoomPlan& plan, const RoomVisit& visit)
{
    cores::ArenaOptions options;
    options.players = rollback::ports_max;
    options.state_size = plan.state_size + (visit.has(Misbehaviour::elsewhere) ? 8 : 0);
    return options;
}

peer::ClientPeerSettings settings_of(const RoomPlan& plan, const RoomVisit& visit,
                                     const std::string& name)
{
    peer::ClientPeerSettings settings;
    settings.nick = visit.nick.empty() ? name : visit.nick;
    settings.protocol = visit.play.protocol;
    settings.spectate = visit.play.spectate;
    settings.wanted_ports = visit.play.wanted_ports;
    settings.latency = visit.play.latency;
    settings.password = visit.has(Misbehaviour::guesses) ? "of " + name : plan.password;
    return settings;
}

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t at)
{
    std::uint32_t word = 0;
    for (std::size_t n = 0; n < 4; ++n)
        word = word << 8U | bytes[at + n];
    return word;
}

// Of the core's state, whatever it is wrapped in.
std::uint32_t core_crc(std::span<const std::uint8_t> state)
{
    return netplay::crc32(netplay::unwrap_state(state).value_or(state));
}

// As a stream brings them: commands are cut anywhere.
template <class Hear>
void in_pieces(std::span<const std::uint8_t> bytes, Rng& rng, const Hear& hear)
{
    while (!bytes.empty()) {
        const std::size_t size = rng.one_in(4) ? rng.between(1, bytes.size()) : bytes.size();
        hear(bytes.first(size));
        bytes = bytes.subspan(size);
    }
}

} // namespace

TruthKey truth_of(Frame frame, std::uint32_t crc)
{
    return scramble(std::uint64_t{frame} << 32U | crc);
}

RoomClient::RoomClient(const RoomVisit& how, std::size_t index, const RoomPlan& plan, Rng own_rng)
    : visit(how),
      name((how.is_honest() ? "guest " : "stranger ") + std::to_string(index + 1)), id{index + 1},
      rng(own_rng), core(arena_of(plan, how), how.other_version),
      peer(core, settings_of(plan, how, name)), up(how.play.up), down(how.play.down),
      due(how.play.arrives), asked_to_play(!how.play.spectate)
{
    if (visit.is_honest())
        peer.watch_confirmed([this](Frame frame, auto state) { confirmed(frame, state); });
}

bool RoomClient::may_be_lost(Instant now) const
{
    return visit.sleeps != Instant{0} && now >= visit.sleeps;
}

void RoomClient::told(const room::OutboundMessage& message, Instant now)
{
    told_bytes += message.bytes.size();
    ++messages;
    down.push(message.bytes, now);
    if (visit.is_honest()) note_truths_told(message.bytes);
    if (message.shared == nullptr) return;
    down.push(*message.shared, now);
    told_bytes += message.shared->size();
    knows_state_size = true;
    if (!visit.is_honest()) return;
    const auto head = std::span(message.bytes).last(wire::savestate_head_size);
    const auto state = netplay::decompress(*message.shared, word_at(head, 12));
    if (state)
        truths_.push_back(truth_of(word_at(head, 8), core_crc(*state)));
    else
        complaint = "was told a savestate that is damaged";
}

// Messages hold whole commands, but for the savestate at the end.
void RoomClient::note_truths_told(std::span<const std::uint8_t> bytes)
{
    if (!heard_sync_) {
        if (bytes.size() < command_head || word_at(bytes, 0) != sync_id) return;
        heard_sync_ = true;
        cores::ArenaCore fresh(core);
        fresh.reset();
        truth_ = truth_of(word_at(bytes, command_head), netplay::crc32(fresh.memory()));
        // It may be on trial, and alone until it is given a state.
        if (visit.other_version) truth_ ^= id.value << 40U;
    }
    while (bytes.size() >= command_head && word_at(bytes, 0) != state_id) {
        if (word_at(bytes, 0) == reset_id) {
            cores::ArenaCore fresh(core);
            fresh.reset();
            truths_.push_back(
                truth_of(word_at(bytes, command_head), netplay::crc32(fresh.memory())));
        }
        const std::size_t size = command_head + word_at(bytes, 4);
        if (size > bytes.size()) {
            complaint = "was told half a command";
            return;
        }
        if (word_at(bytes, 0) == chat_id)
            note_chat(bytes.first(size).subspan(command_head + wire::nick_field_size));
        bytes = bytes.subspan(size);
    }
}

void RoomClient::note_chat(std::span<const std::uint8_t> text)
{
    if (std::string(text.begin(), text.end()) != message_of_the_day) return;
    if (std::exchange(greeted_, true)) complaint = "was told the message of the day twice";
}

void RoomClient::heed_truths()
{
    const rollback::SessionCounts& counts = peer.session()->counts();
    const std::uint64_t taken = counts.states_received + counts.resets;
    if (taken == heeded_) return;
    // Until it was given a state it may have been on trial, and alone.
    if (std::exchange(heeded_, taken) == 0) latest = {};
    may_jump_ = true;
    if (taken <= truths_.size())
        truth_ = truths_[static_cast<std::size_t>(taken) - 1];
    else
        complaint = "took a savestate that it was not told";
}

// Its own state is what it goes on from, whatever the room manager makes of it.
void RoomClient::note_served(std::size_t out_before, Instant now)
{
    if (peer.session() != nullptr && peer.session()->playing()) played_last_ = now;
    if (peer.session() == nullptr || peer.session()->counts().states_sent == served_) return;
    served_ = peer.session()->counts().states_sent;
    heed_truths();
    may_jump_ = true;
    // What a spectator has seen holds anyway, but for what it predicted while it played.
    if (now - played_last_ > time_to_confirm) return;
    const std::span<const std::uint8_t> out = peer.out();
    std::size_t at = std::min(out_before, out.size());
    while (at + command_head <= out.size()) {
        if (word_at(out, at) == state_id) {
            const auto size = word_at(out, at + 4) - 8;
            const auto state = netplay::decompress(
                out.subspan(at + wire::savestate_head_size, size), word_at(out, at + 12));
            if (state) truth_ = truth_of(word_at(out, at + 8), core_crc(*state));
        }
        at += command_head + word_at(out, at + 4);
    }
}

void RoomClient::confirmed(Frame frame, std::span<const std::uint8_t> state)
{
    heed_truths();
    const Told told{truth_, frame, netplay::crc32(state)};
    if (!std::exchange(may_jump_, false) && last_told && frame != last_told->frame + 1)
        complaint = "told of frame " + std::to_string(frame) + " behind " +
                    std::to_string(last_told->frame);
    last_told = told;
    unsure.push_back(told);
    latest[frame % latest.size()] = told;
}

Instant RoomClient::next_due(Instant now, bool is_calm)
{
    const Pace& pace = visit.play.pace;
    Instant next = frame_begin + pace.frame + rng.between(Instant{0}, pace.jitter);
    if (!is_calm && pace.stalls_one_in != 0 && rng.one_in(pace.stalls_one_in))
        next += rng.between(Instant{0}, pace.stall_max);
    if (visit.sleeps != Instant{0} && now >= visit.sleeps && !has_slept_) {
        has_slept_ = true;
        next += visit.sleep_length;
    }
    return std::max(next, now + 1us);
}

void RoomClient::hear(Instant now)
{
    if (peer.busy()) return;
    std::vector<std::uint8_t> bytes;
    down.take_due(now, bytes);
    in_pieces(bytes, rng, [&](auto piece) { peer.received(piece, now); });
    if (peer.session() != nullptr && !session_since) session_since = now;
}

void RoomClient::tick(Instant now, const rollback::RandomInput& input)
{
    const std::size_t out_before = peer.session() == nullptr ? 0 : peer.out().size();
    const auto player = static_cast<std::size_t>(id.value) * 32;
    const auto pressed = [&](Frame frame, std::size_t seat) {
        rollback::PortInput words = input.words(player + seat, frame, 5);
        if (visit.has(Misbehaviour::late))
            words.words[0] ^= frame & 1U; // no prediction of it is right
        return words;
    };
    peer.tick(pressed, now);
    if (visit.is_honest()) note_served(out_before, now);
}

void RoomClient::speak(Instant now)
{
    std::vector<std::uint8_t>& out = peer.out();
    if (up.pending() > link_full) return;
    up.push(out, now);
    out.clear();
}

void RoomClient::step(Instant now, bool is_calm, const rollback::RandomInput& input)
{
    if (!visit.is_honest()) {
        step_stranger(*this, now, input);
    } else {
        hear(now);
        if (!in_middle) {
            frame_begin = now - frame_begin > 100ms ? now : frame_begin + visit.play.pace.frame;
            act(is_calm);
            tick(now, input);
            for (int more = 0; more < 3 && peer.session() && peer.session()->hurrying(); ++more)
                tick(now, input);
        }
        speak(now);
        if (peer.end().over() && !was_given_garbage()) complaint = "ended: " + peer.end().reason;
    }
    in_middle = !in_middle && visit.play.pace.polls_between;
    due = in_middle ? now + visit.play.pace.frame / 2 : next_due(now, is_calm);
}

void RoomClient::toggle()
{
    rollback::ClientSession& session = *peer.session();
    if (session.playing()) {
        session.spectate();
        return;
    }
    if (asked_to_play) return;
    asked_to_play = true;
    const std::size_t before = session.out().size();
    session.play(visit.play.wanted_ports);
    // Which way to share is a byte of PLAY that the session leaves 0.
    if (visit.play.share_mode != 0 && session.out().size() > before)
        session.out()[session.out().size() - 3] = visit.play.share_mode;
}

void RoomClient::act(bool is_calm)
{
    if (peer.session() == nullptr) return;
    rollback::ClientSession& session = *peer.session();
    const auto now_and_then = [&](unsigned frames) {
        return !is_calm && frames != 0 && rng.one_in(frames);
    };
    if (session.refused() && asked_to_play) ++refusals;
    if (session.playing() || session.refused()) asked_to_play = false;
    if (now_and_then(visit.play.toggles_one_in)) toggle();
    if (now_and_then(visit.play.chats_one_in)) session.chat("hello");
    if (now_and_then(visit.play.asks_one_in)) session.request_state();
}

} // namespace netplay_relay::simulation
