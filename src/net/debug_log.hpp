// What a developer wants to see: everything that the lobby hears, and what it wants done, one line
// each, at the level "debug"; not to be called where that is not written. Of members of rooms only
// that they came: what they say is too much.
#pragma once

#include "lobby/event.hpp"
#include "lobby/output.hpp"

namespace netplay_relay::net {

void log_event(const lobby::Event& event);
void log_command(const lobby::Command& command);

} // namespace netplay_relay::net
