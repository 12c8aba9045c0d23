// One who comes to a room: a whole netplay client with its game, and its links to the room manager.
#pragma once

#include "netplay_agreement.hpp"
#include "room_plan.hpp"

#include "base/ids.hpp"
#include "cores/arena_core.hpp"
#include "peer/client_peer.hpp"
#include "rollback/random_input.hpp"
#include "room/output.hpp"

#include <array>
#include <deque>
#include <string>
#include <vector>

namespace netplay_relay::simulation {

// A truth is a state that all who play go on from, and the frame it is of: one that the room
// manager gave to them, one that the peer served itself, or that of a game which was reset.
using TruthKey = std::uint64_t;
[[nodiscard]] TruthKey truth_of(Frame frame, std::uint32_t crc);

struct Told
{
    TruthKey truth = 0;
    Frame frame = 0;
    std::uint32_t hash = 0;
};

enum class VisitStage : std::uint8_t
{
    absent,
    here,
    leaving,  // what it said is still on its way
    closed,   // by the room manager; what it said may still be on its way
    vanished, // the room manager will find out
    gone,
};

// The same game in another version.
class VersionedArena : public cores::ArenaCore
{
public:
    VersionedArena(const cores::ArenaOptions& options, bool other_version)
        : ArenaCore(options), other_version_(other_version)
    {
    }

    [[nodiscard]] rollback::CoreInfo info() const override
    {
        rollback::CoreInfo known = ArenaCore::info();
        if (other_version_) known.version = "other";
        return known;
    }

private:
    bool other_version_;
};

class RoomClient
{
public:
    RoomClient(const RoomVisit& how, std::size_t index, const RoomPlan& plan, Rng own_rng);

    // What the room manager says to it enters its link; truths in it are noted.
    void told(const room::OutboundMessage& message, Instant now);
    // One frame, or the look at the connection in the middle of one.
    void step(Instant now, bool is_calm, const rollback::RandomInput& input);
    void speak(Instant now);
    [[nodiscard]] Instant next_due(Instant now, bool is_calm);
    // True if it is the fault of nobody else that it is out.
    [[nodiscard]] bool may_be_lost(Instant now) const;
    [[nodiscard]] bool was_given_a_state() const { return heeded_ != 0; }
    // Its core did not take a state.
    [[nodiscard]] bool was_given_garbage() const
    {
        return peer.session() != nullptr &&
               peer.session()->end() == wire::CloseReason::state_damaged;
    }
    [[nodiscard]] bool plays() const
    {
        return stage == VisitStage::here && peer.session() != nullptr && peer.session()->playing();
    }
    [[nodiscard]] bool is_active() const
    {
        return stage == VisitStage::absent || stage == VisitStage::here;
    }

    RoomVisit visit;
    std::string name;
    ConnectionId id;
    Rng rng;
    VersionedArena core;
    peer::ClientPeer peer;
    peer::LinkModel up, down;
    VisitStage stage = VisitStage::absent;
    Instant due{0};
    Instant frame_begin{0};
    std::optional<Instant> session_since;
    bool in_middle = false; // of a frame: only the connection is looked at
    bool asked_to_play = false;
    unsigned refusals = 0;
    Instant noticed_at{0}; // one who has vanished
    std::uint64_t told_bytes = 0;
    std::uint64_t messages = 0;
    Instant stood_before{0}; // the plan counts it

    std::vector<Told> unsure; // with inputs of its own that the room manager may never get
    std::optional<Told> last_told;
    std::array<Told, 256> latest{}; // told of last, by frame
    std::string complaint;

    // What the stranger in it has in hand: see room_stranger.hpp.
    std::deque<std::uint8_t> gate;
    std::size_t gate_rate = 0; // bytes a frame, 0: all at once
    unsigned frames_due = 0;   // of one that makes only some
    bool knows_state_size = false;

    void hear(Instant now);
    void tick(Instant now, const rollback::RandomInput& input);

private:
    void act(bool is_calm);
    void toggle();
    void note_truths_told(std::span<const std::uint8_t> bytes);
    void note_chat(std::span<const std::uint8_t> text);
    void heed_truths();
    void note_served(std::size_t out_before, Instant now);
    void confirmed(Frame frame, std::span<const std::uint8_t> state);

    bool greeted_ = false;
    bool heard_sync_ = false;
    std::vector<TruthKey> truths_; // in the order the room manager told them
    TruthKey truth_ = 0;           // what it goes on from
    std::uint64_t heeded_ = 0;     // states and resets it has taken
    bool may_jump_ = false;        // what it tells of next is not the next frame
    std::uint64_t served_ = 0;
    Instant played_last_ = -std::chrono::hours(1);
    bool has_slept_ = false;
};

} // namespace netplay_relay::simulation
