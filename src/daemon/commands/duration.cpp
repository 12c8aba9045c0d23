#include "daemon/commands/duration.hpp"

#include "admin/control_routes.hpp"
#include "lobby/orders.hpp"

#include <charconv>
#include <chrono>

namespace netplay_relay::daemon {

namespace {

std::uint64_t seconds_of(std::string_view unit)
{
    if (unit.empty() || unit == "s") return 1;
    if (unit == "m") return 60;
    if (unit == "h") return 3600;
    if (unit == "d") return 86400;
    return 0;
}

std::string fault_of(const std::string& text, std::chrono::seconds least, std::chrono::seconds most)
{
    const auto given = read_duration(text);
    if (!given) return "must be a time such as 90s, 10m, 2h or 7d, not " + text;
    const auto span = std::chrono::seconds(*given);
    if (least <= span && span <= most) return {};
    const auto days = std::chrono::duration_cast<std::chrono::hours>(most).count() / 24;
    return "must be from " + std::to_string(least.count()) + "s to " + std::to_string(days) +
           "d, not " + text;
}

} // namespace

std::optional<std::uint64_t> read_duration(std::string_view text)
{
    constexpr std::uint64_t most = 1'000'000'000; // of any unit: the product is far from its end
    std::uint64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, count);
    const std::uint64_t unit =
        seconds_of(text.substr(static_cast<std::size_t>(read - text.data())));
    if (error != std::errc() || unit == 0 || count > most) return std::nullopt;
    return count * unit;
}

std::string fault_of_duration(const std::string& text)
{
    return fault_of(text, std::chrono::seconds(1), lobby::order_longest);
}

std::string fault_of_wait(const std::string& text)
{
    return fault_of(text, std::chrono::seconds(0), admin::drain_countdown_max);
}

} // namespace netplay_relay::daemon
