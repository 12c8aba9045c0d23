// What this relay needs to be a node of a fleet: the key that all nodes know, and where it listens
// for their links.
#pragma once

#include "config/config.hpp"
#include "net/fleet.hpp"

#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::daemon {

struct FleetStart
{
    std::optional<net::FleetPlan> plan; // none: it has no links with others
    net::UniqueFd listening;
    std::uint32_t room_salt = 0; // 0: no fleet
    std::string problem;         // why it cannot be, with the key of the configuration; empty: none

    // What the process before has seen of the others holds until they are heard.
    void go_on_from(const net::HandoverFacts& before)
    {
        if (!plan || !before.fleet || before.fleet->view.own != plan->self.node) return;
        plan->before = before.fleet;
        plan->before->leave_only(net::members_of(*plan));
    }
};

// Reads the key and opens the socket.
[[nodiscard]] FleetStart start_fleet(const config::Config& config);

// Of fleet.key_file; empty if all is well, or no key is needed. With a fault no relay starts; a
// warning is that others can read it.
struct FleetKeyCheck
{
    std::string fault{};
    std::string warning{};
};
[[nodiscard]] FleetKeyCheck check_fleet_key(const config::Config& config);

// What the other nodes are, and where; this one is not among them.
[[nodiscard]] std::vector<net::OtherNode> other_nodes(const config::FleetSettings& fleet);

// Nothing if it cannot be read, or is none.
[[nodiscard]] std::optional<net::FleetKey> read_fleet_key(const std::string& path);

} // namespace netplay_relay::daemon
