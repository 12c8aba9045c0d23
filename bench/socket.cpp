#include "socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace bench {

Socket::~Socket()
{
    if (fd_ >= 0) ::close(fd_);
}

void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

sockaddr_in local_address(const Socket& socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        fail("getsockname");
    return address;
}

Socket listen_on(std::uint16_t port)
{
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    const int on = 1;
    setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("bind");
    if (listen(socket.fd(), SOMAXCONN) != 0) fail("listen");
    return socket;
}

Socket connect_to(const sockaddr_in& address)
{
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) fail("socket");
    prepare(socket);
    if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("connect");
    return socket;
}

Socket accept_from(const Socket& listener)
{
    Socket socket(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.is_open()) fail("accept");
    prepare(socket);
    return socket;
}

void prepare(const Socket& socket)
{
    const int on = 1;
    const timeval limit{5, 0};
    const linger reset{1, 0};
    setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

void set_blocking(const Socket& socket, bool blocking)
{
    const int flags = fcntl(socket.fd(), F_GETFL);
    fcntl(socket.fd(), F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

void write_all(const Socket& socket, std::span<const unsigned char> bytes)
{
    while (!bytes.empty()) {
        const ssize_t sent = send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) fail("send");
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
}

void read_all(const Socket& socket, std::span<unsigned char> bytes)
{
    while (!bytes.empty()) {
        const ssize_t got = recv(socket.fd(), bytes.data(), bytes.size(), 0);
        if (got < 0) fail("receive");
        if (got == 0) throw std::runtime_error("receive: the target closed the connection");
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC))
{
    if (!epoll_.is_open()) fail("epoll_create1");
}

void Poller::add(const Socket& socket, std::uint32_t events, std::uint64_t tag)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    if (epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, socket.fd(), &event) != 0) fail("epoll_ctl");
}

std::span<const epoll_event> Poller::wait(int timeout_ms)
{
    const int size = static_cast<int>(events_.size());
    const int count = epoll_wait(epoll_.fd(), events_.data(), size, timeout_ms);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    return {events_.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

std::span<const epoll_event> Poller::wait_until(std::uint64_t deadline)
{
    const std::uint64_t now = now_ns();
    const std::uint64_t left = deadline > now ? deadline - now : 0;
    const timespec limit{static_cast<time_t>(left / ns_per_second),
                         static_cast<long>(left % ns_per_second)};
    const int size = static_cast<int>(events_.size());
    const int count = epoll_pwait2(epoll_.fd(), events_.data(), size, &limit, nullptr);
    if (count < 0 && errno != EINTR) fail("epoll_pwait2");
    return {events_.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

std::uint64_t now_ns()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * ns_per_second +
           static_cast<std::uint64_t>(time.tv_nsec);
}

} // namespace bench
