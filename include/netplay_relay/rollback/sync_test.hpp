// Whether a core can be rolled back: plays a game, takes back and repeats every frame of it, and
// compares.
#pragma once

#include "netplay_relay/rollback/core.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace netplay_relay::rollback {

// Any clock that never goes back, for what things cost; the verdict on speed depends on it.
using Stopwatch = std::function<std::chrono::nanoseconds()>;

struct SyncTestOptions
{
    std::uint32_t frames = 600;
    std::uint32_t depth = 8;        // frames that each rollback repeats: 1 to all
    std::uint64_t seed = 1;         // of the input
    std::uint32_t buttons = 0xFFFF; // of pads that are pressed at all: a core may have bad ones
    std::array<std::uint32_t, ports_max> devices{1, 1}; // plugged in, libretro's numbers
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
    fit,            // for rollbacks of this depth at least
    fit_with_less,  // for rollbacks of `depth_that_fits` frames only
    too_slow,       // no rollback at all fits into a frame
    cannot_save,    // no state, or saving failed
    load_refused,   // the core did not take its own state
    size_changes,   // states of one game have several sizes
    replay_differs, // a frame run again with the same input ends in another state
};

struct SyncTestReport
{
    CoreInfo core;
    SyncTestOptions options;

    std::uint32_t frames_run = 0; // of the game, without those that were repeated
    std::size_t state_size = 0;   // at the beginning
    std::size_t state_size_last = 0;
    bool state_size_changed = false;
    std::optional<std::uint32_t> save_failed_at;  // frame
    std::optional<std::uint32_t> load_refused_at; // frame

    // Of loading a state and saving at once, with nothing run in between. It does no harm if all
    // repeated frames end in the same states nevertheless: what differs is not of the game then.
    std::optional<StateDifference> first_reload_difference;
    std::uint32_t reloads_that_differ = 0;
    // Of repeated frames.
    std::optional<StateDifference> first_replay_difference;
    std::uint32_t replays_that_differ = 0;

    Cost save, load, run;
    Cost rollback;                 // load one state, then run and save `depth` frames
    double frame_microseconds = 0; // what there is for all of it
    std::uint32_t depth_that_fits = 0;

    SyncVerdict verdict = SyncVerdict::fit;
    std::string reason; // of the verdict, a sentence
};

// The core's present is the game's beginning; afterwards it is somewhere behind its end. Faults of
// the state end the test early, differences do not.
[[nodiscard]] SyncTestReport sync_test(Core& core, const SyncTestOptions& options,
                                       const Stopwatch& now);

[[nodiscard]] const char* name_of(SyncVerdict verdict); // "fit", "fit_with_less" ...

} // namespace netplay_relay::rollback
