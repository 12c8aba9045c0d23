// How long things took: how many of them no longer than each of some bounds. Plain numbers, for
// metrics and for records.
#pragma once

#include "base/ids.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace netplay_relay {

// Of any histogram.
struct HistogramView
{
    std::span<const Duration> upper;       // ascending
    std::span<const std::uint64_t> counts; // for each of them, and of those that were longer
    double sum_seconds = 0;
};

// Bounds has `upper`, an ascending array of durations, and `Unit`, a duration in which the sum is
// kept: 64 bits of it have to last for ever. Other bounds are another record (record::version).
template <class Bounds>
class Histogram
{
public:
    static constexpr std::size_t size = Bounds::upper.size();
    static_assert(std::ranges::is_sorted(Bounds::upper));

    void add(Duration length)
    {
        length = std::max(length, Duration{});
        std::size_t at = 0;
        while (at < size && length > Bounds::upper[at])
            ++at;
        ++counts_[at];
        using Unit = typename Bounds::Unit;
        sum_ += static_cast<std::uint64_t>(std::chrono::duration_cast<Unit>(length).count());
    }

    void add(const Histogram& other)
    {
        for (std::size_t at = 0; at < counts_.size(); ++at)
            counts_[at] += other.counts_[at];
        sum_ += other.sum_;
    }

    [[nodiscard]] HistogramView view() const
    {
        using Period = typename Bounds::Unit::period;
        return {Bounds::upper, counts_,
                static_cast<double>(sum_) * Period::num / static_cast<double>(Period::den)};
    }

    bool operator==(const Histogram&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.counts_, self.sum_);
    }

private:
    std::array<std::uint64_t, size + 1> counts_{};
    std::uint64_t sum_ = 0;
};

} // namespace netplay_relay
