// The status as a table for people.
#pragma once

#include <optional>
#include <string>

namespace netplay_relay::admin {

// Nothing if the text is not the status of a relay.
[[nodiscard]] std::optional<std::string> status_table(const std::string& status_json);

} // namespace netplay_relay::admin
