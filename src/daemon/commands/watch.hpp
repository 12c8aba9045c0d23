// Shows what a relay is doing again and again, until somebody has seen enough.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace netplay_relay::daemon {

struct WatchOptions
{
    std::string url;
    std::chrono::milliseconds every{2000};
    bool json = false;  // as it came, without a table
    bool fleet = false; // the url is that of a fleet
};

// Returns when it is ended by Ctrl-C, q, or SIGTERM; or, with `problem`, if nobody has answered at
// all. A relay that does not answer later may be on its way.
void watch(const WatchOptions& options, std::string& problem);

inline constexpr double watch_seconds_least = 0.2;
inline constexpr double watch_seconds_most = 3600;

// Nothing if the text is no number.
[[nodiscard]] std::optional<double> seconds_in(const std::string& text);

} // namespace netplay_relay::daemon
