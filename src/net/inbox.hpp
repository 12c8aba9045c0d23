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
    // Of a loop that calls empty() behind each time that event() becomes readable.
    Inbox();
    Inbox(Inbox&&) = delete;

    // Edge-triggered: nobody has to read it.
    [[nodiscard]] int event() const { return event_.value(); }

    // From any thread. What is put before another thing is done before it.
    void put(std::function<void()> act);

    // From the loop, or while that stands still: does what is there by now. False if nothing was.
    bool empty();

private:
    UniqueFd event_;
    std::mutex mutex_;
    std::deque<std::function<void()>> acts_;
    std::deque<std::function<void()>> taken_; // out of these, all at once
};

// The same, of a loop of Asio's.
class AsioInbox : public Inbox
{
public:
    // `io` must outlive it.
    explicit AsioInbox(boost::asio::io_context& io);
    ~AsioInbox();

private:
    void wait();

    boost::asio::posix::stream_descriptor readable_;
};

} // namespace netplay_relay::net
