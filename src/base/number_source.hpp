// Numbers that no other worker gives out: what has one keeps it wherever it goes.
#pragma once

#include "base/among_workers.hpp"

#include <algorithm>
#include <cstdint>

namespace netplay_relay {

class NumberSource
{
public:
    // One worker alone gives out 1, 2, 3; each of several one of as many.
    explicit NumberSource(AmongWorkers among)
        : high_(std::uint64_t{among.number} / among.count << bits), own_(among.own()),
          count_(among.count)
    {
    }

    [[nodiscard]] std::uint64_t next()
    {
        const std::uint64_t rounds = last_ <= own_ ? 0 : (last_ - own_ - 1) / count_ + 1;
        last_ = rounds * count_ + own_ + 1;
        return high_ + last_;
    }

    // The last that was given out, or noted: none up to there is given out again. Those of other
    // workers are noted where the count of workers has changed, or is going to.
    [[nodiscard]] std::uint64_t last() const { return high_ + last_; }
    void note(std::uint64_t given)
    {
        if (given >> bits == high_ >> bits) last_ = std::max(last_, given - high_);
    }

    // False for one that was never given out, nor will be.
    [[nodiscard]] static constexpr bool is_possible(std::uint64_t number)
    {
        const std::uint64_t count = number & ((std::uint64_t{1} << bits) - 1);
        return count > 0 && count < std::uint64_t{1} << (bits - 1) && number >> bits <= UINT16_MAX;
    }

private:
    static constexpr unsigned bits = 40;

    std::uint64_t high_; // of workers that are not of one process
    std::uint64_t last_ = 0;
    std::uint16_t own_;
    std::uint16_t count_;
};

} // namespace netplay_relay
