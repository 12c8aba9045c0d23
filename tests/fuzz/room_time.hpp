// Time as a room manager sees it.
#pragma once

#include "base/ensure.hpp"
#include "room/room_manager.hpp"

#include <algorithm>

namespace netplay_relay::fuzz {

// Lets time pass: each deadline is dealt with at its moment, and `taken` is called behind each, to
// look at `out` and to empty it.
template <class Taken>
void pass_time(room::RoomManager& rooms, Instant& now, Duration duration, room::Output& out,
               const Taken& taken)
{
    constexpr std::size_t ticks_max = 4000;
    const Instant until = now + duration;
    std::size_t ticks = 0;
    for (auto next = rooms.next_deadline(); next && *next <= until; next = rooms.next_deadline()) {
        now = std::max(now, *next);
        ensure(++ticks < ticks_max, "the room manager wants to be called all the time");
        rooms.tick(now, out);
        taken();
    }
    now = until;
}

} // namespace netplay_relay::fuzz
