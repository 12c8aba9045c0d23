// Netplay commands as nobody sends them: of the right shape, with any content.
#pragma once

#include "decisions.hpp"

#include <cstdint>
#include <vector>

namespace netplay_relay::fuzz {

// Appends one command that either side might send, most of its frames near `frame`.
void add_wild_command(Decisions& decisions, std::uint32_t frame, std::vector<std::uint8_t>& out);

// Appends a SYNC of the protocol.
void add_wild_sync(Decisions& decisions, std::uint32_t protocol, std::vector<std::uint8_t>& out);

} // namespace netplay_relay::fuzz
