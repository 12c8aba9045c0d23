// What a relay knows of the other machines that share its players: its fleet.
#pragma once

#include "base/nodes.hpp"
#include "wire/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::config {

// Another node, and where it takes the links of its fleet.
struct FleetNode
{
    std::uint8_t node = 0; // below nodes_max
    std::string host;      // a name for DNS, or an address without brackets
    std::uint16_t port = 0;
    bool operator==(const FleetNode&) const = default;
};

struct FleetSettings
{
    std::optional<std::uint8_t> node;     // of this relay, below nodes_max; none: no fleet
    std::optional<wire::Endpoint> listen; // for the links of the others; none: they cannot come
    std::vector<FleetNode> nodes;         // the others, each once and never this one
    std::string key_file;                 // of what all nodes know; not empty with listen or nodes
    std::optional<FleetNode> listed;      // this one, where the list of nodes has it
    bool operator==(const FleetSettings&) const = default;
};

// "name:port", "192.0.2.1:port" or "[2001:db8::1]:port", with a port from 1 on: host and port of a
// FleetNode of number 0. Nothing of any other text.
[[nodiscard]] std::optional<FleetNode> parse_node_address(const std::string& text);

} // namespace netplay_relay::config
