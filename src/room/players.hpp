// Those who play in a room, as a whole: kept up to date, so that nobody has to be searched for.
#pragma once

#include "member.hpp"

#include <cstddef>
#include <limits>

namespace netplay_relay::room {

struct Players
{
    Member* owner = nullptr; // of the clock: who has begun to play first
    std::size_t count = 0;
    Frame least = std::numeric_limits<Frame>::max(); // of those that are expected of them
    std::size_t at_least = 0;                        // so many have not come farther
    Frame most = 0;

    bool operator==(const Players&) const = default;
};

} // namespace netplay_relay::room
