// The line that "systemctl status" shows of the relay.
#pragma once

#include "lobby/snapshot.hpp"
#include "net/process_state.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace netplay_relay::daemon {

// "2 sessions, 3 links, 1 room with 2 members", behind "draining, " or "stopping, " if it is so.
// `problem` comes last if there is one.
[[nodiscard]] std::string service_status(net::RelayState state, const lobby::Use& use,
                                         std::string_view problem);

// How long a relay that drains waits for the games at the most, and how to end them. Nothing left:
// as long as they last.
[[nodiscard]] std::string drain_note(std::optional<lobby::Duration> left);

} // namespace netplay_relay::daemon
