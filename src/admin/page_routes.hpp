// The page for the operator: GET / and the files that it names, below /page/.
#pragma once

#include "admin/http.hpp"
#include "admin/page_files.hpp"

#include <span>
#include <vector>

namespace netplay_relay::admin {

[[nodiscard]] std::vector<Route> page_routes();

// The same of any page: the first of its files is GET /.
[[nodiscard]] std::vector<Route> routes_of(std::span<const PageFile> files);

} // namespace netplay_relay::admin
