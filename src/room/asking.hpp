// What a room asks its members for a savestate for.
#pragma once

#include "base/deadlines.hpp"

#include <cstdint>

namespace netplay_relay::room {

// What a state is asked for next, and from when on.
enum class AskFor : std::uint8_t
{
    nothing,
    newcomer,   // somebody waits for its first one
    agreement,  // somebody has gone its own way
    comparison, // a spectator is asked for its own
};
struct Asking
{
    AskFor what = AskFor::nothing;
    Instant from = no_deadline;
};

} // namespace netplay_relay::room
