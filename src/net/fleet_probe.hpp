// Asking the other nodes of a fleet who they are, by whoever is no node itself: the doctor.
#pragma once

#include "net/fleet_office.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::net {

struct ProbedNode
{
    fleet::Node node = 0;
    std::string address; // "HOST:PORT"
    std::string problem; // why it does not answer as that node; empty: it does
    std::optional<fleet::Verdict> verdict;
    bool has_other_key = false; // or whoever is there is none of a fleet
    std::optional<fleet::Introduction> told;
    std::chrono::milliseconds clock_ahead{0}; // of its clock on the wall, before ours
};

// Asks all at once, and returns when each has answered or failed: behind ask_limit at the latest,
// and what DNS takes beside it. `own`: the number of the relay for which it asks; no node takes the
// one that asks for a relay with that number. In the order of `others`.
[[nodiscard]] std::vector<ProbedNode> probe_nodes(const TlsContext& context, fleet::Node own,
                                                  const std::vector<OtherNode>& others);

} // namespace netplay_relay::net
