// What a developer wants to see: everything that the lobby hears, and what it wants done, one line
// each, at the level "debug"; not to be called where that is not written. Of members of rooms only
// that they came: what they say is too much.
#pragma once

#include "netplay_relay/lobby/action.hpp"
#include "netplay_relay/lobby/event.hpp"

namespace netplay_relay::net {

void log_event(const lobby::Event& event);
void log_order(const lobby::Action& order);

} // namespace netplay_relay::net
