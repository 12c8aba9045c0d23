// A span of the relay's time as a number of seconds, for those who are shown it.
#pragma once

#include "base/ids.hpp"

#include <chrono>

namespace netplay_relay {

[[nodiscard]] inline double in_seconds(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

} // namespace netplay_relay
