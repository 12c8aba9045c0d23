// Reads the key "rooms" of the configuration.
#pragma once

#include "config/fault_reader.hpp"
#include "room/settings.hpp"

namespace netplay_relay::config {

void read_rooms(FaultReader& reader, room::RoomSettings& rooms);

} // namespace netplay_relay::config
