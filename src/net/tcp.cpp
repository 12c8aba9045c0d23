#include "net/tcp.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace netplay_relay::net {

namespace {

constexpr int backlog = 4096; // the kernel cuts it to net.core.somaxconn

// What the kernel keeps for us of one connection: received, which it doubles for its own needs, and
// not yet sent. Enough for 2 MB/s over a line of 100 ms, when a game sends some kB/s.
constexpr int receive_buffer = 256 * 1024;
constexpr int unsent_max = 128 * 1024;

// Probes of a full window come after 0.2 s, 0.4 s, 0.8 s, ...: seven take 25 s.
constexpr std::uint8_t unanswered_probes_max = 7;

bool set(int socket, int level, int name, int value)
{
    return setsockopt(socket, level, name, &value, sizeof value) == 0;
}

std::optional<tcp_info> tcp_info_of(int socket)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
    return info;
}

struct SocketAddress
{
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress to_socket_address(const wire::Endpoint& endpoint)
{
    SocketAddress address;
    if (endpoint.address.is_ipv4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, endpoint.address.bytes.data() + 12, 4);
        std::memcpy(&address.storage, &v4, sizeof v4);
        address.size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(endpoint.port);
        std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), 16);
        std::memcpy(&address.storage, &v6, sizeof v6);
        address.size = sizeof v6;
    }
    return address;
}

// What accepted sockets inherit.
bool prepare_for_players(int socket, const Keepalive& keepalive)
{
    return set(socket, SOL_SOCKET, SO_OOBINLINE, 1) && set(socket, IPPROTO_TCP, TCP_NODELAY, 1) &&
           set(socket, SOL_SOCKET, SO_KEEPALIVE, 1) &&
           set(socket, IPPROTO_TCP, TCP_KEEPIDLE, keepalive.idle_seconds) &&
           set(socket, IPPROTO_TCP, TCP_KEEPINTVL, keepalive.interval_seconds) &&
           set(socket, IPPROTO_TCP, TCP_KEEPCNT, keepalive.probes) &&
           set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, keepalive.unacknowledged_ms) &&
           // Megabytes otherwise, of the service's memory, for each that does not read.
           set(socket, SOL_SOCKET, SO_RCVBUF, receive_buffer) &&
           set(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent_max);
}

} // namespace

UniqueFd::~UniqueFd()
{
    if (fd_ >= 0) close(fd_);
}

Listening listen_on(const wire::Endpoint& endpoint, const Keepalive& keepalive)
{
    const bool ipv6 = !endpoint.address.is_ipv4();
    UniqueFd fd(socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return {UniqueFd(), errno};
    const SocketAddress address = to_socket_address(endpoint);
    allow_missing_address(fd.value(), ipv6);
    const bool ready =
        set(fd.value(), SOL_SOCKET, SO_REUSEADDR, 1) &&
        (!ipv6 || set(fd.value(), IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
        prepare_for_players(fd.value(), keepalive) &&
        bind(fd.value(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 &&
        listen(fd.value(), backlog) == 0;
    if (!ready) return {UniqueFd(), errno};
    return {std::move(fd), 0};
}

void allow_missing_address(int socket, bool ipv6)
{
    if (ipv6)
        (void)set(socket, IPPROTO_IPV6, IPV6_FREEBIND, 1);
    else
        (void)set(socket, IPPROTO_IP, IP_FREEBIND, 1);
}

bool prepare_link(int socket) { return prepare_for_players(socket, Keepalive{}); }

// The kernel's own answer, without netlink, which a service may not speak. A UDP socket takes no
// port from anybody.
std::optional<bool> has_address(const wire::Address& address)
{
    const int family = address.is_ipv4() ? AF_INET : AF_INET6;
    const UniqueFd probe(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!probe.is_open()) return errno == EAFNOSUPPORT ? std::optional(false) : std::nullopt;
    const SocketAddress bound = to_socket_address({address, 0});
    return bind(probe.value(), reinterpret_cast<const sockaddr*>(&bound.storage), bound.size) == 0;
}

Listening adopt_listening(UniqueFd socket, const Keepalive& keepalive)
{
    if (!prepare_for_players(socket.value(), keepalive)) return {UniqueFd(), errno};
    return {std::move(socket), 0};
}

Accepted accept_now(int listener)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd = accept4(listener, reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return {UniqueFd(), {}, errno};
    return {UniqueFd(fd), endpoint_of(address), 0};
}

// accept(2) passes on errors of the network that the new connection has met.
bool is_of_one_connection(int accept_error)
{
    constexpr std::array passing{ECONNABORTED, EINTR,  EPROTO,       ENETDOWN,   ENOPROTOOPT,
                                 EHOSTDOWN,    ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
    return std::ranges::find(passing, accept_error) != passing.end();
}

wire::Endpoint local_endpoint(int socket)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    return endpoint_of(address);
}

bool serves_ipv4(int socket)
{
    int only_ipv6 = 0;
    socklen_t size = sizeof only_ipv6;
    if (local_endpoint(socket).address.is_ipv4()) return true;
    return getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only_ipv6, &size) == 0 && only_ipv6 == 0;
}

wire::Endpoint endpoint_of(const sockaddr_storage& address)
{
    wire::Endpoint endpoint;
    if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        endpoint.address.bytes[10] = 0xff;
        endpoint.address.bytes[11] = 0xff;
        std::memcpy(endpoint.address.bytes.data() + 12, &v4.sin_addr, 4);
        endpoint.port = ntohs(v4.sin_port);
    } else if (address.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        std::memcpy(endpoint.address.bytes.data(), &v6.sin6_addr, 16);
        endpoint.port = ntohs(v6.sin6_port);
    }
    return endpoint;
}

// Not by recv() and send(): in a program with threads, and the log has one, these prepare to be
// cancelled each time.
[[gnu::hot]] IoResult read_now(int socket, std::span<std::uint8_t> into)
{
    const long count =
        syscall(SYS_recvfrom, socket, into.data(), into.size(), MSG_DONTWAIT, nullptr, nullptr);
    if (count > 0) return {IoState::moved, static_cast<std::size_t>(count), 0};
    if (count == 0) return {IoState::finished, 0, 0};
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {later ? IoState::blocked : IoState::failed, 0, errno};
}

[[gnu::hot]] IoResult write_now(int socket, std::span<const std::uint8_t> bytes)
{
    const long count = syscall(SYS_sendto, socket, bytes.data(), bytes.size(),
                               MSG_DONTWAIT | MSG_NOSIGNAL, nullptr, 0);
    if (count >= 0) return {IoState::moved, static_cast<std::size_t>(count), 0};
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {later ? IoState::blocked : IoState::failed, 0, errno};
}

void finish_writing(int socket) { shutdown(socket, SHUT_WR); }

int error_of(int socket)
{
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void limit_unacknowledged(int socket, int milliseconds)
{
    (void)set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds);
}

void reset_on_close(int socket)
{
    const linger at_once{1, 0};
    (void)setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool is_acknowledged(int socket)
{
    const auto info = tcp_info_of(socket);
    int waiting = 0; // bytes, for the peer's word that it has them
    return info && info->tcpi_state == TCP_ESTABLISHED && ioctl(socket, SIOCOUTQ, &waiting) == 0 &&
           waiting == 0;
}

bool is_silenced(int socket)
{
    const auto info = tcp_info_of(socket);
    if (!info) return false;
    const auto limit_ms = static_cast<std::uint32_t>(Keepalive{}.unacknowledged_ms);
    const bool data_unanswered = info->tcpi_unacked > 0 && info->tcpi_last_ack_recv > limit_ms;
    return data_unanswered || info->tcpi_probes >= unanswered_probes_max;
}

Unacknowledged unacknowledged(int socket)
{
    const auto info = tcp_info_of(socket);
    if (!info) return {};
    return {info->tcpi_unacked > 0 || info->tcpi_probes > 1,
            std::max<unsigned>(info->tcpi_retransmits, info->tcpi_probes),
            std::chrono::milliseconds{info->tcpi_last_ack_recv}};
}

std::size_t kernel_memory(int socket)
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return 0;
    return std::size_t{memory[SK_MEMINFO_RMEM_ALLOC]} + memory[SK_MEMINFO_WMEM_QUEUED] +
           memory[SK_MEMINFO_FWD_ALLOC];
}

std::optional<TcpFacts> tcp_facts(int socket)
{
    const auto info = tcp_info_of(socket);
    if (!info) return std::nullopt;
    TcpFacts facts;
    facts.rtt_us = info->tcpi_rtt;
    facts.rtt_variance_us = info->tcpi_rttvar;
    facts.retransmits = info->tcpi_total_retrans;
    facts.unacknowledged = info->tcpi_unacked;
    facts.silent_ms = info->tcpi_last_data_recv;
    return facts;
}

} // namespace netplay_relay::net
