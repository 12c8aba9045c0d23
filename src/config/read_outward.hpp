// Reads the keys `webhooks` and `lobby`.
#pragma once

#include "config/config.hpp"
#include "config/fault_reader.hpp"

#include <string>
#include <vector>

namespace netplay_relay::config {

void read_webhooks(FaultReader& reader, std::vector<WebhookSettings>& webhooks);
void read_lobby(FaultReader& reader, LobbySettings& lobby);

// What of them is wrong only beside other keys.
void check_outward(const Config& config, std::vector<Fault>& faults);
// What is allowed, but hardly meant.
void warn_of_outward(const Config& config, std::vector<std::string>& warnings);

} // namespace netplay_relay::config
