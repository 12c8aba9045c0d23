// How a netplay password is proved without being sent (protocol.md, "Passwords").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace netplay_relay::netplay {

inline constexpr std::size_t password_max = 127; // bytes; RetroArch takes no more

inline constexpr std::size_t password_hash_size = 64;

// 64 lower-case hex digits: SHA-256 of the salt as 8 upper-case hex digits and the password, which
// is cut at password_max bytes.
[[nodiscard]] std::string password_hash(std::uint32_t salt, std::string_view password);

// True if both are the same, in a time that does not tell where they differ.
[[nodiscard]] bool same_hash(std::string_view a, std::string_view b);

} // namespace netplay_relay::netplay
