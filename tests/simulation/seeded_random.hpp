// Chance for the relay's ids and codes, from a world's seed.
#pragma once

#include "rng.hpp"

#include "lobby/lobby.hpp"

#include <cstdint>
#include <span>

namespace netplay_relay::simulation {

class SeededRandom final : public lobby::RandomSource
{
public:
    explicit SeededRandom(Rng from) : rng_(from) {}

    void fill(std::span<std::uint8_t> bytes) override
    {
        for (std::uint8_t& byte : bytes)
            byte = static_cast<std::uint8_t>(rng_.draw());
    }

private:
    Rng rng_;
};

} // namespace netplay_relay::simulation
