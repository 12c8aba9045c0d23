// The machines of a fleet, which share its players: each is a node, and has a number.
#pragma once

#include <cstdint>

namespace netplay_relay {

// One for each letter that the code of a party may begin with.
inline constexpr std::uint8_t nodes_max = 20;

} // namespace netplay_relay
