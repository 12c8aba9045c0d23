// What the engine counts for the metrics, beside what its lobby and its worker do: plain numbers,
// which go on in the process that takes this one's place.
#pragma once

#include "base/histogram.hpp"
#include "lobby/output.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace netplay_relay::net {

using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

// A frame at 60 Hz is 16.7 ms: so much delay is felt, and 100 ms are a lot.
struct RoundTripBounds
{
    using Unit = std::chrono::microseconds;
    static constexpr std::array<Duration, 11> upper{1ms,  5ms,   10ms,  17ms,  33ms, 50ms,
                                                    75ms, 100ms, 150ms, 250ms, 500ms};
};

// For one who waits.
struct WaitBounds
{
    using Unit = std::chrono::microseconds;
    static constexpr std::array<Duration, 10> upper{50ms, 100ms, 250ms, 500ms, 1s,
                                                    2s,   3s,    5s,    10s,   30s};
};

struct LifeBounds
{
    using Unit = std::chrono::milliseconds;
    static constexpr std::array<Duration, 9> upper{1s,    10s,   1min, 5min, 15min,
                                                   30min, 60min, 2h,   4h};
};

struct TurnBounds
{
    using Unit = std::chrono::nanoseconds;
    static constexpr std::array<Duration, 11> upper{50us, 100us, 250us, 500us, 1ms,  2500us,
                                                    5ms,  10ms,  25ms,  100ms, 500ms};
};

struct PauseBounds
{
    using Unit = std::chrono::microseconds;
    static constexpr std::array<Duration, 9> upper{1ms,  2500us, 5ms,   10ms, 25ms,
                                                   50ms, 100ms,  250ms, 1s};
};

struct Tally
{
    Histogram<RoundTripBounds> guest_round_trip; // looked at every sampling_interval
    Histogram<RoundTripBounds> host_round_trip;
    Histogram<RoundTripBounds> member_round_trip;
    Histogram<RoundTripBounds> peer_round_trip;
    Histogram<WaitBounds> waited_for_host;
    Histogram<LifeBounds> link_life;
    Histogram<WaitBounds> held_up;    // by a player of a room
    Histogram<TurnBounds> turns;      // of the event loop, without its waiting
    Histogram<PauseBounds> pauses;    // of restarts with live games
    std::uint64_t taken_over = 0;     // connections that such a restart kept
    std::uint64_t not_taken_over = 0; // and that it did not
    std::uint64_t stood_still_ms = 0; // see Observer::stood_still()
    std::uint64_t memory_short = 0;   // see Observer::memory_short()
    std::uint64_t cannot_watch = 0;   // see Observer::cannot_watch()
    std::uint64_t without_port = 0;   // see lobby::WithoutPort
    std::array<std::uint64_t, room::room_event_kind_count> room_events{};
    std::array<std::uint64_t, party::party_event_kind_count> party_events{};

    void count(const lobby::LogEvent& event);
    void add(const Tally& other); // that of another worker

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.guest_round_trip, self.host_round_trip, self.member_round_trip,
                self.peer_round_trip, self.waited_for_host, self.link_life, self.held_up,
                self.turns, self.pauses, self.taken_over, self.not_taken_over, self.stood_still_ms,
                self.memory_short, self.cannot_watch, self.without_port, self.room_events,
                self.party_events);
    }
};

// How often the round trip of everybody who plays is looked at.
inline constexpr std::chrono::seconds sampling_interval{10};

// The longest of the last minute, or of up to two: whoever asks does not change it, so several may.
class LongestLately
{
public:
    void note(Duration length, Instant now)
    {
        if (now >= until_) [[unlikely]]
            begin_minute(now);
        if (length > current_) current_ = length;
    }
    [[nodiscard]] Duration longest(Instant now) const;

private:
    void begin_minute(Instant now);

    Duration current_{};
    Duration before_{};
    Instant until_{}; // of `current_`
};

} // namespace netplay_relay::net
