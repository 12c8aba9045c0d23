// Parts of the status as lists, a line for each entry, with the ids by which commands name them.
#pragma once

#include <optional>
#include <string>

namespace netplay_relay::admin {

// Sessions, and below them the guests of all; nothing if the text is not the status of a relay.
[[nodiscard]] std::optional<std::string> sessions_list(const std::string& status_json);

// Rooms, and below them the members of all.
[[nodiscard]] std::optional<std::string> rooms_list(const std::string& status_json);

// Parties, and below them the peers of all.
[[nodiscard]] std::optional<std::string> parties_list(const std::string& status_json);

// "sessions", "rooms" or "parties" of it, as JSON.
[[nodiscard]] std::optional<std::string> part_of_status(const std::string& status_json,
                                                        const char* part);

} // namespace netplay_relay::admin
