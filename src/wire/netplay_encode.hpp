// From netplay commands to bytes, of any protocol.
#pragma once

#include "wire/netplay_command.hpp"

#include <cstdint>
#include <vector>

namespace netplay_relay::wire {

// Appends the command to `out`. Texts that are too long are cut. The command must exist in the
// dialect's protocol (Sync4, Mode4 and FlipPlayers in 4 only, Sync and Mode in 5 and later, chat,
// pings and settings in 6 and later): anything else is our bug.
void encode_command(const Command& command, const Dialect& dialect, std::vector<std::uint8_t>& out);

// Appends the first 16 bytes of the command: the caller sends `load.data` behind them.
void encode_savestate_head(const LoadSavestate& load, std::vector<std::uint8_t>& out);

} // namespace netplay_relay::wire
