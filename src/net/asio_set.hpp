// The epoll set in which Asio waits for its own descriptors and timers.
#pragma once

#include <boost/asio/io_context.hpp>

namespace netplay_relay::net {

// It is ready to be read while io_context::poll_one() has something to do, but for what was posted
// or cancelled outside of Asio's handlers: of that nobody but whoever did it knows.
[[nodiscard]] int asio_set_of(boost::asio::io_context& io);

} // namespace netplay_relay::net
