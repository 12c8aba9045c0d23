// What the configuration lets everybody know of the games.
#pragma once

#include "admin/public_page.hpp"
#include "config/config.hpp"
#include "net/process_state.hpp"

namespace netplay_relay::daemon {

// The configuration must outlive it. `takes_new`: new sessions and rooms, as the operator says.
[[nodiscard]] admin::PublicView public_view(const config::Config& config,
                                            const net::ProcessState& process, bool takes_new);

} // namespace netplay_relay::daemon
