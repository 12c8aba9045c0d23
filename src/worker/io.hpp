// How a worker touches the world. The product's Io is epoll and Asio (net/engine.hpp), that of the
// simulation is a network of its own: neither decides anything.
#pragma once

#include "fleet/view.hpp"
#include "lobby/games.hpp"
#include "lobby/ids.hpp"
#include "lobby/limits.hpp"
#include "lobby/news.hpp"
#include "lobby/open_games.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace netplay_relay::worker {

struct Connection;

using Handle = int; // one open connection of the Io

// What was taken out of one worker, for another.
struct Moving
{
    std::vector<std::uint8_t> record; // sealed (record/envelope.hpp)
    std::vector<std::pair<lobby::ConnectionId, Handle>> handles;
    // The number by which the workers of a process find its owner; nothing: of whoever has it.
    std::optional<std::uint64_t> named;
    // Of one connection that hops: who it is.
    wire::Endpoint peer{};
};

// What one read or write came to; neither waits.
enum class IoState : std::uint8_t
{
    moved,
    blocked,
    finished,
    failed
};
struct IoResult
{
    IoState state = IoState::blocked;
    std::size_t bytes = 0; // if moved
    int error = 0;         // if failed: errno
};

// True for errors that mean "nobody is there any more" rather than "the peer closed".
[[nodiscard]] bool means_lost(int error);

// What has changed at a connection since it was reported last. Edge-triggered: whoever stops
// reading before it is empty, or writing before it is full, must remember to go on.
struct Readiness
{
    bool readable = false;
    bool writable = false;
    bool hung_up = false; // the peer sends no more: behind what can be read is the end
    bool broken = false;  // reset, or given up by the kernel
    bool again = false;   // reported before, and not used up then
};

// What the peer's kernel has acknowledged of what we have sent.
struct Unacknowledged
{
    bool any = false;     // something is on its way, or probes of a full window are
    unsigned repeats = 0; // so often it was sent again since the last sign of life
    std::chrono::milliseconds silence = std::chrono::hours{24}; // since one came
};

// What the kernel knows of a connection (TCP_INFO).
struct TcpFacts
{
    std::uint32_t rtt_us = 0; // smoothed round-trip time
    std::uint32_t rtt_variance_us = 0;
    std::uint32_t retransmits = 0;    // segments, over the whole life
    std::uint32_t unacknowledged = 0; // segments on their way
    std::uint32_t silent_ms = 0;      // since the last data came from the peer
};

class Io
{
public:
    virtual ~Io() = default;

    // Never goes back.
    [[nodiscard]] virtual lobby::Instant now() const = 0;

    // `finished` at the end of the stream.
    [[nodiscard]] virtual IoResult read(Handle handle, std::span<std::uint8_t> into) = 0;
    // Never `finished`. Takes as much as goes at once.
    [[nodiscard]] virtual IoResult write(Handle handle, std::span<const std::uint8_t> bytes) = 0;
    virtual void finish_writing(Handle handle) = 0;
    // The handle is no more. `reset`: what the peer has not taken is dropped instead of being kept
    // by the kernel, for minutes, for one that answers but reads nothing.
    virtual void close(Handle handle, bool reset) = 0;

    // Reports the connection with Worker::ready() from now on until it is closed. On failure the
    // errno, 0 otherwise. `connection` lives until then, and to the end of the running batch.
    [[nodiscard]] virtual int watch(Handle handle, Connection& connection) = 0;
    // True if bytes may have been received that watch() does not report.
    [[nodiscard]] virtual bool may_hold_back(Handle /*handle*/) const { return false; }
    // It is reported no more, and stays open.
    virtual void forget(Handle handle) = 0;
    // Why it was reported as broken: errno.
    [[nodiscard]] virtual int error_of(Handle handle) const = 0;

    // While patient, data that stays unacknowledged ends nothing; else the kernel gives up after
    // 25 s (net::Keepalive).
    virtual void be_patient(Handle handle, bool patient) = 0;
    [[nodiscard]] virtual Unacknowledged unacknowledged(Handle handle) const = 0;
    // True if the peer's kernel has answered neither data nor probes for about 25 s. One that
    // answers but takes nothing is not silenced.
    [[nodiscard]] virtual bool is_silenced(Handle handle) const = 0;
    [[nodiscard]] virtual std::optional<TcpFacts> tcp_facts(Handle handle) const = 0;

    // The kernel's memory for what this connection has not sent, or what nobody has read of it, in
    // bytes; 0 if that cannot be known.
    [[nodiscard]] virtual std::size_t kernel_memory(Handle handle) const = 0;
    // Whether the system has refused memory since it was last restored.
    [[nodiscard]] virtual bool is_memory_refused() const = 0;
    // False while the system still refuses.
    virtual bool restore_memory() = 0;

    // Connections that come to this port are told to have come through the listener. False if it
    // cannot be opened.
    [[nodiscard]] virtual bool open_port(std::uint16_t port,
                                         const lobby::ListenerProfile& profile) = 0;
    virtual void close_port(std::uint16_t port) = 0;
    // Another worker of the process listens there: it need not be tried.
    [[nodiscard]] virtual bool is_port_elsewhere(std::uint16_t /*port*/) const { return false; }

    // This goes on in another worker of the process, with Worker::adopt(). Its handles are that
    // one's.
    virtual void pass_on(std::uint16_t worker, Moving moving);
    // To be told to that worker, as an event.
    virtual void tell_worker(std::uint16_t worker, const lobby::GameMoved& news);
    // The same to all others.
    virtual void tell_workers(const lobby::News& /*news*/) {}
    // The same on another node of the fleet; if it is not taken there, it comes back.
    virtual void hop(fleet::Node node, Moving moving);
    // What is open here, if that has changed: the others are to be told (lobby::OpenElsewhere).
    virtual void tell_others(const lobby::OpenGames& /*games*/) {}

    // Worker::woken() is to be called then or a little later. There is one such time: a new one
    // takes the place of the old.
    virtual void wake_at(lobby::Instant when) = 0;
    // Worker::go_on() is to be called once, when others have had their turn.
    virtual void wake_soon() = 0;
};

} // namespace netplay_relay::worker
