// How the inputs of several players on one port become one (protocol.md, "Shared ports").
#pragma once

#include "rollback/core.hpp"

#include <cstdint>
#include <span>

namespace netplay_relay::rollback {

// The words of one device out of those of each player who controls it; at least one player.
// Buttons: OR, XOR or the majority; analog words: the farthest from the centre or the average.
[[nodiscard]] PortInput merge(std::uint32_t device, std::uint8_t share_mode,
                              std::span<const PortInput> inputs);

} // namespace netplay_relay::rollback
