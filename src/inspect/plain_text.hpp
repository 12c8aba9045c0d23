// A text of the wire, so that it may be shown anywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace netplay_relay::inspect {

// Of a NUL-padded field whose last byte is taken for a NUL. See text::plain().
[[nodiscard]] std::string plain_text(std::span<const std::uint8_t> field);

} // namespace netplay_relay::inspect
