// What the nodes of a fleet say of themselves, as one JSON; docs/openapi.json describes it.
#pragma once

#include "net/fleet_office.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::admin {

// What is read of a node's status: the rest is passed on as it is.
struct NodeSummary
{
    std::string state;                        // "running", "draining" or "stopping"
    std::map<std::string, std::uint64_t> use; // by what is counted
    bool takes_new = true;
};
// Nothing if the text is no JSON, or not that of a relay. Takes no memory for what it passes over.
[[nodiscard]] std::optional<NodeSummary> read_summary(std::string_view status);

// One line with its end. A status that makes no sense is left out, and its node is down.
[[nodiscard]] std::string fleet_json(std::vector<net::NodeAnswer> answers);

} // namespace netplay_relay::admin
