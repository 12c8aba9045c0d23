// A netplay game from a seed: one host, its guests one after the other, the links between them, and
// somebody who listens to what they tell of their frames.
#pragma once

#include "netplay_agreement.hpp"
#include "netplay_plan.hpp"

#include "cores/arena_core.hpp"
#include "peer/client_peer.hpp"
#include "peer/host_peer.hpp"
#include "rollback/random_input.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::simulation {

inline constexpr std::size_t link_full = 256U << 10U; // bytes on their way

struct GuestOutcome
{
    bool was_in_session = false;
    std::uint64_t crcs_checked = 0;
    std::uint64_t crcs_failed = 0;
    std::optional<Frame> first_failed_crc;
};

struct NetplayOutcome
{
    std::vector<std::string> complaints;
    std::uint64_t trace = 0; // of everything that happened, in order
    std::optional<Difference> first_difference;
    std::uint64_t compared = 0; // states of frames, with what another had told
    Frame frames = 0;           // that the host came to
    std::uint64_t rollbacks = 0;
    std::uint64_t states_served = 0;
    std::uint64_t refusals = 0;
    std::vector<GuestOutcome> guests;
};

// What must never go back.
struct Progress
{
    Frame self = 0, run = 0, other = 0, server = 0;
    std::uint64_t rollbacks = 0;
};

class NetplayWorld
{
public:
    explicit NetplayWorld(NetplayPlan plan);
    NetplayOutcome run();

private:
    struct Telling
    {
        Truth truth;
        Frame frame = 0;
        std::uint32_t hash = 0;
    };

    enum class Stage : std::uint8_t
    {
        absent,
        here,
        leaving, // what it said is still on its way
        gone,
    };

    struct Guest
    {
        Guest(const GuestPlay& play, std::size_t index, const NetplayPlan& plan, Rng own_rng);

        GuestPlay play;
        std::string name;
        Rng rng;
        peer::ConnectionNumber connection;
        cores::ArenaCore core;
        peer::ClientPeer peer;
        peer::LinkModel up, down;
        Stage stage = Stage::absent;
        Instant due{0};
        Instant frame_begin{0};
        bool in_middle = false; // of a frame: only the connection is looked at
        bool has_joined = false;
        std::optional<Truth> began_with; // what held before its first savestate
        bool asked_to_play = false;
        Instant resumes{0};
        Progress progress;
        std::optional<Frame> last_told;
        std::vector<Telling> unsure; // with inputs of its own that the host may never get
        Truth last_truth;

        [[nodiscard]] bool is_active() const
        {
            return stage == Stage::absent || stage == Stage::here;
        }
    };

    void step_host();
    void step_guest(Guest& guest);
    void tick_host();
    void tick_guest(Guest& guest);
    void host_hears(Guest& guest);
    void guest_hears(Guest& guest);
    void host_speaks();
    void guest_speaks(Guest& guest);
    void act_host();
    void act_guest(Guest& guest);
    void toggle(Guest& guest);
    void leave(Guest& guest);
    void hear_events();
    void note_states();
    void guest_tells(Guest& guest, Frame frame, std::span<const std::uint8_t> state);
    void check(const std::string& who, const rollback::Timeline& timeline, Frame server,
               std::size_t ring, Progress& last);
    void make_sure();
    void check_guest(Guest& guest);
    void check_end();
    void complain(std::string text);
    [[nodiscard]] Truth truth_of(const Guest& guest) const;
    [[nodiscard]] Instant next_due(Instant begin, const Pace& pace, Rng& rng) const;
    [[nodiscard]] bool is_calm() const { return now_ >= plan_.length; }
    NetplayOutcome outcome() const;

    // As a stream brings them: commands are cut anywhere.
    template <class Hear>
    static void in_pieces(std::span<const std::uint8_t> bytes, Rng& rng, const Hear& hear)
    {
        while (!bytes.empty()) {
            const std::size_t size = rng.one_in(4) ? rng.between(1, bytes.size()) : bytes.size();
            hear(bytes.first(size));
            bytes = bytes.subspan(size);
        }
    }

    NetplayPlan plan_;
    Rng rng_;
    rollback::RandomInput input_;
    Instant now_{0};
    cores::ArenaCore core_;
    peer::HostPeer host_;
    Instant host_due_{0};
    Instant host_begin_{0};
    bool host_in_middle_ = false;
    Progress host_progress_;
    Truth truth_;
    std::deque<std::vector<std::uint8_t>> kept_states_;
    std::vector<std::unique_ptr<Guest>> guests_;
    Agreement agreement_;
    std::vector<std::string> complaints_;
    std::uint64_t trace_ = 0;
    std::uint64_t refusals_ = 0;
    std::uint64_t states_sent_ = 0;
};

} // namespace netplay_relay::simulation
