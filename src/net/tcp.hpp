// TCP sockets as the kernel offers them: what Asio has no words for, or words that cost too much.
#pragma once

#include "wire/address.hpp"
#include "worker/io.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace netplay_relay::net {

// Owns one file descriptor.
class UniqueFd
{
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd();

    [[nodiscard]] int value() const { return fd_; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

// A peer that answers no more is noticed after 30 s of silence (probes at 15, 20 and 25 s), or 25 s
// after something was sent to it; at the worst one follows the other: 55 s, below the 60 s in which
// a dead host has to give its session back. A paused peer's kernel goes on answering.
struct Keepalive
{
    int idle_seconds = 15;
    int interval_seconds = 5;
    int probes = 3;
    int unacknowledged_ms = 25000;
};

// A listening, non-blocking socket whose accepted sockets inherit TCP_NODELAY and `keepalive`. It
// may be for an address that this machine has not got yet. On failure: errno, and an fd that is not
// open.
struct Listening
{
    UniqueFd socket;
    int error = 0;
};
[[nodiscard]] Listening listen_on(const wire::Endpoint& endpoint, const Keepalive& keepalive);

// The same of a non-blocking socket that listens already and that somebody else has opened.
[[nodiscard]] Listening adopt_listening(UniqueFd socket, const Keepalive& keepalive);

// Another node's: as a player's.
[[nodiscard]] bool prepare_link(int socket);

// One waiting connection; errno (EAGAIN if there is none) and an fd that is not open otherwise.
struct Accepted
{
    UniqueFd socket;
    wire::Endpoint peer;
    int error = 0;
};
[[nodiscard]] Accepted accept_now(int listener);
// True for errors of accept(2) that belong to the one connection that was to be accepted: the next
// may be had at once.
[[nodiscard]] bool is_of_one_connection(int accept_error);

// Lets a socket be bound to an address that this machine has not got yet; where the kernel cannot,
// it changes nothing.
void allow_missing_address(int socket, bool ipv6);

// Whether this machine has the address now (tentative ones do not count); nothing if that cannot be
// found out, for want of files.
[[nodiscard]] std::optional<bool> has_address(const wire::Address& address);

[[nodiscard]] wire::Endpoint local_endpoint(int socket);
// False for an IPv6 socket that takes IPv6 only.
[[nodiscard]] bool serves_ipv4(int socket);
[[nodiscard]] wire::Endpoint endpoint_of(const sockaddr_storage& address);

using worker::IoResult;
using worker::IoState;
// `finished` at the end of the stream.
[[nodiscard]] IoResult read_now(int socket, std::span<std::uint8_t> into);
// Never `finished`. Writes as much as the kernel takes at once.
[[nodiscard]] IoResult write_now(int socket, std::span<const std::uint8_t> bytes);

void finish_writing(int socket);

// Why the kernel reports that a socket is broken: errno.
[[nodiscard]] int error_of(int socket);

// How long sent data may stay unacknowledged before the kernel gives up; 0: its own limit of
// minutes.
void limit_unacknowledged(int socket, int milliseconds);

// Closing this socket resets the connection: what was not taken is dropped instead of being kept
// by the kernel, for minutes, for a peer that answers but reads nothing.
void reset_on_close(int socket);

// True if the connection is there both ways, and the peer's kernel has acknowledged all.
[[nodiscard]] bool is_acknowledged(int socket);

// True if the peer's kernel has answered neither data nor probes for about 25 s. One that answers
// but takes nothing is not silenced.
[[nodiscard]] bool is_silenced(int socket);

using worker::Unacknowledged;
[[nodiscard]] Unacknowledged unacknowledged(int socket);

// The kernel's memory for what this socket has not sent, or what nobody has read of it, in bytes;
// 0 if that cannot be known.
[[nodiscard]] std::size_t kernel_memory(int socket);

using worker::TcpFacts;
[[nodiscard]] std::optional<TcpFacts> tcp_facts(int socket);

} // namespace netplay_relay::net
