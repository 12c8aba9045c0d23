// Spans of time as people type them: 90s, 10m, 2h, 7d, or seconds alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netplay_relay::daemon {

// In seconds; nothing if the text is no such span.
[[nodiscard]] std::optional<std::uint64_t> read_duration(std::string_view text);

// For CLI11's check(): nothing, or what would be right. Of how long something holds, and of how
// long until a drain begins, which may be no time.
[[nodiscard]] std::string fault_of_duration(const std::string& text);
[[nodiscard]] std::string fault_of_wait(const std::string& text);

} // namespace netplay_relay::daemon
