// At most one deadline for each connection, soonest first.
#pragma once

#include "netplay_relay/lobby/ids.hpp"

#include <optional>
#include <set>
#include <utility>

namespace netplay_relay::lobby {

// The moment a connection's record remembers, so that its entry can be found again. Instant::max()
// stands for "none".
inline constexpr Instant no_deadline = Instant::max();

class DeadlineQueue
{
public:
    // Moves the deadline of `connection` from `current` to `wanted`; either may be no_deadline.
    void move(ConnectionId connection, Instant& current, Instant wanted)
    {
        if (current == wanted) return;
        auto entry = entries_.extract({current, connection});
        if (wanted != no_deadline && !entry.empty()) {
            entry.value().first = wanted; // it is moved, and not made anew
            entries_.insert(std::move(entry));
        } else if (wanted != no_deadline) {
            entries_.emplace(wanted, connection);
        }
        current = wanted;
    }

    // The connection whose deadline is due, if any. Its entry stays until it is moved.
    [[nodiscard]] std::optional<ConnectionId> due(Instant now) const
    {
        if (entries_.empty() || entries_.begin()->first > now) return std::nullopt;
        return entries_.begin()->second;
    }

    [[nodiscard]] std::optional<Instant> soonest() const
    {
        if (entries_.empty()) return std::nullopt;
        return entries_.begin()->first;
    }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    std::set<std::pair<Instant, ConnectionId>> entries_;
};

} // namespace netplay_relay::lobby
