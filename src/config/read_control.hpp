// The keys of "admin" that say who may control the relay, and from where.
#pragma once

#include "config/fault_reader.hpp"

namespace netplay_relay::config {

void read_control(FaultReader& admin, Config& config);

} // namespace netplay_relay::config
