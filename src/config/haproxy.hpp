// The configuration of HAProxy before a fleet: what is for one node, by the session id or the code
// of a party that it names, goes to that node, and what begins anew to the one with the least to
// do.
#pragma once

#include "config/fleet_settings.hpp"
#include "wire/address.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::config {

// A node as HAProxy reaches it: where players are listened for, and where GET /readyz is answered.
struct ProxiedNode
{
    FleetNode players;
    FleetNode admin;
    bool operator==(const ProxiedNode&) const = default;
};

// Hosts of this network get their sessions of this node while it takes new ones: it has what is
// promised to them.
struct Home
{
    std::uint8_t node = 0;
    wire::Network network;
    bool operator==(const Home&) const = default;
};

struct FleetProxy
{
    std::vector<ProxiedNode> nodes;   // at least one, by their numbers, each once
    std::vector<wire::Endpoint> bind; // at least one
    std::vector<Home> homes;          // of nodes that are there
    bool accept_proxy = false;        // others before it say for whom they come, by PROXY header
    std::uint32_t connections = 8000; // of players at a time
    // Of those, of one address, or of one IPv6 network of 64 bits. Who says nothing comes to no
    // relay, whose limits do not count him.
    std::uint32_t connections_per_address = 512;
};

// "1=192.0.2.1:55435" or "1=192.0.2.1:55435,admin=10.0.0.1:55480", with names or addresses; admin
// is at the same address and default_admin_port if it is left out. Nothing of any other text.
[[nodiscard]] std::optional<ProxiedNode> parse_proxied_node(const std::string& text);

// "1=203.0.113.0/24". Nothing of any other text.
[[nodiscard]] std::optional<Home> parse_home(const std::string& text);

// A whole file, which begins with the command that writes it.
[[nodiscard]] std::string haproxy_text(const FleetProxy& proxy);

} // namespace netplay_relay::config
