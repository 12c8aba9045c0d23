// The whole life of a connection, for the lobby, which decides on it, and for the worker, which has
// its bytes. A change that is not listed is our bug, never the peer's.
#pragma once

#include "lobby/ids.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace netplay_relay::lobby {

enum class Stage : std::uint8_t
{
    greeting,    // has not said yet what it wants
    asking,      // asked for a session: for a moment it may still turn out to be a lost guest
    host,        // a session's control connection
    waiting,     // a guest with a ticket
    guest,       // the guest's end of a link
    host_side,   // the host's end of a link
    asking_port, // an old lobby server that waits for a port
    member,      // in a room, or on its way into one: the room manager knows more
    party_peer,  // in a party, or on its way into one: the party manager knows more
    introducing, // a trusted proxy's, whose PROXY header is not whole yet
    // The lobby has forgotten it.
    lingering, // is being closed: flushing, and waiting for the peer to hang up
    closed,    // in no table any more
};
constexpr Stage last_value(Stage) { return Stage::closed; }
inline constexpr std::size_t stage_count = static_cast<std::size_t>(Stage::closed) + 1;

struct StageChange
{
    Stage from;
    Stage to;
};

// Beside these, each stage can be followed by its end: see may_change().
inline constexpr std::array stage_changes{
    StageChange{Stage::greeting, Stage::introducing}, // as it arrives
    StageChange{Stage::introducing, Stage::greeting},
    StageChange{Stage::greeting, Stage::asking},
    StageChange{Stage::asking, Stage::host},
    StageChange{Stage::greeting, Stage::waiting},
    StageChange{Stage::greeting, Stage::host_side},
    StageChange{Stage::waiting, Stage::guest},
    StageChange{Stage::greeting, Stage::member},
    StageChange{Stage::greeting, Stage::party_peer},
    StageChange{Stage::greeting, Stage::asking_port},
};

// The lobby knows it.
constexpr bool is_alive(Stage stage) { return stage < Stage::lingering; }

// Has not said yet what it wants.
constexpr bool is_early(Stage stage)
{
    return stage == Stage::greeting || stage == Stage::introducing;
}

// Neither a host nor a guest yet.
constexpr bool is_unsettled(Stage stage)
{
    return is_early(stage) || stage == Stage::asking || stage == Stage::asking_port;
}

// A host's control connection, also before it has its session.
constexpr bool is_control(Stage stage) { return stage == Stage::asking || stage == Stage::host; }

// One end of a link.
constexpr bool is_linked(Stage stage) { return stage == Stage::guest || stage == Stage::host_side; }

// It speaks to one of the lobby's machines, which takes its bytes as they come.
constexpr bool is_heard(Stage stage)
{
    return stage == Stage::member || stage == Stage::party_peer;
}

constexpr bool may_change(Stage from, Stage to)
{
    if (to == Stage::closed) return from != Stage::closed;
    if (to == Stage::lingering) return is_alive(from);
    return std::ranges::any_of(stage_changes, [&](const StageChange& change) {
        return change.from == from && change.to == to;
    });
}

// What it means that a connection of this stage is over by itself.
struct Ends
{
    CloseReason left;
    CloseReason lost;
    CloseReason too_slow;
    CloseReason memory_short;
};
[[nodiscard]] const Ends& ends_of(Stage stage); // of one that is alive

} // namespace netplay_relay::lobby
