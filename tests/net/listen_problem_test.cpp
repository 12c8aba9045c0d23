#include "net/listen_problem.hpp"
#include "net/tcp.hpp"

#include "support/catch.hpp"

#include <cerrno>
#include <string>
#include <unistd.h>

using namespace netplay_relay;
using net::Transport;

namespace {

wire::Endpoint endpoint(const char* text) { return *wire::parse_endpoint(text); }

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("who listens already is found in /proc")
{
    const net::Listening taken = net::listen_on(endpoint("127.0.0.1:0"), net::Keepalive{});
    REQUIRE(taken.socket.is_open());
    wire::Endpoint wanted = net::local_endpoint(taken.socket.value());
    const std::string self = "(process " + std::to_string(getpid()) + ")";
    CHECK(has(net::who_listens(wanted, Transport::tcp), self));
    // What listens on one address is in the way of all.
    wanted.address = *wire::parse_address("0.0.0.0");
    const net::Listening refused = net::listen_on(wanted, net::Keepalive{});
    CHECK(refused.error == EADDRINUSE);
    CHECK(has(net::who_listens(wanted, Transport::tcp), self));
    // But not of others.
    wanted.address = *wire::parse_address("127.0.0.2");
    CHECK(net::who_listens(wanted, Transport::tcp).empty());
    wanted.address = *wire::parse_address("127.0.0.1");
    CHECK(net::who_listens(wanted, Transport::udp).empty());
}

TEST_CASE("the kernel's list of sockets is read")
{
    const std::string rest = " 00000000:00000000 00:00000000 00000000 ";
    const auto all = net::read_listed_sockets(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid ...\n"
        "   0: 0100007F:D88B 00000000:0000 0A" +
        rest + "   33        0 4711 1 0 100 0 0 10 0\n" + "   1: 0100007F:D88B 0200007F:8000 01" +
        rest + "    0        0 4712 1 0 20 4 30 10 -1\n" +
        "   2: 00000000000000000000000001000000:D890 00000000000000000000000000000000:0000 0A" +
        rest + "    0        0 4713 1 0 100 0 0 10 0\n" + "nonsense\n" +
        "   3: 0100007F 00000000:0000 0A\n" + "   4: 01:D88B 00000000:0000 0A 0 0 0 0 0 0\n");
    REQUIRE(all.size() == 3);
    CHECK(wire::to_text(all[0].endpoint) == "127.0.0.1:55435");
    CHECK(all[0].is_bound_only);
    CHECK(all[0].user == 33);
    CHECK(all[0].inode == 4711);
    CHECK_FALSE(all[1].is_bound_only);
    CHECK(wire::to_text(all[2].endpoint) == "[::1]:55440");
}

TEST_CASE("which addresses are in each other's way")
{
    const auto both = [](const char* one, const char* other) {
        CHECK(net::collide(endpoint(one), endpoint(other)) ==
              net::collide(endpoint(other), endpoint(one)));
        return net::collide(endpoint(one), endpoint(other));
    };
    CHECK(both("127.0.0.1:5", "127.0.0.1:5"));
    CHECK(both("0.0.0.0:5", "127.0.0.1:5"));
    CHECK(both("[::]:5", "127.0.0.1:5")); // if it serves IPv4 as well
    CHECK(both("[::]:5", "[::1]:5"));
    CHECK_FALSE(both("127.0.0.1:5", "127.0.0.1:6"));
    CHECK_FALSE(both("127.0.0.1:5", "127.0.0.2:5"));
    CHECK_FALSE(both("0.0.0.0:5", "[::1]:5"));
}

TEST_CASE("what cannot be listened on has a remedy")
{
    const auto problem = [](const char* text, int error, Transport transport = Transport::tcp) {
        return net::listen_problem(endpoint(text), transport, error);
    };
    CHECK(problem("0.0.0.0:55435", EADDRINUSE) ==
          "Address already in use; see by whom with: ss -ltnp sport = :55435");
    CHECK(has(problem("0.0.0.0:55435", EADDRINUSE, Transport::udp), "ss -lunp sport = :55435"));
    CHECK(has(problem("0.0.0.0:80", EACCES), "CAP_NET_BIND_SERVICE"));
    CHECK_FALSE(has(problem("0.0.0.0:8080", EACCES), "1024"));
    CHECK(has(problem("[::]:1", EAFNOSUPPORT), "no IPv6 here"));
    CHECK(has(problem("[fe80::1]:5", EINVAL), "fe80::"));
    CHECK(has(problem("0.0.0.0:5", EMFILE), "LimitNOFILE"));
}

TEST_CASE("an address that this machine has not got is listened on all the same")
{
    // Of documentation: no machine has it.
    const net::Listening late = net::listen_on(endpoint("203.0.113.77:0"), net::Keepalive{});
    CHECK(late.error == 0);
    CHECK(late.socket.is_open());
    CHECK(net::has_address(*wire::parse_address("203.0.113.77")) == false);
    CHECK(net::has_address(*wire::parse_address("127.0.0.1")) == true);
    CHECK(net::has_address(*wire::parse_address("2001:db8::77")) == false);
}
