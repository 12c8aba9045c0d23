#include "daemon/drain_countdown.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace netplay_relay::daemon {

namespace {

using std::chrono::seconds;

constexpr std::array warnings{seconds(600), seconds(300), seconds(60), seconds(10)};

std::string counted(std::int64_t count, const char* noun)
{
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Rounded as people say it.
std::string span_text(std::chrono::nanoseconds span)
{
    const std::int64_t whole = std::max<std::int64_t>(std::chrono::round<seconds>(span).count(), 1);
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    if (whole < 2 * minute && whole != minute) return counted(whole, "second");
    if (whole < 2 * hour && whole != hour) return counted((whole + minute / 2) / minute, "minute");
    if (whole < 2 * day) return counted((whole + hour / 2) / hour, "hour");
    return counted((whole + day / 2) / day, "day");
}

std::string with(std::string text, std::string_view message)
{
    if (!message.empty()) text.append(": ").append(message);
    return text;
}

} // namespace

seconds next_warning(std::chrono::nanoseconds left)
{
    const auto next = std::ranges::find_if(warnings, [&](seconds one) { return one < left; });
    return next == warnings.end() ? seconds(0) : *next;
}

std::string countdown_text(std::chrono::nanoseconds left, std::string_view message)
{
    return with("the relay ends in " + span_text(left), message);
}

std::string drain_text(seconds limit, std::string_view message)
{
    std::string text = "the relay ends when the games here have ended";
    if (limit.count() > 0) text += ", in " + span_text(limit) + " at the latest";
    return with(std::move(text), message);
}

} // namespace netplay_relay::daemon
