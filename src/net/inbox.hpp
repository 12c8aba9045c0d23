// What other threads want an event loop to do: it is done there, one after the other, in the order
// in which it came.
#pragma once

#include "net/tcp.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <mutex>

namespace netplay_relay::net {

class Inbox
{
public:
    // Of the loop of `io`, which must outlive it.
    explicit Inbox(boost::asio::io_context& io);
    Inbox(Inbox&&) = delete;

    // From any thread. What is put before another thing is done before it.
    void put(std::function<void()> act);

    // From the loop, or while that stands still: does what is there by now. False if nothing was.
    bool empty();
    void stop();

private:
    void wait();

    std::mutex mutex_;
    std::deque<std::function<void()>> acts_;
    boost::asio::posix::stream_descriptor event_; // readable while there is anything
};

} // namespace netplay_relay::net
