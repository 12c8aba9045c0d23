// What tells how the relay is: GET /status, /healthz and /readyz.
#pragma once

#include "admin/http.hpp"
#include "admin/status_text.hpp"

#include <string>
#include <vector>

namespace netplay_relay::admin {

// Why nobody should be sent here now, by the words of the close reasons and states; empty if the
// relay is ready for whoever comes.
[[nodiscard]] std::vector<std::string> unready_because(const net::Workers& workers,
                                                       const net::ProcessState& process);

[[nodiscard]] std::vector<Route> status_routes(StatusSource source);

} // namespace netplay_relay::admin
