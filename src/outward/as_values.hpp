// How operations are awaited here: an error is a value of their result.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace netplay_relay::outward {

inline constexpr auto as_values = boost::asio::as_tuple(boost::asio::use_awaitable);

} // namespace netplay_relay::outward
