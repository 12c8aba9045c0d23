// Savestates between a session and the wire: compressed and wrapped as the connection negotiated.
#pragma once

#include "netplay/handshake.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::rollback {

struct PackedState
{
    std::uint32_t size = 0; // uncompressed, as LOAD_SAVESTATE tells it
    std::vector<std::uint8_t> data;
};

[[nodiscard]] PackedState pack_state(const netplay::Negotiated& negotiated,
                                     std::span<const std::uint8_t> state);

enum class UnpackFault : std::uint8_t
{
    none,
    size,
    damaged,
};

struct UnpackedState
{
    UnpackFault fault = UnpackFault::none;
    std::vector<std::uint8_t> state;
};

// Whether the state is one of our core's is for the core to say.
[[nodiscard]] UnpackedState unpack_state(const netplay::Negotiated& negotiated,
                                         const wire::LoadSavestate& load, std::size_t size_max);

} // namespace netplay_relay::rollback
