// Between two warnings of one kind, so that what goes wrong again and again does not fill the log.
#pragma once

#include <chrono>

namespace netplay_relay::net {

inline constexpr std::chrono::seconds quiet_time{10};

template <class Instant>
class QuietTime
{
public:
    // True if a warning may be written now; then the next quiet time begins.
    [[nodiscard]] bool may_warn(Instant now)
    {
        if (now < until_) return false;
        until_ = now + quiet_time;
        return true;
    }

private:
    Instant until_{};
};

} // namespace netplay_relay::net
