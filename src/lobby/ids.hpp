// The lobby's own names for things.
#pragma once

#include "base/ids.hpp"
#include "wire/close_reason.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace netplay_relay::lobby {

using wire::CloseReason;

using netplay_relay::ConnectionId;
using netplay_relay::Duration;
using netplay_relay::Instant;
using netplay_relay::RelayClock;

// Names one session, in whatever worker it is. Unlike its session id it is never reused.
struct SessionKey
{
    std::uint64_t value = 0;
    auto operator<=>(const SessionKey&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.value);
    }
};

// By which each of these is named.
struct LastNumbers
{
    std::uint64_t session = 0;
    std::uint64_t room = 0;
    std::uint64_t party = 0;
};

} // namespace netplay_relay::lobby

template <>
struct std::hash<netplay_relay::lobby::SessionKey>
{
    std::size_t operator()(netplay_relay::lobby::SessionKey key) const noexcept
    {
        return std::hash<std::uint64_t>{}(key.value);
    }
};
