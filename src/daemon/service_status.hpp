// The line that "systemctl status" shows of the relay.
#pragma once

#include "admin/status_json.hpp"

#include <string>
#include <string_view>

namespace netplay_relay::daemon {

// "2 sessions, 3 links, 1 room with 2 members", behind "draining, " or "stopping, " if it is so.
// `problem` comes last if there is one.
[[nodiscard]] std::string service_status(admin::RelayState state, const lobby::Use& use,
                                         std::string_view problem);

} // namespace netplay_relay::daemon
