#include "conduct.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

std::int32_t in_us(Duration duration)
{
    constexpr Duration most = std::chrono::seconds(60);
    const Duration within = std::clamp(duration, -most, most);
    return static_cast<std::int32_t>(within / std::chrono::microseconds(1));
}

// A sum of a few of those.
std::int32_t plus(std::int32_t sum, Duration duration)
{
    constexpr std::int64_t most = 1'000'000'000;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(sum + in_us(duration), -most, most));
}

} // namespace

void Conduct::keep_waiting(Duration lost, Instant now)
{
    Slot& known = slot(now);
    known.waited_us = plus(known.waited_us, lost);
}

void Conduct::excuse(Duration lost, Instant now)
{
    Slot& known = slot(now);
    known.excused_us = plus(known.excused_us, lost);
}

void Conduct::repeat(std::uint32_t frames, Instant now) { slot(now).frames += frames; }

Duration Conduct::waited(Duration window, Instant now) const
{
    return std::chrono::microseconds(
        sum(window, now, [](const Slot& known) { return std::max(known.waited_us, 0); }));
}

Duration Conduct::excused(Duration window, Instant now) const
{
    return std::chrono::microseconds(
        sum(window, now, [](const Slot& known) { return known.excused_us; }));
}

std::uint64_t Conduct::repeated(Duration window, Instant now) const
{
    return sum(window, now, [](const Slot& known) { return known.frames; });
}

std::vector<Conduct::TimedSlot> Conduct::used_slots() const
{
    std::vector<TimedSlot> used;
    for (const Slot& known : slots_)
        if (known.number != 0)
            used.push_back({Instant(known.number * Duration(slot_length)), known});
    return used;
}

void Conduct::use_slots(const std::vector<TimedSlot>& used)
{
    slots_ = {};
    for (const TimedSlot& known : used) {
        if (known.begin < Instant{}) continue; // this clock has no number for it
        const std::uint32_t number = number_of(known.begin);
        Slot& its = slots_[number % slot_count];
        its = known.slot;
        its.number = number;
    }
}

std::uint32_t Conduct::number_of(Instant now)
{
    return static_cast<std::uint32_t>(now.time_since_epoch() / slot_length);
}

Conduct::Slot& Conduct::slot(Instant now)
{
    const std::uint32_t number = number_of(now);
    Slot& known = slots_[number % slot_count];
    if (known.number != number) known = Slot{number};
    return known;
}

template <class Count>
std::uint64_t Conduct::sum(Duration window, Instant now, const Count& count) const
{
    const std::uint32_t newest = number_of(now);
    const auto length = static_cast<std::uint32_t>(window / slot_length);
    std::uint64_t all = 0;
    for (const Slot& known : slots_)
        if (known.number <= newest && newest - known.number < length)
            all += static_cast<std::uint64_t>(count(known));
    return all;
}

} // namespace netplay_relay::room
