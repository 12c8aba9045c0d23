// The letters that readers of the configuration tell from others.
#pragma once

#include <string_view>

namespace netplay_relay::config {

inline constexpr std::string_view digits = "0123456789";
inline constexpr std::string_view blanks = " \t\r\n";

} // namespace netplay_relay::config
