// Makes a text from outside one that may be shown anywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::inspect {

// Of a NUL-padded field whose last byte is taken for a NUL. The result is valid UTF-8; whatever is
// not, and every character that controls a terminal or the direction of writing, is a '?'.
[[nodiscard]] std::string plain_text(std::span<const std::uint8_t> field);

// The same text between the quotes of a log line: what may be shown stays as it is, and the rest is
// told by its number, \u202e, or byte by byte where it is no UTF-8, \xff. So are " and \.
[[nodiscard]] std::string quotable(std::string_view text);

} // namespace netplay_relay::inspect
