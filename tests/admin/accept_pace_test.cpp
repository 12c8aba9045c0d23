// How fast the admin server takes connections: whoever floods it waits in the kernel.
#include "admin/admin_server.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <sys/socket.h>
#include <vector>

using namespace netplay_relay;
using namespace std::chrono_literals;

namespace {

class Server
{
public:
    explicit Server(admin::ServerSettings settings) : server_(io_, settings)
    {
        admin::Route route;
        route.path = "/healthz";
        route.answer = [](const admin::Request& request, const admin::Caller&) {
            return admin::answer_with(
                admin::respond(request, boost::beast::http::status::ok, "yes", "text/plain"));
        };
        server_.add(std::move(route));
        net::UniqueFd listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address_;
        REQUIRE(::bind(listening.value(), as_address(), size) == 0);
        REQUIRE(::listen(listening.value(), 256) == 0);
        REQUIRE(::getsockname(listening.value(), as_address(), &size) == 0);
        server_.serve(std::move(listening));
    }

    void ask()
    {
        constexpr std::string_view request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        net::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(client.value(), as_address(), sizeof address_) == 0);
        REQUIRE(::send(client.value(), request.data(), request.size(), 0) ==
                static_cast<ssize_t>(request.size()));
        clients_.push_back(std::move(client));
    }

    // Of those who ask, how many have been answered.
    [[nodiscard]] std::size_t answered() const
    {
        std::array<char, 16> piece{};
        return static_cast<std::size_t>(std::ranges::count_if(clients_, [&](const auto& client) {
            return ::recv(client.value(), piece.data(), piece.size(), MSG_PEEK | MSG_DONTWAIT) > 0;
        }));
    }

    void run_until_answered(std::size_t count)
    {
        const auto limit = std::chrono::steady_clock::now() + 10s;
        while (answered() < count) {
            REQUIRE(std::chrono::steady_clock::now() < limit);
            (void)io_.run_one_for(20ms);
        }
        while (io_.poll() > 0) { // whatever else could be done now
        }
    }

private:
    sockaddr* as_address() { return reinterpret_cast<sockaddr*>(&address_); }

    boost::asio::io_context io_;
    admin::AdminServer server_;
    sockaddr_in address_{};
    std::vector<net::UniqueFd> clients_;
};

} // namespace

TEST_CASE("so many are accepted at once, and the rest at the pace that was set")
{
    admin::ServerSettings settings;
    settings.accepted_per_second = 0.001; // none more while this test runs
    settings.accepted_at_once = 5;
    Server server(settings);
    for (int count = 0; count < 20; ++count)
        server.ask();
    server.run_until_answered(5);
    CHECK(server.answered() == 5);
}

TEST_CASE("who waits for the pace is answered when it is its turn")
{
    admin::ServerSettings settings;
    settings.accepted_per_second = 500;
    settings.accepted_at_once = 1;
    Server server(settings);
    const auto begin = std::chrono::steady_clock::now();
    for (int count = 0; count < 20; ++count)
        server.ask();
    server.run_until_answered(20);
    CHECK(server.answered() == 20);
    // 19 have waited for 2 ms each, however slow or fast this machine is.
    CHECK(std::chrono::steady_clock::now() - begin >= 38ms);
}

TEST_CASE("the operator's address has the pace of the guides")
{
    const admin::ServerSettings settings;
    CHECK(settings.accepted_per_second == 250);
    CHECK(settings.accepted_at_once == 64);
}
