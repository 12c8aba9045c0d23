// Whether bytes begin as a protocol does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace netplay_relay::wire {

enum class Prefix : std::uint8_t
{
    other,      // they begin otherwise
    unfinished, // so far they are alike
    whole,
};

inline Prefix match_prefix(std::span<const std::uint8_t> bytes, std::string_view prefix)
{
    const std::size_t seen = std::min(bytes.size(), prefix.size());
    const bool alike = std::equal(
        prefix.begin(), prefix.begin() + static_cast<std::ptrdiff_t>(seen), bytes.begin(),
        [](char letter, std::uint8_t byte) { return static_cast<std::uint8_t>(letter) == byte; });
    if (!alike) return Prefix::other;
    return seen < prefix.size() ? Prefix::unfinished : Prefix::whole;
}

} // namespace netplay_relay::wire
