// Which sockets the relay listens on: those that systemd has opened, and those it opens itself.
#pragma once

#include "config/config.hpp"
#include "daemon/local_socket.hpp"
#include "net/handover.hpp"
#include "net/tcp.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::daemon {

struct PassedSockets;

// The FileDescriptorName of a socket for admin.listen.
inline constexpr std::string_view admin_socket_name = "admin";
// And of a Unix socket in the place of admin.socket.
inline constexpr std::string_view control_socket_name = "control";
// The same for public_page.listen.
inline constexpr std::string_view public_socket_name = "public_page";

// A listening socket of the process before this one.
struct Inherited
{
    net::HandedListener listener;
    net::UniqueFd socket;
};

// What one listening socket is for.
struct OpenListener
{
    net::UniqueFd socket;
    wire::Endpoint wanted; // as the configuration calls it
    lobby::ListenerProfile profile;
    std::string_view key;
    bool passed = false; // by systemd
};

// One for the status, or for everybody's page.
struct OpenAdmin
{
    net::UniqueFd socket;
    wire::Endpoint wanted;
    bool passed = false;
};

// An address with its key that cannot be listened on here, and that does not matter.
struct WithoutIpv6
{
    wire::Endpoint endpoint;
    std::string_view key;
};

struct Listeners
{
    std::vector<OpenListener> players;
    std::vector<OpenAdmin> admin;
    OpenLocal control; // closed if it is off, or cannot be opened, which is logged
    std::vector<OpenAdmin> public_page;
    std::vector<WithoutIpv6> without_ipv6;
    net::UniqueFd discovery; // closed if it is off
    std::string problem;     // one sentence if the relay cannot start
};

// Opens all that the configuration names. Sockets in `passed` come first: one called "admin" is in
// the place of admin.listen, "public_page" in that of public_page.listen, a Unix one called
// "control" in that of admin.socket, a UDP one in that of lan_discovery.listen, one that has the
// address of a door is that door's, and all others are in
// the place of `listen`. Where this machine has no IPv6 such addresses are logged and left out.
// Sockets of the process before this one are taken where the configuration still names them, and
// closed where it does not.
[[nodiscard]] Listeners open_listeners(const config::Config& config, PassedSockets passed,
                                       std::vector<Inherited> inherited = {});

// Why these could not be opened in the place of the ones that are handed over; empty if they can.
[[nodiscard]] std::string problem_of_new_listeners(const config::Config& config,
                                                   const net::HandoverIndex& handed);

// What these sockets come to for whoever opens more.
struct OpenSockets
{
    std::size_t count = 0;
    std::vector<wire::Address> port_addresses; // where ports of sessions and rooms are opened
};
[[nodiscard]] OpenSockets sockets_of(const Listeners& listeners);
[[nodiscard]] OpenSockets sockets_of(const std::vector<Inherited>& inherited);

} // namespace netplay_relay::daemon
