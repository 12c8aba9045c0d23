// Where ids, tickets, codes and tokens come from: the kernel.
#pragma once

#include "lobby/lobby.hpp"

#include <cstdint>
#include <span>

namespace netplay_relay::daemon {

class SystemRandom : public lobby::RandomSource
{
public:
    // At most 256 bytes.
    void fill(std::span<std::uint8_t> bytes) override;
};

} // namespace netplay_relay::daemon
