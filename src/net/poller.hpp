// Watches the sockets of players: an epoll set of our own, which Asio watches as one descriptor.
//
// Waiting for each socket through Asio costs an epoll_ctl and a queued operation for every message
// (docs/decisions/0001-a-poller-beside-asio.md has the numbers). Here a socket is registered once,
// for everything and edge-triggered, and an idle one costs no memory in user space.
#pragma once

#include "worker/worker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace netplay_relay::net {

class Poller
{
public:
    // `worker` must outlive the poller.
    Poller(boost::asio::io_context& io, worker::Worker& worker);
    ~Poller();
    Poller(Poller&&) = delete;

    // Reports the connection from now on until its socket is forgotten. 0, or the errno if the
    // kernel has no room for it.
    [[nodiscard]] int watch(int socket, worker::Connection& connection);
    // Before the socket is closed: the kernel itself only forgets it with its last copy, which
    // another process may have.
    void forget(int socket) const;

private:
    void wait();
    void run_batches();
    int run_batch();

    worker::Worker& worker_;
    int epoll_ = -1; // owned by descriptor_
    boost::asio::posix::stream_descriptor descriptor_;
};

} // namespace netplay_relay::net
