// Reads what the configuration says of the public page.
#pragma once

#include "config/config.hpp"
#include "config/fault_reader.hpp"

namespace netplay_relay::config {

void read_public_page(FaultReader& reader, PublicPage& page);

} // namespace netplay_relay::config
