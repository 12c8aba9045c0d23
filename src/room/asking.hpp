// What a room asks its members for a savestate for, and the one that it waits with.
#pragma once

#include "base/deadlines.hpp"
#include "room/output.hpp"
#include "wire/netplay_command.hpp"

#include <cstdint>
#include <optional>

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

// A savestate that some member was asked for.
struct StateRequest
{
    std::uint32_t source = 0; // member number
    Instant asked_at{};
    // Its state was of a past frame: it is asked again when it can have caught up.
    std::optional<Instant> again_at;
    bool of_player = false; // when it was asked
    bool nudged = false;    // the idle clock has made the frame that a spectator needs to answer

    // What it consists of, for records; so with the others (room_record.cpp).
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive);
};

// A state that came for a frame the clock has not come to.
struct WaitingState
{
    wire::Frame frame = 0;
    std::uint32_t size = 0; // as it travels: of the container, if it is wrapped
    SharedState data;
    std::uint32_t source = 0;
    bool wrapped = false; // only members of protocol 7 can read it
    std::uint32_t core_size = 0;
    SharedState bare; // the core's state alone, for all others; null: not made, nobody wanted it

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive);
};

} // namespace netplay_relay::room
