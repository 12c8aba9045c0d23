// The page for the operator: GET / and the files that it names, below /page/.
#pragma once

#include "admin/http.hpp"

#include <vector>

namespace netplay_relay::admin {

[[nodiscard]] std::vector<Route> page_routes();

} // namespace netplay_relay::admin
