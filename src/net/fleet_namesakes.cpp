// Numbers of this fleet that several relays have, which their operator has to be told.
#include "net/fleet_office.hpp"

#include <spdlog/spdlog.h>

namespace netplay_relay::net {

// Those that this node has heard of itself.
fleet::Nodes FleetOffice::look_at_numbers()
{
    namesakes_.hear(plan_.self.node, plan_.self.instance, {}, now());
    return namesakes_.find(now());
}

// Once, until it changes.
void FleetOffice::tell_of_numbers()
{
    std::string all;
    for (std::size_t at = 0; at < fleet::nodes_max; ++at) {
        const auto node = static_cast<fleet::Node>(at);
        const bool was_told = told_twice_.test(at);
        if (view_.twice.test(at)) {
            const std::string problem = problem_of_number(node);
            if (!was_told) spdlog::warn("same_number node={} problem=\"{}\"", node, problem);
            all += (all.empty() ? "" : "; ") + problem;
        } else if (was_told) {
            spdlog::info("same_number_over node={}", node);
        }
    }
    told_twice_ = view_.twice;
    counts_.problem = all;
}

std::string FleetOffice::problem_of_number(fleet::Node node) const
{
    if (!view_.twice.test(node)) return {};
    std::string places;
    for (const std::string& place : namesakes_.places(node, now()))
        places += (places.empty() ? "" : " and ") + place;
    const std::string number = std::to_string(node);
    std::string text = node == plan_.self.node
                           ? "another relay is node " + number + ", as this one is"
                           : "two relays are node " + number;
    if (!places.empty()) text += ": at " + places;
    return text + "; give one of them another fleet.node";
}

} // namespace netplay_relay::net
