// Which sockets the relay listens on: those that systemd has opened, and those it opens itself.
#pragma once

#include "config/config.hpp"
#include "net/tcp.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::daemon {

struct PassedSockets;

// The FileDescriptorName of a socket for admin.listen.
inline constexpr std::string_view admin_socket_name = "admin";

// What one listening socket is for.
struct OpenDoor
{
    net::UniqueFd socket;
    lobby::Door door;
    bool passed = false; // by systemd
};

struct OpenDoors
{
    std::vector<OpenDoor> players;
    std::vector<net::UniqueFd> admin;
    net::UniqueFd discovery; // closed if it is off
    std::string problem;     // one sentence if the relay cannot start
};

// Opens all that the configuration names. Sockets in `passed` come first: one called "admin" is in
// the place of admin.listen, a UDP one in that of lan_discovery.listen, one that has the address of
// a door is that door's, and all others are in the place of `listen`. An IPv6 address that this
// machine has not got is logged and left out.
[[nodiscard]] OpenDoors open_doors(const config::Config& config, PassedSockets passed);

} // namespace netplay_relay::daemon
