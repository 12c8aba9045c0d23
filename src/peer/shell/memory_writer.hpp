// Writes a piece of the core's memory, frame by frame, for whoever compares it with another
// emulator's.
#pragma once

#include "peer/peer_run.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <utility>

namespace netplay_relay::peer {

// "ADDRESS:LENGTH", the address in hexadecimal, the length in bytes.
[[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>>
parse_memory_range(const std::string& text);

// One line of JSON for each look: {"frame":600,"address":0,"hex":"00ff..."}. The stream must
// outlive the watch.
[[nodiscard]] MemoryWatch memory_writer(std::ostream& out, const RunSettings& settings);

} // namespace netplay_relay::peer
