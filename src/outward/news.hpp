// What happened, on its way to those who are told.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace netplay_relay::outward {

struct News
{
    std::uint64_t number = 0;
    std::string kind;
    std::string line;
    // Of those that a process before this one had to tell: the webhook that they wait for (empty:
    // nobody has looked yet), and since when.
    std::string hook{};
    std::chrono::steady_clock::time_point since{};
};

} // namespace netplay_relay::outward
