// Watches the sockets of players: an epoll set of our own, which Asio watches as one descriptor.
//
// Waiting for each socket through Asio costs an epoll_ctl and a queued operation for every message
// (docs/decisions/0001-a-poller-beside-asio.md has the numbers). Here a socket is registered once,
// for everything and edge-triggered, and an idle one costs no memory in user space.
#pragma once

#include "net/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace netplay_relay::net {

// What has changed at a socket since it was reported last. Edge-triggered: whoever stops reading
// before the socket is empty, or writing before it is full, must remember to go on.
struct Readiness
{
    bool readable = false;
    bool writable = false;
    bool hung_up = false; // the peer sends no more: behind what can be read is the end
    bool broken = false;  // reset, or given up by the kernel
    bool again = false;   // reported before, and not used up then
};

class PollerClient
{
public:
    virtual ~PollerClient() = default;
    // Before a batch of ready() calls, and after it: only then may a connection be destroyed.
    virtual void batch_begins() = 0;
    virtual void ready(Connection& connection, Readiness readiness) = 0;
    virtual void batch_ends() = 0;
};

class Poller
{
public:
    // `client` must outlive the poller.
    Poller(boost::asio::io_context& io, PollerClient& client);
    ~Poller();
    Poller(Poller&&) = delete;

    // Reports the connection from now on until its socket is closed. False if the kernel has no
    // room for it.
    [[nodiscard]] bool watch(Connection& connection);

private:
    void wait();
    void run_batches();
    int run_batch();

    PollerClient& client_;
    int epoll_ = -1; // owned by descriptor_
    boost::asio::posix::stream_descriptor descriptor_;
};

} // namespace netplay_relay::net
