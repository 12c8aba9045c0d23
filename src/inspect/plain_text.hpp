// Makes a text from outside one that may be shown anywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace netplay_relay::inspect {

// Of a NUL-padded field whose last byte is taken for a NUL. The result is valid UTF-8; whatever is
// not, and every character that controls a terminal or the direction of writing, is a '?'.
[[nodiscard]] std::string plain_text(std::span<const std::uint8_t> field);

} // namespace netplay_relay::inspect
