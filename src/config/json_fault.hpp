// Says in words what is wrong with a text that is no JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace netplay_relay::config {

// The first thing that is wrong, with its line, such as "missing comma before line 15". It repeats
// nothing of the text: a password may stand there. Empty if no reason is found.
[[nodiscard]] std::string json_fault(std::string_view text);

// Which line the byte at `position` is in; the first is 1.
[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t position);

} // namespace netplay_relay::config
