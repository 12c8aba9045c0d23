// Numbers that no other worker gives out: what has one keeps it wherever it goes.
#pragma once

#include <algorithm>
#include <cstdint>

namespace netplay_relay {

class NumberSource
{
public:
    explicit NumberSource(std::uint16_t worker) : last_(std::uint64_t{worker} << bits) {}

    [[nodiscard]] std::uint64_t next() { return ++last_; }

    // The last that was given out; of those that a worker of this number gave out before, in
    // another process, none is given out again.
    [[nodiscard]] std::uint64_t last() const { return last_; }
    void note(std::uint64_t given)
    {
        if (given >> bits == last_ >> bits) last_ = std::max(last_, given);
    }

    // False for one that was never given out, nor will be.
    [[nodiscard]] static constexpr bool is_possible(std::uint64_t number)
    {
        const std::uint64_t count = number & ((std::uint64_t{1} << bits) - 1);
        return count > 0 && count < std::uint64_t{1} << (bits - 1) && number >> bits <= UINT16_MAX;
    }

private:
    static constexpr unsigned bits = 40; // for each worker

    std::uint64_t last_;
};

} // namespace netplay_relay
