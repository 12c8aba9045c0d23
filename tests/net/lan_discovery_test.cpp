#include "net/lan_discovery.hpp"

#include "support/catch.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <netinet/in.h>
#include <string>
#include <string_view>

using namespace netplay_relay;

namespace {

wire::Endpoint loopback_endpoint() { return *wire::parse_endpoint("127.0.0.1:0"); }

int option(int socket, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0);
    return value;
}

struct Lan
{
    boost::asio::io_context io;
    net::LanDiscovery discovery;
    net::UniqueFd frontend;

    explicit Lan(std::vector<wire::Advertisement> games, lobby::DiscoveryLimits limits = {})
        : discovery(
              io, net::listen_for_discovery(loopback_endpoint()).socket,
              [games = std::move(games)] { return games; }, limits),
          frontend(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(discovery.endpoint().port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(connect(frontend.value(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                0);
    }

    void say(std::string_view datagram) const
    {
        REQUIRE(send(frontend.value(), datagram.data(), datagram.size(), 0) ==
                static_cast<ssize_t>(datagram.size()));
    }

    void run_until_heard(std::uint64_t queries)
    {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (discovery.counts().queries < queries) {
            REQUIRE(std::chrono::steady_clock::now() < limit);
            io.run_one_for(std::chrono::milliseconds(20));
        }
    }

    // The next datagram; empty if there is none.
    [[nodiscard]] std::string hear() const
    {
        std::array<char, 2000> buffer{};
        const ssize_t size = recv(frontend.value(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : "";
    }
};

lobby::DiscoveryLimits with_loopback()
{
    lobby::DiscoveryLimits limits;
    limits.loopback = true;
    return limits;
}

std::vector<wire::Advertisement> one_game()
{
    wire::Advertisement game;
    game.nick = "alice";
    return {game};
}

} // namespace

TEST_CASE("a burst of questions is answered once, with 688 bytes")
{
    Lan lan(one_game(), with_loopback());
    constexpr int questions = 100; // more than are read in one turn
    for (int count = 0; count < questions; ++count)
        lan.say("RANQ");
    lan.run_until_heard(questions);
    const std::string answer = lan.hear();
    REQUIRE(answer.size() == wire::discovery_answer_size);
    CHECK(answer.substr(0, 4) == "RANS");
    CHECK(answer.substr(16, 6) == std::string("alice\0", 6));
    CHECK(lan.hear().empty());
    CHECK(lan.discovery.counts().answered == 1);
}

TEST_CASE("odd datagrams are heard and not answered")
{
    Lan lan(one_game(), with_loopback());
    lan.say("");
    lan.say("RAN");
    lan.say(std::string(60000, 'R'));
    std::string old(524, '\0');
    old.replace(0, 8, std::string("RANQ\0\0\0\5", 8));
    lan.say(old);
    lan.run_until_heard(4);
    CHECK(lan.hear().empty());
    CHECK(lan.discovery.counts().ignored == std::array<std::uint64_t, 6>{0, 3, 1, 0, 0, 0});
    // Longer than any known query is a current one, however it goes on.
    old.resize(525);
    lan.say(old);
    lan.run_until_heard(5);
    CHECK(lan.hear().size() == wire::discovery_answer_size);
}

TEST_CASE("loopback is not answered unless a test says so")
{
    Lan lan(one_game());
    lan.say("RANQ");
    lan.run_until_heard(1);
    CHECK(lan.hear().empty());
    CHECK(lan.discovery.counts().ignored[0] == 1);
}

TEST_CASE("once it is stopped nobody is heard")
{
    Lan lan(one_game(), with_loopback());
    lan.discovery.stop();
    lan.io.run_for(std::chrono::seconds(10));
    CHECK(lan.io.stopped()); // nothing is waited for any more
    CHECK(lan.discovery.counts().queries == 0);
}

TEST_CASE("the socket shares its port and cannot send broadcasts")
{
    const net::Listening first = net::listen_for_discovery(loopback_endpoint());
    REQUIRE(first.socket.is_open());
    CHECK(option(first.socket.value(), SO_REUSEADDR) == 1);
    CHECK(option(first.socket.value(), SO_BROADCAST) == 0);
    CHECK(net::listen_for_discovery(net::local_endpoint(first.socket.value())).socket.is_open());
    const net::Listening ipv6 = net::listen_for_discovery(*wire::parse_endpoint("[::1]:0"));
    CHECK_FALSE(ipv6.socket.is_open());
    CHECK(ipv6.error != 0);
    // An address that may come later.
    CHECK(net::listen_for_discovery(*wire::parse_endpoint("203.0.113.7:0")).socket.is_open());
}
