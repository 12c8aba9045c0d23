// The lobby's own names for things, and its notion of time.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace netplay_relay::lobby {

// The lobby never reads a clock: whoever calls it says what time it is. The origin is the caller's.
struct RelayClock
{
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<RelayClock>;
    static constexpr bool is_steady = true;
};
using Instant = RelayClock::time_point;
using Duration = RelayClock::duration;

// Names one accepted connection; the shell gives the numbers out and never reuses one.
struct ConnectionId
{
    std::uint64_t value = 0;
    auto operator<=>(const ConnectionId&) const = default;
};

// Names one session inside this process. Unlike its session id it is never reused.
struct SessionKey
{
    std::uint64_t value = 0;
    auto operator<=>(const SessionKey&) const = default;
};

} // namespace netplay_relay::lobby

template <>
struct std::hash<netplay_relay::lobby::ConnectionId>
{
    std::size_t operator()(netplay_relay::lobby::ConnectionId id) const noexcept
    {
        return std::hash<std::uint64_t>{}(id.value);
    }
};

template <>
struct std::hash<netplay_relay::lobby::SessionKey>
{
    std::size_t operator()(netplay_relay::lobby::SessionKey key) const noexcept
    {
        return std::hash<std::uint64_t>{}(key.value);
    }
};
