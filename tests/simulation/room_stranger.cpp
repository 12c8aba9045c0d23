#include "room_stranger.hpp"

#include "fuzz/wild_commands.hpp"
#include "netplay/savestate.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

constexpr Instant burst_interval = 4850ms;
constexpr Instant lateness = 750ms; // 45 frames
constexpr unsigned slowness = 3;    // one frame in so many is made
constexpr std::uint32_t input_id = 0x03, load_id = 0x42;

wire::Dialect dialect_of(const RoomClient& stranger)
{
    const netplay::Negotiated& negotiated = stranger.peer.negotiated();
    return {negotiated.protocol, negotiated.info_layout, wire::Side::client, 16U << 20U};
}

void say(const RoomClient& stranger, const wire::Command& command, Bytes& out)
{
    wire::encode_command(command, dialect_of(stranger), out);
}

// Mostly one that the room manager may take, as far as the stranger knows.
Frame some_frame(RoomClient& stranger)
{
    const rollback::ClientSession& session = *stranger.peer.session();
    const Frame near = stranger.rng.one_in(2) ? session.server_frame() : session.timeline().self();
    switch (stranger.rng.below(8)) {
    case 0: return near + 1;
    case 1: return near - 1;
    case 2: return near + static_cast<Frame>(stranger.rng.below(140));
    case 3: return static_cast<Frame>(stranger.rng.draw());
    default: return near;
    }
}

// A game that any arena of this size takes. What no core would take cannot be told from it by
// anybody but a core.
Bytes some_state(RoomClient& stranger)
{
    cores::ArenaCore core(stranger.core);
    core.reset();
    for (std::uint64_t frames = stranger.rng.below(4); frames > 0; --frames)
        core.run({});
    const auto memory = core.memory();
    Bytes state(memory.begin(), memory.end());
    state.back() = static_cast<std::uint8_t>(stranger.rng.draw());
    if (stranger.visit.has(Misbehaviour::garbage)) state.front() ^= 1; // no mark of a game
    return state;
}

constexpr std::uint64_t damages = 2, all_faults = 5;

// Of a state: what arrives of it, with one of the first so many faults. Whoever has not seen one of
// the room's states must tell the size of the core: nobody could know better.
Bytes load_of(RoomClient& stranger, Frame frame, Bytes state, std::uint64_t faults)
{
    Rng& rng = stranger.rng;
    if (!stranger.knows_state_size) faults = std::min(faults, damages);
    const std::uint64_t fault = faults == 0 ? all_faults : rng.below(faults);
    if (fault == 2) state.resize(rng.between(1, 2 * state.size()));
    if (fault == 3) state.assign(1U << 20U, 0); // inflates to far more than it says
    Bytes packed = netplay::compress(state);
    auto size = static_cast<std::uint32_t>(state.size());
    if (fault == 3) size = static_cast<std::uint32_t>(stranger.core.memory().size());
    if (fault == 0) packed[rng.below(packed.size())] ^= static_cast<std::uint8_t>(rng.draw() | 1);
    if (fault == 1) packed.resize(rng.below(packed.size()));
    if (fault == 4) size = static_cast<std::uint32_t>(rng.draw());
    Bytes out;
    say(stranger, wire::LoadSavestate{frame, size, packed}, out);
    if (fault == 4 && rng.one_in(2)) out[4] = static_cast<std::uint8_t>(rng.draw());
    return out;
}

void add_flood(RoomClient& stranger, Bytes& out)
{
    switch (stranger.rng.below(5)) {
    case 0: return say(stranger, wire::Spectate{}, out);
    case 1:
        say(stranger, wire::Play{false, 0, 0}, out);
        return say(stranger, wire::Spectate{}, out);
    case 2:
        return say(stranger,
                   wire::Play{stranger.rng.one_in(4),
                              static_cast<std::uint8_t>(stranger.rng.draw()),
                              static_cast<std::uint16_t>(stranger.rng.below(9))},
                   out);
    case 3:
        if (stranger.peer.negotiated().protocol >= 6) say(stranger, wire::Chat{{}, "!"}, out);
        return;
    default: return say(stranger, wire::RequestSavestate{}, out);
    }
}

void add_wild(RoomClient& stranger, Bytes& out)
{
    Bytes command;
    Bytes decided;
    while (decided.size() < 64)
        decided.push_back(static_cast<std::uint8_t>(stranger.rng.draw()));
    fuzz::Decisions decisions(decided);
    fuzz::add_wild_command(decisions, some_frame(stranger), command);
    // Its states are of another game.
    if (command[3] != load_id || command[2] != 0)
        out.insert(out.end(), command.begin(), command.end());
}

void do_deed(RoomClient& stranger, Bytes& out)
{
    const RoomVisit& visit = stranger.visit;
    if (visit.has(Misbehaviour::wild)) add_wild(stranger, out);
    if (visit.has(Misbehaviour::floods)) add_flood(stranger, out);
    if (visit.has(Misbehaviour::returns)) say(stranger, wire::RequestSavestate{}, out);
    if (visit.has(Misbehaviour::resets)) say(stranger, wire::Reset{some_frame(stranger)}, out);
    if (!visit.has(Misbehaviour::loads)) return;
    const Bytes load = load_of(stranger, some_frame(stranger), some_state(stranger),
                               stranger.rng.one_in(2) ? all_faults : 0);
    out.insert(out.end(), load.begin(), load.end());
}

// What its game says, without what it keeps to itself.
void tamper(RoomClient& stranger, std::span<const std::uint8_t> said, Bytes& out)
{
    const RoomVisit& visit = stranger.visit;
    while (said.size() >= wire::command_head_size) {
        std::uint32_t size = 0;
        for (std::size_t n = 4; n < 8; ++n)
            size = size << 8U | said[n];
        const auto command = said.first(wire::command_head_size + size);
        said = said.subspan(command.size());
        if (command[3] == input_id && visit.has(Misbehaviour::mute)) continue;
        const bool lies = visit.has(Misbehaviour::lies) || visit.has(Misbehaviour::garbage);
        if (command[3] != load_id || !(visit.has(Misbehaviour::spoils) || lies)) {
            out.insert(out.end(), command.begin(), command.end());
            continue;
        }
        Frame frame = 0;
        for (std::size_t n = 8; n < 12; ++n)
            frame = frame << 8U | command[n];
        if (lies) {
            const Bytes load = load_of(stranger, frame, some_state(stranger), 0);
            out.insert(out.end(), load.begin(), load.end());
            continue;
        }
        switch (stranger.rng.below(4)) {
        case 0: break; // never
        case 1: {
            const Bytes load = load_of(stranger, frame, some_state(stranger), damages);
            out.insert(out.end(), load.begin(), load.end());
            break;
        }
        case 2: {
            const Bytes load = load_of(stranger, some_frame(stranger), some_state(stranger), 0);
            out.insert(out.end(), load.begin(), load.end());
            break;
        }
        default: // slowly
            stranger.gate_rate = stranger.rng.between(1, 40);
            out.insert(out.end(), command.begin(), command.end());
        }
    }
}

// When what it says leaves it.
Instant said_at(const RoomVisit& visit, Instant now)
{
    if (now < visit.turns) return now;
    if (visit.has(Misbehaviour::late)) return now + lateness;
    if (!visit.has(Misbehaviour::bursts)) return now;
    return visit.turns + ((now - visit.turns) / burst_interval + 1) * burst_interval;
}

void begin(RoomClient& stranger, Bytes& said)
{
    if (stranger.visit.has(Misbehaviour::noise))
        for (std::uint8_t& byte : said)
            if (stranger.rng.one_in(20)) byte = static_cast<std::uint8_t>(stranger.rng.draw());
    if (stranger.visit.has(Misbehaviour::half) && stranger.rng.one_in(2)) {
        if (!said.empty()) said.resize(stranger.rng.below(said.size()));
        stranger.gate_rate = stranger.rng.between(1, 4);
    }
}

} // namespace

void step_stranger(RoomClient& stranger, Instant now, const rollback::RandomInput& input)
{
    const RoomVisit& visit = stranger.visit;
    const bool turned = now >= visit.turns;
    Bytes out;
    if (!(turned && visit.has(Misbehaviour::deaf))) stranger.hear(now);
    if (!stranger.in_middle) {
        stranger.frame_begin =
            now - stranger.frame_begin > 100ms ? now : stranger.frame_begin + visit.play.pace.frame;
        const bool idles =
            turned && visit.has(Misbehaviour::slow) && ++stranger.frames_due % slowness != 0;
        if ((visit.follows || !turned) && !idles) stranger.tick(now, input);
    }
    const bool plays = stranger.peer.session() != nullptr;
    Bytes said = std::exchange(stranger.peer.out(), {});
    if (!plays) begin(stranger, said);
    if (turned && plays)
        tamper(stranger, said, out);
    else
        out = std::move(said);
    if (turned && visit.has(Misbehaviour::silent)) out.clear();
    if (turned && plays && visit.has(Misbehaviour::drips) && stranger.gate_rate == 0)
        stranger.gate_rate = stranger.rng.between(1, 30);
    const bool acts = plays && !visit.has(Misbehaviour::silent) && !visit.has(Misbehaviour::lurks);
    if (turned && acts && stranger.rng.one_in(visit.deeds_one_in)) do_deed(stranger, out);
    stranger.gate.insert(stranger.gate.end(), out.begin(), out.end());
    if (stranger.up.pending() > link_full) return;
    // Less than a byte a frame is one byte now and then.
    std::size_t count = stranger.gate.size();
    if (stranger.gate_rate != 0)
        count = std::min(count, stranger.rng.one_in(8) ? 8 * stranger.gate_rate : 0);
    const auto end = stranger.gate.begin() + static_cast<std::ptrdiff_t>(count);
    stranger.up.push(Bytes(stranger.gate.begin(), end), plays ? said_at(visit, now) : now);
    stranger.gate.erase(stranger.gate.begin(), end);
}

} // namespace netplay_relay::simulation
