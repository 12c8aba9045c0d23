// Whether a core can be used for netplay: plays a game, takes back and repeats every frame of it,
// sends its state to one who joins and plays on there, and compares.
#pragma once

#include "rollback/core.hpp"
#include "rollback/joiner.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::rollback {

// Any clock that never goes back, for what things cost; the verdict on speed depends on it.
using Stopwatch = std::function<std::chrono::nanoseconds()>;

struct SyncTestOptions
{
    std::uint32_t frames = 600;     // with several buttons at a time
    std::uint32_t depth = 8;        // frames that each rollback repeats: 1 to all
    std::uint64_t seed = 1;         // of the input
    std::uint32_t buttons = 0xFFFF; // of pads that are pressed at all: a core may have bad ones
    std::array<std::uint32_t, ports_max> devices{1, 1}; // plugged in, libretro's numbers
    // So many first, as of a host whom nobody has joined: without a rollback and without buttons.
    std::uint32_t alone_frames = 0;
    // After those, so many frames without any button, and as many with each single button of each
    // pad; 0: none.
    std::uint32_t button_frames = 0;
    std::uint32_t join_interval = 120; // frames until the next joins, with several buttons
};

// Where two states that ought to be the same are not.
struct StateDifference
{
    std::uint32_t frame = 0;   // the frames that had run when they were saved
    std::size_t first = 0;     // byte
    std::size_t last = 0;      // byte, inclusive
    std::size_t bytes = 0;     // that differ, from first to last
    std::size_t sizes[2] = {}; // of the states, if they are not the same
};

// What one kind of call took, in microseconds.
struct Cost
{
    std::uint64_t calls = 0;
    double mean = 0;
    double most = 0;
};

enum class SyncVerdict
{
    fit,           // for rollbacks of this depth at least
    fit_with_less, // for rollbacks of `depth_that_fits` frames only
    crcs_differ,   // the game is the same for all, but states are not: CRC mismatches for nothing
    size_changes,  // states of one game have several sizes
    too_slow,      // no rollback at all fits into a frame
    cannot_save,   // no state, or saving failed
    load_refused,  // the core did not take a state of its own, here or where it was sent
    game_differs,  // players would see different games
};

// Frames that ended differently where they ought to have ended in the same way.
struct Differences
{
    std::uint32_t frames = 0; // compared
    std::uint32_t states = 0; // in another state
    std::uint32_t games = 0;  // with other main memory, or another picture
    std::optional<StateDifference> first;
};

// A single button that leads to differences, where pressing nothing leads to none.
struct Cause
{
    std::size_t port = 0;
    unsigned button = 0;                             // libretro's number
    std::uint32_t frames = 0, states = 0, games = 0; // as in Differences, repeated and joined
};

struct SyncTestReport
{
    CoreInfo core;
    SyncTestOptions options;

    std::uint32_t frames_run = 0; // of the game, without those that were repeated
    std::size_t state_size = 0;   // at the beginning
    std::size_t state_size_last = 0;
    std::size_t state_size_told = 0; // what the core itself says at last; it may be less
    bool state_size_changed = false;
    std::optional<std::uint32_t> save_failed_at;  // frame
    std::optional<std::uint32_t> load_refused_at; // frame

    // Of loading a state and saving at once, with nothing run in between. It does no harm if all
    // later frames end in the same states nevertheless.
    std::optional<StateDifference> first_reload_difference;
    std::uint32_t reloads_that_differ = 0;
    Differences replays; // of repeated frames, in this process

    std::uint32_t joins = 0;         // into a process of its own
    std::uint32_t joins_differ = 0;  // states saved there at once that were not what was loaded
    std::string join_fault;          // why one could not join or go on; empty: all could
    std::uint32_t join_fault_at = 0; // frame
    Differences joined;              // frames there, against those here

    std::vector<Cause> causes; // by port and button
    Cause rest;                // what there is without any button
    bool game_is_seen = false; // the core shows memory or pictures

    Cost save, load, run;
    Cost rollback;                 // load one state, then run and save `depth` frames
    double frame_microseconds = 0; // what there is for all of it
    std::uint32_t depth_that_fits = 0;

    SyncVerdict verdict = SyncVerdict::fit;
    std::string reason;      // of the verdict, a sentence
    std::string players_see; // what it means for those who play, a sentence
    bool plays = true;       // netplay with it works, if perhaps not without a remark
};

// The core's present is the game's beginning; afterwards it is somewhere behind its end. Faults of
// the state end the test early, differences do not. Without joiners, nobody joins.
[[nodiscard]] SyncTestReport sync_test(Core& core, const SyncTestOptions& options,
                                       const Stopwatch& now, const Joiners& joiners = {});

[[nodiscard]] const char* name_of(SyncVerdict verdict); // "fit", "fit_with_less" ...

} // namespace netplay_relay::rollback
