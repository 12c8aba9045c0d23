// Events that wait to be posted. When there are too many the oldest go, and so does what is too old
// to be news.
#pragma once

#include "outward/event.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace netplay_relay::outward {

class EventQueue
{
public:
    using Instant = std::chrono::steady_clock::time_point;
    struct Waiting
    {
        Event event;
        Instant since;
    };

    static constexpr std::size_t most = 64;
    static constexpr std::chrono::minutes news{10};

    void add(Event event, Instant now);
    // Back to the front, for another try.
    void put_back(Waiting waiting);
    [[nodiscard]] std::optional<Waiting> take(Instant now);
    // Games whose beginning and end both wait are no news any more. They are counted as dropped.
    void drop_what_is_over();
    [[nodiscard]] const std::deque<Waiting>& waiting() const { return waiting_; }
    [[nodiscard]] bool empty() const { return waiting_.empty(); }
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    std::deque<Waiting> waiting_;
    std::uint64_t dropped_ = 0;
};

} // namespace netplay_relay::outward
