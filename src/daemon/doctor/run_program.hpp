// Runs a program of the system for what it prints.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::daemon::doctor {

// What it has written to standard output; nothing if it is not there, failed, or took too long.
[[nodiscard]] std::optional<std::string> printed_by(std::vector<std::string> command);

} // namespace netplay_relay::daemon::doctor
