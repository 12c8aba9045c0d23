// Makes sure that the process may open as many files as its limits promise.
#pragma once

#include "config/config.hpp"
#include "lobby/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace netplay_relay::daemon {

// Of the relay, beside sockets of players and those that listen for them: the admin port's
// connections, standard streams, event loop, and a few to spare.
inline constexpr std::size_t files_besides = 64;

// What a relay opens: a file for each of these, and two for a hop.
struct FileNeeds
{
    std::uint32_t connections = 0;
    std::size_t ports = 0;  // sockets of join_ports and legacy_ports
    std::size_t others = 0; // listening, the admin port, those being closed, the log
    std::uint32_t hops = 0; // players whose games are at other nodes of a fleet
};

struct OpenFiles
{
    bool enough = false;           // false: refuse to start
    std::uint32_t connections = 0; // how many connections there may be
    std::uint32_t hops = 0;        // fewer than wanted is nothing to warn of
    std::string arithmetic;        // not empty if that is less than wanted: why, in one line
};

// How many sockets listen at most on ports of sessions and rooms, each port on so many addresses.
[[nodiscard]] std::size_t port_sockets(const lobby::Policy& policy, std::size_t addresses);

// How many workers there are to be.
[[nodiscard]] std::uint16_t workers_of(const config::Config& config);

// What they open beside connections: event loops, and each of the listening sockets once more.
[[nodiscard]] std::size_t files_of_workers(const config::Config& config, std::size_t listening);

// Of a relay with this configuration that listens on so many sockets, and for sessions and rooms on
// so many addresses.
[[nodiscard]] FileNeeds file_needs(const config::Config& config, std::size_t listening,
                                   std::size_t port_addresses);

// Raises the soft limit. If the hard one does not suffice, there are as many hops as connections
// leave files for, but a quarter of the files is theirs; then fewer connections are allowed, and
// below `least` of them the relay is of no use.
[[nodiscard]] OpenFiles provide_open_files(const FileNeeds& needs);

// Raises the soft limit as far as it goes.
void raise_open_files();

// The same on given numbers, for tests.
[[nodiscard]] OpenFiles judge_open_files(const FileNeeds& needs, std::uint64_t files_allowed);

} // namespace netplay_relay::daemon
