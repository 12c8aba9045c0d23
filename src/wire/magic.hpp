// The four-byte words that open messages, and how to read one.
#pragma once

#include "base/byte_order.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace netplay_relay::wire {

inline constexpr std::uint32_t magic_session = 0x52415453; // RATS
inline constexpr std::uint32_t magic_ticket = 0x5241544C;  // RATL
inline constexpr std::uint32_t magic_address = 0x52415441; // RATA
inline constexpr std::uint32_t magic_ping = 0x52415450;    // RATP
inline constexpr std::uint32_t magic_netplay = 0x52414E50; // RANP
inline constexpr std::uint32_t magic_poke = 0x504F4B45;    // POKE
inline constexpr std::uint32_t magic_full = 0x46554C4C;    // FULL
inline constexpr std::uint32_t magic_deny = 0x44454E59;    // DENY
inline constexpr std::uint32_t magic_legacy_port = 0x00004649;
inline constexpr std::uint32_t magic_legacy_answer = 0x0000464A;

// Big-endian, as everything on the wire; the caller has checked that four bytes are there.
constexpr std::uint32_t read_u32(std::span<const std::uint8_t> bytes, std::size_t at = 0)
{
    return load_big<std::uint32_t>(bytes, at);
}

} // namespace netplay_relay::wire
