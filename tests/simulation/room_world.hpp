// A hall of rooms from a seed: the real one, and around it those who come, the links between them,
// and what a shell does with its orders. Now and then all that is in the hall moves to another one,
// whose clock shows another time.
#pragma once

#include "room_visitor.hpp"

#include "netplay_relay/room/hall.hpp"

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
    std::uint64_t moved = 0;       // rooms, to another hall
    std::uint64_t moved_early = 0; // those who were at the entrance
    std::uint64_t rollbacks = 0;
    std::uint64_t states_shared = 0;
    std::uint64_t refusals = 0;  // to play
    std::uint64_t desyncs = 0;   // found by the desync watch
    std::uint64_t lies = 0;      // of witnesses, found by it too
    std::uint64_t waits = 0;     // for a place
    std::uint64_t returns = 0;   // of those who had one
    Instant stood{0};            // still, the honest one that did longest, for others' inputs
    std::uint64_t loaded = 0;    // savestates, the honest one that did most
    std::uint64_t idle_told = 0; // parcels to those who lurk, to the one who was told most
    Instant slowest{0};          // of the honest, from its arrival to its game
    std::array<std::uint64_t, room::member_end_count> ends{};
};

class RoomWorld
{
public:
    explicit RoomWorld(RoomPlan plan, bool moves = true);
    RoomRun run();

private:
    [[nodiscard]] Instant next_moment() const;
    [[nodiscard]] room::Hall& hall() { return *halls_[home_]; }
    [[nodiscard]] const room::Hall& hall() const { return *halls_[home_]; }
    [[nodiscard]] netplay_relay::Instant hall_time() const;
    void move();
    void move_rooms(room::Hall& to, Duration later);
    void move_visitors(room::Hall& to, Duration later);
    void step(RoomVisitor& visitor);
    void arrive(RoomVisitor& visitor);
    void leave(RoomVisitor& visitor);
    void hall_hears(RoomVisitor& visitor);
    void hall_forgets(RoomVisitor& visitor);
    void tick_hall();
    void carry_out();
    void close(const room::Closing& closing);
    [[nodiscard]] bool may_close(const RoomVisitor& visitor, room::MemberEnd end) const;
    void note(const room::RoomNews& news);
    void survey();
    void settle();
    void calm_down();
    void check(RoomVisitor& visitor);
    [[nodiscard]] bool awaits_state(const RoomVisitor& visitor) const;
    void check_end();
    void check_empty();
    void complain(const std::string& text);
    [[nodiscard]] Truth number_of(TruthKey truth);
    [[nodiscard]] RoomRun outcome() const;
    [[nodiscard]] bool is_calm() const { return now_ >= plan_.length; }

    RoomPlan plan_;
    Dice dice_;
    rollback::RandomInput input_;
    Instant now_{0};
    bool moves_;
    Dice move_dice_;
    std::array<std::unique_ptr<room::Hall>, 3> halls_;
    std::size_t home_ = 0; // the hall where all are
    room::Outcome out_;
    std::vector<std::unique_ptr<RoomVisitor>> visitors_;
    std::set<ConnectionId> inside_; // as the hall should count them
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
