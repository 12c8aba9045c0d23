// Reads what the configuration says of a fleet.
#pragma once

#include "config/config.hpp"
#include "config/fault_reader.hpp"

namespace netplay_relay::config {

void read_fleet(FaultReader& reader, FleetSettings& fleet);

// What is wrong only between its keys.
void check_fleet(const Config& config, std::vector<Fault>& faults);

// Of ids and codes that are promised, and belong to other nodes.
void warn_of_fleet(const Config& config, std::vector<std::string>& warnings);

} // namespace netplay_relay::config
