// What the way in which somebody plays has cost the others over the last minute: how long they
// stood still for it, and how many frames its late inputs made each of them repeat.
#pragma once

#include "base/ids.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace netplay_relay::room {

inline constexpr std::chrono::seconds conduct_window{60};

class Conduct
{
public:
    // The others stood still for it; less than nothing if it has made up for some of that.
    void keep_waiting(Duration lost, Instant now);
    // They did while it gave its state to all, which takes its time.
    void excuse(Duration lost, Instant now);
    // Each of the others repeats so many frames.
    void repeat(std::uint32_t frames, Instant now);

    // Within the window at most, and two seconds more or less.
    [[nodiscard]] Duration waited(Duration window, Instant now) const;
    [[nodiscard]] Duration excused(Duration window, Instant now) const;
    [[nodiscard]] std::uint64_t repeated(Duration window, Instant now) const;

    // In a record a slot has its beginning: numbers are of the clock of whoever counts.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        std::vector<TimedSlot> used;
        if constexpr (std::is_const_v<Self>) used = self.used_slots();
        archive(used);
        if constexpr (!std::is_const_v<Self>) self.use_slots(used);
    }

private:
    static constexpr std::chrono::seconds slot_length{2};
    static constexpr std::size_t slot_count = conduct_window / slot_length;

    struct Slot
    {
        std::uint32_t number = 0; // of slot_length each, since the clock's origin
        std::int32_t waited_us = 0;
        std::int32_t excused_us = 0;
        std::uint32_t frames = 0;
    };

    struct TimedSlot
    {
        Instant begin{};
        Slot slot;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive.times(self.begin);
            archive(self.slot.waited_us, self.slot.excused_us, self.slot.frames);
        }
    };

    [[nodiscard]] std::vector<TimedSlot> used_slots() const;
    void use_slots(const std::vector<TimedSlot>& used);
    [[nodiscard]] static std::uint32_t number_of(Instant now);
    [[nodiscard]] Slot& slot(Instant now);
    template <class Count>
    [[nodiscard]] std::uint64_t sum(Duration window, Instant now, const Count& count) const;

    std::array<Slot, slot_count> slots_{};
};

} // namespace netplay_relay::room
