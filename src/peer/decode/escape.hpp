// Texts and bytes from a capture, as a terminal may show them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::peer {

// In quotes; all but printable ASCII, quotes and backslashes as \xNN. A terminal obeys control
// characters, and beyond ASCII there are more of them than anyone keeps a list of.
[[nodiscard]] std::string in_quotes(std::string_view text);

// The same without quotes, for a line that has other people's names in it.
[[nodiscard]] std::string escaped(std::string_view text);

// Without quotes, as one word that cannot be taken for the rest of a line.
[[nodiscard]] std::string as_word(std::string_view text);

// "0000000c 00000106", at most `bytes_max` of them and then "..."
[[nodiscard]] std::string as_hex(std::span<const std::uint8_t> bytes, std::size_t bytes_max = 32);

// "0000000c"
[[nodiscard]] std::string as_hex(std::uint32_t word);

} // namespace netplay_relay::peer
