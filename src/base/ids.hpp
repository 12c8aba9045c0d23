// The names of things and the notion of time that the relay's pure machines share.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace netplay_relay {

// The pure machines never read a clock: whoever calls says what time it is. The origin is the
// caller's.
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

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.value);
    }
};

} // namespace netplay_relay

template <>
struct std::hash<netplay_relay::ConnectionId>
{
    std::size_t operator()(netplay_relay::ConnectionId id) const noexcept
    {
        return std::hash<std::uint64_t>{}(id.value);
    }
};
