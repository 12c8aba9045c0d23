#include "outward/patience.hpp"

#include <algorithm>

namespace netplay_relay::outward {

namespace {

constexpr std::chrono::hours wish_most{1};
constexpr unsigned doublings_most = 20;

} // namespace

Patience::Duration Patience::after_failure(std::optional<std::chrono::seconds> wished,
                                           std::uint32_t chance)
{
    const unsigned doublings = std::min(failures_, doublings_most);
    ++failures_;
    Duration pause = std::min<Duration>(longest_, first_ * (1LL << doublings));
    pause += pause * (chance % 256) / 1024;
    if (wished)
        pause = std::max(pause, Duration(std::min<std::chrono::seconds>(*wished, wish_most)));
    return pause;
}

bool Patience::succeed()
{
    const bool had_failed = failures_ > 0;
    failures_ = 0;
    return had_failed;
}

} // namespace netplay_relay::outward
