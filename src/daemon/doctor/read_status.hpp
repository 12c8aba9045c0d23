// What the doctor wants to know of what others print: the status of a relay, and what systemd says.
#pragma once

#include "daemon/doctor/facts.hpp"

#include <string>

namespace netplay_relay::daemon::doctor {

// Fills in what the JSON tells, or an error if it is no relay's.
void read_status(const std::string& json, RelayFacts& relay);

// Of the service and its socket: what `systemctl show` prints of both, one after the other.
[[nodiscard]] ServiceFacts read_service(const std::string& text);

} // namespace netplay_relay::daemon::doctor
