// The state of the process: the daemon keeps it, and the status tells of it.
#pragma once

#include "lobby/discovery.hpp"
#include "lobby/ids.hpp"
#include "net/handover.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::net {

enum class RelayState : std::uint8_t
{
    running,
    draining,
    stopping
};

enum class ListeningState : std::uint8_t
{
    listening,
    address_missing, // this machine has not got the address now; served as soon as it has
    no_ipv6,         // there is no IPv6 here
};

// A socket that the configuration asks for.
struct ListeningAt
{
    wire::Endpoint endpoint;
    std::string_view key;  // of the configuration
    std::string_view word; // the log's for it
    bool passed = false;   // by systemd
    ListeningState state = ListeningState::listening;
};

// What players type to come here; empty before it listens.
struct Reach
{
    std::string players; // without a session id
    std::string hosts;   // as the custom address of a relay
};

// Of the fleet that this relay is a node of.
struct FleetFacts
{
    unsigned node = 0;                         // this one's number
    std::size_t nodes = 0;                     // with this one
    std::size_t up = 0;                        // of them, as this one sees it
    std::size_t twice = 0;                     // numbers that several relays have
    std::string problem{};                     // of those; empty: none
    std::optional<wire::Endpoint> listening{}; // for links of the others
    std::size_t hops_sent = 0;                 // players here whose games are at other nodes
    std::size_t hops_taken = 0;                // players whose games are here, from other nodes
    std::uint64_t refused_links = 0;           // ever, of whoever is no node of it
    std::uint64_t refused_bans = 0;            // ever, of a node whose clock is far ahead
};

// All of it that changes hardly ever while the relay runs.
struct ProcessState
{
    std::string version;
    Reach reach;
    std::string config_file; // empty: none was read
    std::chrono::system_clock::time_point started_at;
    lobby::Instant started;
    std::vector<ListeningAt> listening;
    std::vector<ListeningAt> admin_listening;
    std::vector<ListeningAt> public_listening; // for everybody's page
    std::optional<ListeningAt> discovery_listening;
    const lobby::DiscoveryCounts* discovery = nullptr; // nothing if it is off
    std::uint64_t (*log_lines_lost)() = nullptr;
    std::function<std::string()> kept_problem; // why what the operator has said is not in its file
    std::function<std::optional<FleetFacts>()> fleet; // nothing if it has no links with others
    HandoverCounts handovers;
    std::string handover_problem; // of the last that failed
    RelayState state = RelayState::running;
    std::optional<lobby::Instant> drain_ends;   // at the latest, if it drains and there is a limit
    std::optional<lobby::Instant> drain_starts; // it is going to drain then
};

} // namespace netplay_relay::net
