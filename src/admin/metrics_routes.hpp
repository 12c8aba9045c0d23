// GET /metrics on the admin address.
#pragma once

#include "admin/http.hpp"
#include "admin/status_routes.hpp"

#include <vector>

namespace netplay_relay::admin {

[[nodiscard]] std::vector<Route> metrics_routes(StatusSource source);

} // namespace netplay_relay::admin
