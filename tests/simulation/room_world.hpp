// A room manager from a seed: the real one, and around it those who come, the links between them,
// and what a shell does with its commands. Now and then all that is in the room manager moves to
// another one, whose clock shows another time.
#pragma once

#include "room_client.hpp"

#include "room/room_manager.hpp"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

namespace netplay_relay::simulation {

struct RoomRun
{
    std::vector<std::string> complaints;
    std::uint64_t trace = 0;       // of everything that happened, in order
    std::uint64_t compared = 0;    // states of frames, with what another had told
    std::uint64_t frames = 0;      // that all honest ones have told
    std::uint64_t moved = 0;       // rooms, to another room manager
    std::uint64_t moved_early = 0; // those who were in the handshake
    std::uint64_t rollbacks = 0;
    std::uint64_t states_shared = 0;
    std::uint64_t refusals = 0;  // to play
    std::uint64_t desyncs = 0;   // found by the desync watch
    std::uint64_t lies = 0;      // of witnesses, found by it too
    std::uint64_t waits = 0;     // for a place
    std::uint64_t returns = 0;   // of those who had one
    Instant stood{0};            // still, the honest one that did longest, for others' inputs
    std::uint64_t loaded = 0;    // savestates, the honest one that did most
    std::uint64_t idle_told = 0; // messages to those who lurk, to the one who was told most
    Instant slowest{0};          // of the honest, from its arrival to its game
    std::array<std::uint64_t, wire::close_reason_count> ends{};
};

class RoomWorld
{
public:
    explicit RoomWorld(RoomPlan plan, bool moves = true);
    RoomRun run();

private:
    [[nodiscard]] Instant next_moment() const;
    [[nodiscard]] room::RoomManager& rooms() { return *managers_[home_]; }
    [[nodiscard]] const room::RoomManager& rooms() const { return *managers_[home_]; }
    [[nodiscard]] netplay_relay::Instant room_time() const;
    void move();
    void move_rooms(room::RoomManager& to, Duration later);
    void move_pending(room::RoomManager& to, Duration later);
    void step(RoomClient& client);
    void arrive(RoomClient& client);
    void leave(RoomClient& client);
    void rooms_hear(RoomClient& client);
    void rooms_forget(RoomClient& client);
    void tick_rooms();
    void carry_out();
    void close(const room::Closing& closing);
    [[nodiscard]] bool may_close(const RoomClient& client, wire::CloseReason end) const;
    void note(const room::RoomEvent& event);
    void survey();
    void settle();
    void calm_down();
    void check(RoomClient& client);
    [[nodiscard]] bool awaits_state(const RoomClient& client) const;
    void check_end();
    void check_empty();
    void complain(const std::string& text);
    [[nodiscard]] Truth number_of(TruthKey truth);
    [[nodiscard]] RoomRun outcome() const;
    [[nodiscard]] bool is_calm() const { return now_ >= plan_.length; }

    RoomPlan plan_;
    Rng rng_;
    rollback::RandomInput input_;
    Instant now_{0};
    bool moves_;
    Rng move_rng_;
    std::array<std::unique_ptr<room::RoomManager>, 3> managers_;
    std::size_t home_ = 0; // the room manager where all are
    room::Output out_;
    std::vector<std::unique_ptr<RoomClient>> clients_;
    std::set<ConnectionId> inside_; // as the room manager should count them
    std::optional<Instant> tick_due_;
    std::optional<Instant> planned_for_; // the deadline that tick_due_ is for
    unsigned ticks_at_once_ = 0;
    Instant survey_due_{0};
    bool has_settled_ = false;
    bool has_calmed_ = false;
    Frame frame_ = 0; // of the honest ones' room
    std::unordered_map<TruthKey, std::uint32_t> truths_;
    Agreement agreement_;
    RoomRun run_;
};

} // namespace netplay_relay::simulation
