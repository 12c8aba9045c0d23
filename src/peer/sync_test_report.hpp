// The report of a sync test, for people and for programs.
#pragma once

#include "rollback/sync_test.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace netplay_relay::peer {

// Some lines of text, the verdict last.
[[nodiscard]] std::string to_text(const rollback::SyncTestReport& report);

[[nodiscard]] nlohmann::ordered_json to_json(const rollback::SyncTestReport& report);

} // namespace netplay_relay::peer
