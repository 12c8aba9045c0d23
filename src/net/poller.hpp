// The event loop: an epoll set of our own waits for the sockets of players and for newcomers, and
// what Asio does (timers, signals, the admin port) hangs below it as one descriptor.
//
// So a message costs three system calls: epoll_wait, recv, send. A player's socket is registered
// once, for everything and edge-triggered, and an idle one costs no memory in user space
// (docs/decisions/0001-a-poller-beside-asio.md has the numbers).
#pragma once

#include "net/inbox.hpp"
#include "net/tally.hpp"
#include "net/tcp.hpp"
#include "worker/worker.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <vector>

namespace netplay_relay::net {

// A socket of nobody whom the worker knows.
class Watched
{
public:
    virtual ~Watched() = default;
    virtual void ready(const worker::Readiness& readiness) = 0;
};

// A listening socket.
class Acceptor
{
public:
    virtual ~Acceptor() = default;
    // Somebody may be there. Called in each turn, behind all that were ready, until nobody is.
    virtual void accept_some() = 0;
};

// Whoever has such sockets.
class Bystander
{
public:
    virtual ~Bystander() = default;
    // Behind all that were ready in this turn. True if it has more to do in the next.
    virtual bool go_on() = 0;
};

class Poller
{
public:
    // All of these must outlive the poller.
    Poller(boost::asio::io_context& io, worker::Worker& worker, Tally& tally);
    Poller(Poller&&) = delete;

    // One turn: waits until there is something to do, or for so long, does it, and returns.
    void turn(std::chrono::milliseconds longest);
    // Turns until the io_context is stopped.
    void run();

    // Reports the connection from now on until its socket is forgotten. 0, or the errno if the
    // kernel has no room for it.
    [[nodiscard]] int watch(int socket, worker::Connection& connection);
    // The same, of one that is not the worker's. It lives until its bystander's next go_on().
    [[nodiscard]] int watch(int socket, Watched& other);
    void serve(Bystander& bystander) { bystander_ = &bystander; }
    // Of several loops that watch the same listening socket only one that sleeps is woken for a
    // newcomer. 0, or the errno.
    [[nodiscard]] int watch(int socket, Acceptor& acceptor);
    void forget(int socket, Acceptor& acceptor);
    // Behind all that were ready in a turn. It must outlive the turns.
    void serve(Inbox& inbox);
    void let_others_go_on() { others_go_on_ = true; } // in this turn, or the next
    // Before the socket is closed: the kernel itself only forgets it with its last copy, which
    // another process may have.
    void forget(int socket) const;

    // Worker::woken() is called then; a new time takes the place of the old.
    void wake_at(lobby::Instant when) const;
    // Worker::go_on() is called in the next turn.
    void wake_soon() { goes_on_ = true; }
    // Asio has something to do that its own epoll set does not tell of: whoever posts or cancels
    // outside of Asio's handlers has to say so.
    void let_asio_run() { asio_goes_on_ = true; }

    // So long somebody may have waited for others in the last minute or two.
    [[nodiscard]] lobby::Duration longest_turn() const;

private:
    // Returns when there was something to do.
    [[nodiscard]] lobby::Instant wait(int milliseconds);
    void run_asio();
    void accept_newcomers();
    void tell_worker(worker::Connection& connection, std::uint32_t events);
    void tell_marked(std::uintptr_t marked, std::uint32_t events);

    boost::asio::io_context& io_;
    // An io_context that has nothing to wait for stops by itself, and does nothing any more.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keeps_running_;
    worker::Worker& worker_;
    Tally& tally_;
    LongestLately longest_;
    UniqueFd epoll_;
    UniqueFd timer_;
    bool goes_on_ = false;
    bool asio_goes_on_ = true; // what was posted before the first turn
    bool timer_fired_ = false;
    bool others_go_on_ = false;
    bool has_letters_ = false;         // others have put something into the inbox
    Inbox* inbox_ = nullptr;           // may be none
    std::vector<Acceptor*> acceptors_; // where somebody may be; nullptr: forgotten meanwhile
    Bystander* bystander_ = nullptr;
};

} // namespace netplay_relay::net
