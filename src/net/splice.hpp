// Moves the bytes of a link: what one end says goes to the other, in order, whole, and no faster than
// the other takes it.
#pragma once

#include "net/connection.hpp"

#include <cstdint>
#include <span>

namespace netplay_relay::net {

// One buffer for all links: between two reads it holds nothing. Its size bounds what a slow target can
// make us keep.
using Scratch = std::span<std::uint8_t>;

enum class SpliceState : std::uint8_t {
    going,            // nothing to tell
    source_finished,  // the end of the source's stream: now known to the target, or after its outbox
    source_failed,
    target_failed,
};

struct SpliceResult
{
    SpliceState state = SpliceState::going;
    int error = 0;  // errno, if one failed
};

// The source has bytes: reads once and writes at once. Changes what is wanted of both.
[[nodiscard]] SpliceResult pump(Connection& source, Connection& target, Scratch scratch,
                                lobby::Instant now);

// Sends bytes of the source to the target. What the target does not take is kept, and until that is
// gone nothing more is wanted of the source.
[[nodiscard]] SpliceResult forward(Connection& source, Connection& target,
                                   std::span<const std::uint8_t> bytes);

// The target takes bytes again: writes what was kept, then wants more of the source.
[[nodiscard]] SpliceResult drain(Connection& source, Connection& target);

// True when both streams have ended and nothing is kept for either end.
[[nodiscard]] bool is_over(const Connection& one, const Connection& other);

} // namespace netplay_relay::net
