// The game of a sync test: played, taken back and repeated, and played by one who joins.
#pragma once

#include "rollback/sync_test.hpp"
#include "sync_phases.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace netplay_relay::rollback {

// Finds all that a report has but the verdict. All that is referred to must outlive it.
class SyncTrial
{
public:
    SyncTrial(Core& core, const SyncTestOptions& options, const Stopwatch& now,
              const Joiners& joiners);

    [[nodiscard]] SyncTestReport run();

private:
    using Bytes = std::vector<std::uint8_t>;

    // What there was after a frame, and the input that led there.
    struct Past
    {
        FrameInput input{};
        Bytes state;
        std::uint32_t memory = 0;
    };

    bool begin();
    bool play_phase(const SyncPhase& phase);
    void blame(const SyncPhase& phase, const Differences& replays, const Differences& joined);
    bool play(const FrameInput& input);
    bool repeat();
    bool repeat_from(std::uint32_t first);
    bool reload_is_same(std::uint32_t frame);
    void let_join();
    void play_joined(const FrameInput& input);
    void joining_failed(const std::string& fault);

    void run_frame(const FrameInput& input);
    bool save(Bytes& state, std::uint32_t frame);
    bool load(const Bytes& state, std::uint32_t frame);
    template <typename Work>
    std::chrono::nanoseconds measure(Cost& cost, const Work& work);

    Core& core_;
    const Stopwatch& now_;
    const Joiners& joiners_;
    RandomInput random_;
    SyncTestReport report_;
    std::deque<Past> history_; // of the newest depth + 1 frames, the present at the back
    Bytes spare_;
    std::unique_ptr<Joiner> joiner_;
    std::uint32_t frames_joined_ = 0;     // since the newest joined
    std::chrono::nanoseconds spent_{0};   // in the core, altogether
    std::chrono::nanoseconds loading_{0}; // the newest state
};

} // namespace netplay_relay::rollback
