// The form of the container that savestates travel in since protocol 7 (protocol.md, "Savestates").
#pragma once

#include "base/byte_order.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace netplay_relay::netplay {

inline constexpr std::string_view container_name = "NETPLAY";
inline constexpr std::uint8_t container_version = 1;
inline constexpr std::size_t container_head_size = 8; // name and version
inline constexpr std::size_t block_head_size = 8;     // tag and length
inline constexpr std::size_t block_alignment = 8;
inline constexpr std::string_view tag_core_state = "MEM ";
inline constexpr std::string_view tag_end = "END ";

[[nodiscard]] inline bool starts_with(std::span<const std::uint8_t> bytes, std::string_view text)
{
    return bytes.size() >= text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin(), [](char letter, std::uint8_t byte) {
               return static_cast<std::uint8_t>(letter) == byte;
           });
}

} // namespace netplay_relay::netplay
