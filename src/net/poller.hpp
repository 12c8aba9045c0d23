// Watches the sockets of players: an epoll set of our own, which Asio watches as one descriptor.
//
// Waiting for each socket through Asio costs an epoll_ctl and a queued operation for every message
// (docs/decisions/0001-a-poller-beside-asio.md has the numbers). Here a socket stays registered for as
// long as the same thing is wanted of it, and an idle one costs no memory in user space.
#pragma once

#include "net/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>

namespace netplay_relay::net {

class PollerClient
{
public:
    // Before a batch of ready() calls, and after it: only then may a connection be destroyed.
    virtual void batch_begins() = 0;
    virtual void ready(Connection& connection, bool can_read, bool can_write) = 0;
    virtual void batch_ends() = 0;

    virtual ~PollerClient() = default;
};

class Poller
{
public:
    // `client` must outlive the poller.
    Poller(boost::asio::io_context& io, PollerClient& client);
    ~Poller();
    Poller(Poller&&) = delete;

    // Tells the kernel if connection.wanted has changed. A socket of which nothing is wanted is not
    // watched at all, not even for errors, so that it cannot wake us for nothing.
    void update(Connection& connection);

    // Stops watching; the pending wait ends.
    void stop();

private:
    void wait();
    void run_batches();
    int run_batch();

    PollerClient& client_;
    int epoll_ = -1;  // owned by descriptor_
    boost::asio::posix::stream_descriptor descriptor_;
};

} // namespace netplay_relay::net
