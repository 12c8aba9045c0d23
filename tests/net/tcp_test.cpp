#include "net/tcp.hpp"

#include "support/catch.hpp"
#include "support/socket_pair.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

int option(int socket, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(getsockopt(socket, level, name, &value, &size) == 0);
    return value;
}

wire::Endpoint loopback() { return *wire::parse_endpoint("127.0.0.1:0"); }

net::UniqueFd connect_to(const wire::Endpoint& endpoint)
{
    net::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd.value(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

} // namespace

TEST_CASE("an accepted socket inherits what finds a dead peer within a minute")
{
    const net::Keepalive keepalive;
    const net::Listening listening = net::listen_on(loopback(), keepalive);
    REQUIRE(listening.socket.is_open());
    const wire::Endpoint here = net::local_endpoint(listening.socket.value());
    const net::UniqueFd guest = connect_to(here);
    pollfd wait{listening.socket.value(), POLLIN, 0};
    REQUIRE(poll(&wait, 1, 5000) == 1);
    const net::Accepted accepted = net::accept_now(listening.socket.value());
    REQUIRE(accepted.socket.is_open());
    CHECK(wire::to_text(accepted.peer.address) == "127.0.0.1");
    CHECK(accepted.peer == net::local_endpoint(guest.value()));

    const int fd = accepted.socket.value();
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == keepalive.idle_seconds);
    CHECK(option(fd, IPPROTO_TCP, TCP_KEEPINTVL) == keepalive.interval_seconds);
    CHECK(option(fd, IPPROTO_TCP, TCP_KEEPCNT) == keepalive.probes);
    CHECK(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == keepalive.unacknowledged_ms);
    CHECK(keepalive.idle_seconds + keepalive.probes * keepalive.interval_seconds < 60);
    CHECK(keepalive.unacknowledged_ms < 60000);
    CHECK(net::tcp_facts(fd).has_value());
}

TEST_CASE("listening tells why it cannot, and waits for addresses that may come")
{
    const net::Listening first = net::listen_on(loopback(), net::Keepalive{});
    REQUIRE(first.socket.is_open());
    const net::Listening second =
        net::listen_on(net::local_endpoint(first.socket.value()), net::Keepalive{});
    CHECK_FALSE(second.socket.is_open());
    CHECK(second.error == EADDRINUSE);
    const net::Listening later =
        net::listen_on(*wire::parse_endpoint("192.0.2.1:0"), net::Keepalive{});
    CHECK(later.socket.is_open());
    CHECK(net::has_address(wire::parse_endpoint("192.0.2.1:0")->address) == false);
}

TEST_CASE("an empty queue is not an error worth a pause")
{
    const net::Listening listening = net::listen_on(loopback(), net::Keepalive{});
    CHECK(net::accept_now(listening.socket.value()).error == EAGAIN);
}

TEST_CASE("a lost peer is told from one that has left")
{
    CHECK(worker::means_lost(ETIMEDOUT));
    CHECK(worker::means_lost(EHOSTUNREACH));
    CHECK_FALSE(worker::means_lost(ECONNRESET));
    CHECK_FALSE(worker::means_lost(EPIPE));
    CHECK_FALSE(worker::means_lost(0));
}

TEST_CASE("facts are only known of TCP")
{
    const SocketPair pair = make_socket_pair();
    CHECK_FALSE(net::tcp_facts(pair.ours.value()).has_value());
}

TEST_CASE("an error of one connection does not make others wait, but a lack of files does")
{
    for (const int error : {ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, ENETUNREACH, EINTR})
        CHECK(net::is_of_one_connection(error));
    for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN, EBADF, EINVAL})
        CHECK_FALSE(net::is_of_one_connection(error));
}
