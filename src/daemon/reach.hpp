// What is said to the operator of the relay at hand: what players type, which file was read, and
// what of this machine keeps hosts away.
#pragma once

#include "config/config.hpp"
#include "daemon/command_line.hpp"
#include "net/process_state.hpp"

#include <string>
#include <vector>

namespace netplay_relay::daemon {

// `listening`: where players are listened for at the configuration's `listen`. Without a
// public_name it is the address from which this machine reaches others.
[[nodiscard]] net::Reach reach_of(const config::Config& config,
                                  const std::vector<wire::Endpoint>& listening);

// "http://127.0.0.1:55480/status"; a wildcard is asked on loopback.
[[nodiscard]] std::string status_url(wire::Endpoint endpoint);

// "PATH is there and was not read; --config PATH reads it", PATH being the service's file; nothing
// if it is not there, or a file was named.
[[nodiscard]] std::string unread_file_text(const CommandLine& line);

// The service's file; empty if it is not there.
[[nodiscard]] std::string service_file_if_there();

// "/etc/relay.json and NETPLAY_RELAY_PUBLIC_NAME", or "no file".
[[nodiscard]] std::string sources_text(const CommandLine& line);

// A sentence if this machine reaches others by IPv6 and not by IPv4, else nothing.
[[nodiscard]] std::string warning_of_machine();

// True for names that no DNS has: those of documents and tests.
[[nodiscard]] bool is_reserved_name(const std::string& name);

// A sentence if the name has IPv6 addresses and none of IPv4, else nothing. Asks DNS, and may wait
// for it.
[[nodiscard]] std::string warning_of_name(const std::string& public_name);

} // namespace netplay_relay::daemon
