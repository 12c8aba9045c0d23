// How a savestate travels: as a zlib stream or raw, and since protocol 7 inside a container
// (protocol.md, "Savestates").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::netplay {

// One complete zlib stream (RFC 1950) of the state.
[[nodiscard]] std::vector<std::uint8_t> compress(std::span<const std::uint8_t> state);

// The state of exactly `size` bytes out of a zlib stream; nothing if the stream is damaged or holds
// another size. Never allocates more than `size` bytes and never more than the stream can yield.
[[nodiscard]] std::optional<std::vector<std::uint8_t>>
decompress(std::span<const std::uint8_t> stream, std::size_t size);

// Wraps the core's state as protocol 7 peers send it.
[[nodiscard]] std::vector<std::uint8_t> wrap_state(std::span<const std::uint8_t> core_state);

// True if the state begins as a container does.
[[nodiscard]] bool is_wrapped(std::span<const std::uint8_t> state);

// The core's state inside a container; nothing if the container is damaged, of another version or
// holds no core state. The span points into `state`.
[[nodiscard]] std::optional<std::span<const std::uint8_t>>
unwrap_state(std::span<const std::uint8_t> state);

// CRC-32 (zlib's polynomial) as CRC commands carry it.
[[nodiscard]] std::uint32_t crc32(std::span<const std::uint8_t> bytes);

} // namespace netplay_relay::netplay
