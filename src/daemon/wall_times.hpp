// Moments in files: those of the clock on the wall, while the relay's own never jumps.
#pragma once

#include "lobby/ids.hpp"

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace netplay_relay::daemon {

// The relay's clock and the one on the wall, read at one moment.
struct Clocks
{
    lobby::Instant relay;
    std::chrono::system_clock::time_point wall;
};

// How far the clock on the wall was set in between; it may have been set back.
[[nodiscard]] std::chrono::milliseconds jump_between(const Clocks& before, const Clocks& now);

// "2026-11-29T23:39:32Z", or null. `seconds` are since 1970.
[[nodiscard]] nlohmann::json wall_text(std::int64_t seconds);
[[nodiscard]] nlohmann::json wall_text(const std::optional<lobby::Instant>& when,
                                       const Clocks& clocks);

// Nothing where the text is no time.
[[nodiscard]] std::optional<std::int64_t> wall_seconds_of(const std::string& text);

// When that is by the relay's clock. What is of another century is at its border: it is as good.
[[nodiscard]] lobby::Instant instant_of(std::int64_t wall_seconds, const Clocks& clocks);

} // namespace netplay_relay::daemon
