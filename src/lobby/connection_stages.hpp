// The whole life of a connection. A pair that is not listed is our bug, never the peer's.
#pragma once

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
    host_leg,    // the host's end of a link
    asking_port, // an old lobby server that waits for a port
    member,      // in a room, or on its way into one: the hall knows more
};

struct StageChange
{
    Stage from;
    Stage to;
};

inline constexpr std::array stage_changes{
    StageChange{Stage::greeting, Stage::asking},      StageChange{Stage::asking, Stage::host},
    StageChange{Stage::greeting, Stage::waiting},     StageChange{Stage::greeting, Stage::host_leg},
    StageChange{Stage::waiting, Stage::guest},        StageChange{Stage::greeting, Stage::member},
    StageChange{Stage::greeting, Stage::asking_port},
};

// Neither a host nor a guest yet.
constexpr bool is_unsettled(Stage stage)
{
    return stage == Stage::greeting || stage == Stage::asking || stage == Stage::asking_port;
}

constexpr bool may_change(Stage from, Stage to)
{
    for (const StageChange& change : stage_changes)
        if (change.from == from && change.to == to) return true;
    return false;
}

} // namespace netplay_relay::lobby
