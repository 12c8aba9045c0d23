// Raw sockets, epoll and the clock as the load generator needs them.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace bench {

// The target gave back other bytes than it got, or lost some: the one failure that matters most.
struct IntegrityFailure : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

class Socket
{
public:
    Socket() = default;
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket();

    int fd() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

sockaddr_in loopback(std::uint16_t port);
sockaddr_in local_address(const Socket& socket);

Socket listen_on(std::uint16_t port);
Socket connect_to(const sockaddr_in& address);
Socket accept_from(const Socket& listener);

// Sets what every connection of the bench has: no Nagle, a limit on waiting, and a close that
// resets, as RetroArch's own does; it also leaves no TIME_WAIT to run out of ports with.
void prepare(const Socket& socket);
void set_blocking(const Socket& socket, bool blocking);

void write_all(const Socket& socket, std::span<const unsigned char> bytes);
void read_all(const Socket& socket, std::span<unsigned char> bytes);

class Poller
{
public:
    Poller();
    void add(const Socket& socket, std::uint32_t events, std::uint64_t tag);
    std::span<const epoll_event> wait(int timeout_ms);
    std::span<const epoll_event> wait_until(std::uint64_t deadline);

private:
    Socket epoll_;
    std::array<epoll_event, 128> events_{};
};

std::uint64_t now_ns();
constexpr std::uint64_t ns_per_second = 1'000'000'000;

[[noreturn]] void fail(const std::string& what); // with the reason of errno

} // namespace bench
