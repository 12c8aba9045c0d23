// The games that everybody may know of, as JSON.
#pragma once

#include "admin/public_page.hpp"

namespace netplay_relay::admin {

// One line with its end. It is made a few games at a time, as the status is.
[[nodiscard]] boost::asio::awaitable<std::string>
public_games(boost::asio::io_context& io, const net::Workers& workers, PublicView view);

} // namespace netplay_relay::admin
