// Time as a hall of rooms sees it.
#pragma once

#include "netplay_relay/ensure.hpp"
#include "netplay_relay/room/hall.hpp"

#include <algorithm>

namespace netplay_relay::fuzz {

// Lets time pass: each deadline is dealt with at its moment, and `taken` is called behind each, to
// look at `out` and to empty it.
template <class Taken>
void pass_time(room::Hall& hall, Instant& now, Duration duration, room::Outcome& out,
               const Taken& taken)
{
    constexpr std::size_t ticks_max = 4000;
    const Instant until = now + duration;
    std::size_t ticks = 0;
    for (auto next = hall.next_deadline(); next && *next <= until; next = hall.next_deadline()) {
        now = std::max(now, *next);
        ensure(++ticks < ticks_max, "the hall wants to be called all the time");
        hall.tick(now, out);
        taken();
    }
    now = until;
}

} // namespace netplay_relay::fuzz
