// Tries webhooks out: one post to each, and what came back in words.
#pragma once

#include "config/outward_settings.hpp"

#include <string>
#include <vector>

namespace netplay_relay::outward {

struct Tried
{
    std::string name;
    bool is_good = false;
    std::string words;
};

// Returns when all have answered, or none has in time.
[[nodiscard]] std::vector<Tried> try_webhooks(const std::vector<config::WebhookSettings>& webhooks);

} // namespace netplay_relay::outward
