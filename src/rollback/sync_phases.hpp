// What is pressed during a sync test: nothing, alone and with others, then each button of each pad
// on its own, then all of them at random.
#pragma once

#include "rollback/random_input.hpp"
#include "rollback/sync_test.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace netplay_relay::rollback {

struct SyncPhase
{
    enum class Kind
    {
        alone, // nobody has joined, and nothing is taken back
        rest,
        one_button,
        everything,
    };
    Kind kind = Kind::everything;
    std::size_t port = 0; // of one button
    unsigned button = 0;
    std::uint32_t frames = 0;
};

[[nodiscard]] std::vector<SyncPhase> phases_of(const SyncTestOptions& options);

// The input of the n-th frame of a phase, which is the frame-th of the test.
[[nodiscard]] FrameInput input_of(const SyncPhase& phase, std::uint32_t n, std::uint32_t frame,
                                  const SyncTestOptions& options, const RandomInput& random);

} // namespace netplay_relay::rollback
