// How long somebody waits after a failure before it tries again: longer and longer, up to a limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace netplay_relay::outward {

class Patience
{
public:
    using Duration = std::chrono::milliseconds;

    Patience(Duration first, Duration longest) : first_(first), longest_(longest) {}

    // After one more failure. `wished`: what the other side asks for, kept up to an hour. `chance`,
    // any number, makes it up to a quarter longer: many who failed at once come one by one.
    [[nodiscard]] Duration after_failure(std::optional<std::chrono::seconds> wished,
                                         std::uint32_t chance);
    // True if there were failures before.
    bool succeed();
    [[nodiscard]] unsigned failures() const { return failures_; }

private:
    Duration first_;
    Duration longest_;
    unsigned failures_ = 0; // since the last success
};

} // namespace netplay_relay::outward
