// What a libretro core reads from a port, out of the words of netplay (protocol.md, "INPUT").
#pragma once

#include "rollback/core.hpp"

#include <cstdint>

namespace netplay_relay::cores {

// `plugged` is the device in the port: it says what the words mean. `device`, `index` and `id` are
// what the core asks for. 0 for whatever that device has not.
[[nodiscard]] std::int16_t read_input(const rollback::PortInput& port, unsigned plugged,
                                      unsigned device, unsigned index, unsigned id);

} // namespace netplay_relay::cores
