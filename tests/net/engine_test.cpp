#include "net/engine.hpp"

#include "support/catch.hpp"
#include "support/socket_pair.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

class CountingRandom : public lobby::RandomSource
{
public:
    void fill(std::span<std::uint8_t> bytes) override
    {
        for (std::uint8_t& byte : bytes)
            byte = ++last_;
    }

private:
    std::uint8_t last_ = 0;
};

// An engine whose players hold the far ends of socket pairs.
struct House
{
    boost::asio::io_context io;
    CountingRandom random;
    net::Engine engine;
    int arrivals = 0;

    explicit House(lobby::Policy policy = {}) : engine(io, std::move(policy), {"relay", 9}, random)
    {
    }

    net::UniqueFd arrive()
    {
        SocketPair pair = make_socket_pair();
        const auto from = "10.0.0." + std::to_string(++arrivals) + ":1000";
        engine.take(std::move(pair.ours), *wire::parse_endpoint(from));
        return std::move(pair.theirs);
    }

    // Runs the loop until the condition holds; fails if it does not come to hold in good time.
    void run_until(const std::function<bool()>& holds)
    {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < limit);
            io.run_one_for(std::chrono::milliseconds(20));
        }
    }

    // What the relay says to this player, as soon as it is at least so much.
    std::string hear(const net::UniqueFd& player, std::size_t size)
    {
        std::string heard;
        run_until([&] {
            heard += read_all(player);
            return heard.size() >= size;
        });
        return heard;
    }

    net::IoState end_of(const net::UniqueFd& player, std::string& heard)
    {
        net::IoState state = net::IoState::blocked;
        run_until([&] {
            heard += read_all(player, state);
            return state != net::IoState::blocked;
        });
        return state;
    }

    std::uint64_t said(lobby::Goodbye goodbye) const
    {
        return engine.lobby().totals().goodbyes[static_cast<std::size_t>(goodbye)];
    }
};

struct Game
{
    House& house;
    net::UniqueFd control;
    net::UniqueFd guest;
    net::UniqueFd host;

    explicit Game(House& in, const std::string& early = "header",
                  const std::string& host_early = "")
        : house(in), control(house.arrive())
    {
        write_all(control, std::string("RATS") + std::string(12, '\0'));
        const std::string id = house.hear(control, 16).substr(4);
        guest = house.arrive();
        write_all(guest, "RATS" + id + early);
        const std::string ticket = house.hear(control, 16).substr(4);
        host = house.arrive();
        write_all(host, "RATL" + ticket + host_early);
        house.run_until([&] { return house.engine.lobby().use().links == 1; });
    }
};

} // namespace

TEST_CASE("a game through the engine: early bytes first, then both ways")
{
    House house;
    Game game(house, "guest's header", "host's first word");
    CHECK(house.hear(game.host, 14) == "guest's header");
    CHECK(house.hear(game.guest, 17) == "host's first word");
    write_all(game.guest, "input");
    CHECK(house.hear(game.host, 5) == "input");
    write_all(game.host, "more input");
    CHECK(house.hear(game.guest, 10) == "more input");

    const auto keys = house.engine.lobby().session_keys();
    REQUIRE(keys.size() == 1);
    const auto session = house.engine.lobby().look_at(keys[0]);
    REQUIRE(session);
    CHECK(house.engine.join_text(*session) == "relay|9|" + wire::to_text(session->id));
    const auto facts = house.engine.facts(session->links.at(0));
    REQUIRE(facts);
    CHECK(facts->guest.received == 14 + 5);
    CHECK(facts->host.received == 17 + 10);
}

TEST_CASE("a half-close goes through, and the answer to it comes back")
{
    House house;
    Game game(house);
    CHECK(house.hear(game.host, 6) == "header");
    write_all(game.guest, "bye");
    net::finish_writing(game.guest.value());
    std::string heard;
    CHECK(house.end_of(game.host, heard) == net::IoState::finished);
    CHECK(heard == "bye");
    write_all(game.host, "farewell");
    net::finish_writing(game.host.value());
    heard.clear();
    CHECK(house.end_of(game.guest, heard) == net::IoState::finished);
    CHECK(heard == "farewell");
    CHECK(house.engine.lobby().use().links == 0);
    CHECK(house.said(lobby::Goodbye::guest_left) == 1);
    CHECK(house.engine.bytes_moved() == 6 + 3 + 8);
}

TEST_CASE("what a slow reader has not taken arrives before the end does")
{
    House house;
    Game game(house);
    std::string expected = "header";
    // Neither end reads or runs while this goes in: it fills the sockets and what the relay keeps.
    for (int round = 0; round < 50; ++round) {
        expected += fill(game.guest);
        house.io.poll();
    }
    net::finish_writing(game.guest.value());
    std::string heard;
    CHECK(house.end_of(game.host, heard) == net::IoState::finished);
    CHECK(heard == expected);
}

TEST_CASE("one end gone: the other gets what was said, and the end")
{
    House house;
    Game game(house);
    write_all(game.host, "the last frame");
    game.host = net::UniqueFd();
    std::string heard;
    CHECK(house.end_of(game.guest, heard) == net::IoState::finished);
    CHECK(heard == "the last frame");
    game.guest = net::UniqueFd();
    house.run_until([&] { return house.engine.lobby().use().links == 0; });
    CHECK(house.said(lobby::Goodbye::host_dropped_guest) == 1);
    CHECK(house.engine.lobby().use().sessions == 1);
}

TEST_CASE("a refused guest reads why")
{
    lobby::Policy policy;
    policy.join.deny.push_back(*wire::parse_network("10.0.0.1"));
    House house(policy);
    const net::UniqueFd guest = house.arrive();
    write_all(guest, "RATS" + std::string(12, 'x') + "header");
    std::string heard;
    CHECK(house.end_of(guest, heard) == net::IoState::finished);
    CHECK(heard.size() == 24);
    CHECK(heard.substr(0, 4) == "DENY");
}

TEST_CASE("a guest that says more than is kept loses nothing")
{
    lobby::Policy policy;
    policy.limits.buffered_bytes_per_connection = 4096;
    House house(policy);
    const net::UniqueFd control = house.arrive();
    write_all(control, std::string("RATS") + std::string(12, '\0'));
    const std::string id = house.hear(control, 16).substr(4);
    const net::UniqueFd guest = house.arrive();
    write_all(guest, "RATS" + id);
    const std::string early = fill(guest);
    const std::string ticket = house.hear(control, 16).substr(4);
    for (int round = 0; round < 10; ++round)
        house.io.poll();
    const net::UniqueFd host = house.arrive();
    write_all(host, "RATL" + ticket);
    CHECK(house.hear(host, early.size()) == early);
}

TEST_CASE("a guest whose session id was mistyped never opens a session")
{
    House house;
    const net::UniqueFd guest = house.arrive();
    write_all(guest, std::string("RATS") + std::string(12, '\0'));
    house.run_until([&] { return house.engine.lobby().use().connections == 1; });
    house.io.poll();
    write_all(guest, "RANP");
    std::string heard;
    (void)house.end_of(guest, heard);
    CHECK(heard.empty());
    CHECK(house.said(lobby::Goodbye::lost_guest) == 1);
    CHECK(house.engine.lobby().totals().sessions == 0);
}

TEST_CASE("shutting down lets the last bytes out, then tells that all is done")
{
    House house;
    Game game(house);
    write_all(game.guest, "nearly there");
    house.io.poll();
    bool done = false;
    house.engine.shut_down(std::chrono::seconds(10), [&] { done = true; });
    std::string heard;
    (void)house.end_of(game.host, heard);
    CHECK(heard == "headernearly there");
    game.host = net::UniqueFd();
    game.guest = net::UniqueFd();
    game.control = net::UniqueFd();
    house.run_until([&] { return done; });
    CHECK(house.engine.lobby().use().connections == 0);
}

TEST_CASE("shutting down waits no longer than its grace")
{
    House house;
    Game game(house);
    bool done = false;
    house.engine.shut_down(std::chrono::seconds(0), [&] { done = true; });
    house.run_until([&] { return done; });
}
