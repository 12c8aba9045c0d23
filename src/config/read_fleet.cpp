#include "config/read_fleet.hpp"

#include "config/reasons.hpp"

#include <algorithm>
#include <charconv>

namespace netplay_relay::config {

namespace {

constexpr std::string_view a_node_address =
    "a host name or address with a port, such as \"relay2.example:55437\"";
constexpr std::string_view an_endpoint =
    "an address with a port, such as \"0.0.0.0:55437\" or \"[::]:55437\"";

std::optional<std::uint8_t> read_number(FaultReader& reader)
{
    // Stays at the highest if the key is missing or faulty.
    std::uint32_t number = nodes_max;
    reader.number("node", 0, nodes_max - 1, number);
    if (number == nodes_max) return std::nullopt;
    return static_cast<std::uint8_t>(number);
}

void read_node(FaultReader& reader, std::vector<FleetNode>& all)
{
    FleetNode one;
    const auto number = read_number(reader);
    reader.text("address", a_node_address, [&](const std::string& text) {
        const auto parsed = parse_node_address(text);
        if (parsed) one = *parsed;
        return parsed.has_value();
    });
    if (reader.lacks("node")) reader.fault("node", "must be there");
    if (reader.lacks("address")) reader.fault("address", "must be there");
    if (!number) return;
    one.node = *number;
    if (std::ranges::find(all, one.node, &FleetNode::node) != all.end())
        reader.fault("node", "must not be there twice");
    all.push_back(std::move(one));
}

} // namespace

std::optional<FleetNode> parse_node_address(const std::string& text)
{
    if (const auto endpoint = wire::parse_endpoint(text)) {
        if (endpoint->port == 0) return std::nullopt;
        return FleetNode{0, wire::to_text(endpoint->address), endpoint->port};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    FleetNode node{0, text.substr(0, colon), 0};
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data() + colon + 1, end, node.port);
    const bool is_name = is_public_name(node.host) && node.host.find(':') == std::string::npos;
    if (!is_name || error != std::errc() || read != end || node.port == 0) return std::nullopt;
    return node;
}

void read_fleet(FaultReader& reader, FleetSettings& fleet)
{
    if (!reader.is_word("node", "none", ValueKind::scalar)) fleet.node = read_number(reader);
    reader.text(
        "listen", std::string(an_endpoint) + ", or \"\" for none",
        [&](const std::string& text) {
            fleet.listen = wire::parse_endpoint(text);
            return text.empty() || fleet.listen.has_value();
        },
        why_no_endpoint);
    fleet.nodes.clear();
    reader.objects("nodes", nodes_max, [&](FaultReader& node) { read_node(node, fleet.nodes); });
    // So that all nodes may have the same list.
    fleet.listed.reset();
    for (const FleetNode& one : fleet.nodes)
        if (one.node == fleet.node) fleet.listed = one;
    std::erase_if(fleet.nodes, [&](const FleetNode& one) { return one.node == fleet.node; });
    reader.text("key_file", "the path of a file", [&](const std::string& text) {
        fleet.key_file = text;
        return true;
    });
}

void check_fleet(const Config& config, std::vector<Fault>& faults)
{
    const FleetSettings& fleet = config.fleet;
    if (!fleet.listen && fleet.nodes.empty()) return;
    const std::string key = fleet.listen ? "fleet.listen" : "fleet.nodes";
    if (!fleet.node) faults.push_back({key, "needs the number of this node in fleet.node"});
    if (fleet.key_file.empty())
        faults.push_back({key, "needs what all nodes know in fleet.key_file"});
}

void keep_fleet(const Config& running, Config& next)
{
    next.fleet = running.fleet;
    next.policy.node = running.policy.node;
    next.policy.rooms.fleet_salt = running.policy.rooms.fleet_salt;
    next.policy.parties.node = running.policy.parties.node;
}

void warn_of_fleet(const Config& config, std::vector<std::string>& warnings)
{
    const auto look_at = [&](std::uint8_t node, const std::string& key) {
        if (config.fleet.node && node != *config.fleet.node)
            warnings.push_back(key + " is node " + std::to_string(node) +
                               "'s to give, and not this node's, which is " +
                               std::to_string(*config.fleet.node));
    };
    const auto& reserved = config.policy.reserved;
    for (std::size_t at = 0; at < reserved.size(); ++at)
        look_at(wire::node_of(reserved[at].id), "reserved_sessions[" + std::to_string(at) + "].id");
    for (std::size_t at = 0; at < config.doors.size(); ++at)
        if (const auto& session = config.doors[at].profile.reserved)
            look_at(wire::node_of(*session), "doors[" + std::to_string(at) + "].session");
    const auto& codes = config.policy.parties.reserved;
    for (std::size_t at = 0; at < codes.size(); ++at)
        look_at(party::node_of(codes[at].code),
                "parties.reserved_codes[" + std::to_string(at) + "].code");
}

} // namespace netplay_relay::config
