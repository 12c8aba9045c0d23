// Chance that is the same in every run, and says nothing twice.
#pragma once

#include "lobby/lobby.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace netplay_relay::tests {

// No two of different numbers draw the same.
class CountingRandom final : public lobby::RandomSource
{
public:
    explicit CountingRandom(std::uint16_t number = 0) : number_(static_cast<std::uint8_t>(number))
    {
    }

    void fill(std::span<std::uint8_t> bytes) override
    {
        ++draws_;
        for (std::size_t at = 0; at < bytes.size(); ++at)
            bytes[at] =
                static_cast<std::uint8_t>(at == 0 ? number_ : draws_ >> (8 * ((at - 1) % 4)));
    }

private:
    std::uint8_t number_;
    std::uint32_t draws_ = 0;
};

} // namespace netplay_relay::tests
