// Fetches the status of a running relay.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

namespace netplay_relay::admin {

struct Fetched
{
    std::string body;
    std::string error; // one sentence if it could not be fetched
};

// `url`: http://HOST[:PORT][/PATH], or HOST:PORT. Gives up after 10 s.
[[nodiscard]] Fetched fetch_status(const std::string& url);

// The same within an event loop.
[[nodiscard]] boost::asio::awaitable<Fetched> fetching_status(std::string url);

} // namespace netplay_relay::admin
