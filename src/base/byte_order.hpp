// Numbers as bytes: big-endian as on the wire, or little-endian.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace netplay_relay {

// The caller has checked that so many bytes are there.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T load_big(std::span<const std::uint8_t> bytes, std::size_t at = 0)
{
    T value = 0;
    for (std::size_t byte = 0; byte < sizeof(T); ++byte)
        value = static_cast<T>(value |
                               static_cast<T>(T{bytes[at + byte]} << 8 * (sizeof(T) - 1 - byte)));
    return value;
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr T load_little(std::span<const std::uint8_t> bytes, std::size_t at = 0)
{
    T value = 0;
    for (std::size_t byte = 0; byte < sizeof(T); ++byte)
        value = static_cast<T>(value | static_cast<T>(T{bytes[at + byte]} << 8 * byte));
    return value;
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr std::array<std::uint8_t, sizeof(T)> big_endian(T value)
{
    std::array<std::uint8_t, sizeof(T)> bytes{};
    for (std::size_t byte = 0; byte < sizeof(T); ++byte)
        bytes[byte] = static_cast<std::uint8_t>(value >> 8 * (sizeof(T) - 1 - byte));
    return bytes;
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr std::array<std::uint8_t, sizeof(T)> little_endian(T value)
{
    std::array<std::uint8_t, sizeof(T)> bytes{};
    for (std::size_t byte = 0; byte < sizeof(T); ++byte)
        bytes[byte] = static_cast<std::uint8_t>(value >> 8 * byte);
    return bytes;
}

} // namespace netplay_relay
