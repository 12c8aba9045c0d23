// Reads the keys "parties", "trusted_proxies" and "proxy_protocol" of the configuration.
#pragma once

#include "config/fault_reader.hpp"
#include "lobby/limits.hpp"

namespace netplay_relay::config {

void read_parties(FaultReader& reader, lobby::Policy& policy);

} // namespace netplay_relay::config
