#include "daemon/wall_times.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

namespace netplay_relay::daemon {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

std::chrono::milliseconds jump_between(const Clocks& before, const Clocks& now)
{
    using std::chrono::milliseconds;
    return std::chrono::duration_cast<milliseconds>(now.wall - before.wall) -
           std::chrono::duration_cast<milliseconds>(now.relay - before.relay);
}

json wall_text(std::int64_t since_1970)
{
    const auto at = static_cast<std::time_t>(since_1970);
    std::tm parts{};
    std::array<char, sizeof "2026-11-29T23:39:32Z"> text{};
    if (gmtime_r(&at, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return nullptr;
    return text.data();
}

json wall_text(const std::optional<lobby::Instant>& when, const Clocks& clocks)
{
    if (!when) return nullptr;
    const auto wall =
        clocks.wall + std::chrono::duration_cast<system_clock::duration>(*when - clocks.relay);
    return wall_text(std::int64_t{system_clock::to_time_t(std::chrono::round<seconds>(wall))});
}

std::optional<std::int64_t> wall_seconds_of(const std::string& text)
{
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return timegm(&parts);
}

lobby::Instant instant_of(std::int64_t wall_seconds, const Clocks& clocks)
{
    constexpr seconds century{std::int64_t{100} * 365 * 24 * 3600};
    const auto now = std::chrono::floor<seconds>(clocks.wall);
    const seconds from_now = seconds(wall_seconds) - now.time_since_epoch();
    return clocks.relay + std::clamp(from_now, -century / 2, century / 2) - (clocks.wall - now);
}

} // namespace netplay_relay::daemon
