// The status of a fleet as a table for people.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace netplay_relay::admin {

// Nothing if the text is not what a node says of its fleet. `lines`: of so many at most; 0: all.
[[nodiscard]] std::optional<std::string> fleet_table(const std::string& fleet_json,
                                                     std::size_t lines = 0);

// True if it is what a node says of its fleet, and all nodes are up: none is closed, drains or is
// down, and none has the number of another one.
[[nodiscard]] bool is_fleet_whole(const std::string& fleet_json);

} // namespace netplay_relay::admin
