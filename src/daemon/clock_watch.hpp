// Tells when somebody sets the clock on the wall.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

namespace netplay_relay::daemon {

class ClockWatch
{
public:
    // `io` must outlive it. Without a descriptor nothing is told.
    ClockWatch(boost::asio::io_context& io, std::function<void()> act);
    ClockWatch(ClockWatch&&) = delete;

private:
    void wait();

    boost::asio::posix::stream_descriptor timer_;
    std::function<void()> act_;
};

} // namespace netplay_relay::daemon
