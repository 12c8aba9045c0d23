// What tells how the relay is: GET /status, /healthz and /readyz.
#pragma once

#include "admin/http.hpp"
#include "admin/status_json.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

namespace netplay_relay::admin {

// All of these must outlive whatever uses them.
struct StatusSource
{
    boost::asio::io_context& io;
    const net::Engine& engine;
    const net::ProcessState& process;
};

// The JSON of the status, one line with its end. It is made a few links at a time: with thousands
// of them the whole text takes longer than a frame.
[[nodiscard]] boost::asio::awaitable<std::string> status_text(StatusSource source);

// Why nobody should be sent here now, by the words of the close reasons and states; empty if the
// relay is ready for whoever comes.
[[nodiscard]] std::vector<std::string> unready_because(const net::Engine& engine,
                                                       const net::ProcessState& process);

[[nodiscard]] std::vector<Route> status_routes(StatusSource source);

} // namespace netplay_relay::admin
