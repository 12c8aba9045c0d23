// The status of a fleet as a table for people.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace netplay_relay::admin {

// Nothing if the text is not what a node says of its fleet. `lines`: of so many at most; 0: all.
[[nodiscard]] std::optional<std::string> fleet_table(const std::string& fleet_json,
                                                     std::size_t lines = 0);

} // namespace netplay_relay::admin
