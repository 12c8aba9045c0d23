// Several workers, each in a thread of its own.
#include "net/workers.hpp"

#include "support/catch.hpp"
#include "support/counting_random.hpp"
#include "support/socket_pair.hpp"

#include <array>
#include <atomic>
#include <poll.h>
#include <thread>
#include <unistd.h>

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

namespace {

struct Crowd
{
    boost::asio::io_context io;
    std::uint16_t drawn = 0;
    net::Workers workers;
    int arrivals = 0;

    explicit Crowd(std::uint16_t count, const lobby::Policy& policy = {})
        : workers(io, count, policy, {"relay", 9},
                  [this] { return std::make_unique<CountingRandom>(++drawn); })
    {
        workers.start();
    }

    net::UniqueFd arrive(std::uint16_t at)
    {
        SocketPair pair = make_socket_pair();
        const auto from = "10.0.0." + std::to_string(++arrivals) + ":1000";
        workers.hold(at)->take(std::move(pair.ours), *wire::parse_endpoint(from));
        return std::move(pair.theirs);
    }

    [[nodiscard]] lobby::Use use() const
    {
        return workers.sum([](net::Engine& engine) { return engine.lobby().use(); });
    }
};

// What the relay says to this player, as soon as it is so much.
std::string hear_all(const net::UniqueFd& player, std::size_t size)
{
    std::string heard;
    while (heard.size() < size) {
        pollfd wait{player.value(), POLLIN, 0};
        REQUIRE(poll(&wait, 1, 10000) == 1);
        std::string some(size - heard.size(), '\0');
        const ssize_t read = ::read(player.value(), some.data(), some.size());
        REQUIRE(read > 0);
        heard += some.substr(0, static_cast<std::size_t>(read));
    }
    return heard;
}

} // namespace

TEST_CASE("a game whose three connections came to three threads")
{
    Crowd crowd(3);
    const net::UniqueFd control = crowd.arrive(2);
    write_all(control, std::string("RATS") + std::string(12, '\0'));
    const std::string id = hear_all(control, 16).substr(4);
    CHECK(id[1] == 2);
    const net::UniqueFd guest = crowd.arrive(0);
    write_all(guest, "RATS" + id + "hello");
    const std::string ticket = hear_all(control, 16).substr(4);
    const net::UniqueFd host = crowd.arrive(1);
    write_all(host, "RATL" + ticket);
    CHECK(hear_all(host, 5) == "hello");
    write_all(host, "and back");
    CHECK(hear_all(guest, 8) == "and back");
    const lobby::Use use = crowd.use();
    CHECK(use.links == 1);
    CHECK(use.connections == 3);
    CHECK(crowd.workers.hold(2)->lobby().use().links == 1);
    CHECK(crowd.workers.hold(0)->lobby().use().connections == 0);
}

TEST_CASE("no number of a connection is given out by two workers")
{
    Crowd crowd(3);
    std::vector<net::UniqueFd> kept;
    for (int round = 0; round < 3; ++round)
        for (std::uint16_t worker = 0; worker < 3; ++worker)
            kept.push_back(crowd.arrive(worker));
    std::vector<std::uint64_t> ids;
    crowd.workers.each([&](net::Engine& engine) { ids.push_back(engine.last_connection_id()); });
    CHECK(ids[0] != ids[1]);
    CHECK(ids[1] != ids[2]);
    CHECK(crowd.use().connections == 9);
}

TEST_CASE("many come at once, and everybody meets whom it wants")
{
    Crowd crowd(4);
    constexpr int games = 40;
    std::vector<net::UniqueFd> hosts;
    std::vector<std::string> ids;
    for (int game = 0; game < games; ++game) {
        hosts.push_back(crowd.arrive(static_cast<std::uint16_t>(game % 4)));
        write_all(hosts.back(), std::string("RATS") + std::string(12, '\0'));
    }
    for (const net::UniqueFd& host : hosts)
        ids.push_back(hear_all(host, 16).substr(4));
    std::vector<net::UniqueFd> guests;
    for (int game = 0; game < games; ++game) {
        guests.push_back(crowd.arrive(static_cast<std::uint16_t>((game * 7 + 1) % 4)));
        write_all(guests.back(), "RATS" + ids[static_cast<std::size_t>(game)] + "game " +
                                     std::to_string(100 + game));
    }
    std::vector<net::UniqueFd> sides;
    for (int game = 0; game < games; ++game) {
        const auto at = static_cast<std::size_t>(game);
        const std::string ticket = hear_all(hosts[at], 16).substr(4);
        sides.push_back(crowd.arrive(static_cast<std::uint16_t>((game * 3 + 2) % 4)));
        write_all(sides.back(), "RATL" + ticket);
    }
    for (int game = 0; game < games; ++game)
        CHECK(hear_all(sides[static_cast<std::size_t>(game)], 8) ==
              "game " + std::to_string(100 + game));
    CHECK(crowd.use().links == games);
}

TEST_CASE("one worker has no thread, and is held without waiting")
{
    Crowd crowd(1);
    const net::UniqueFd control = crowd.arrive(0);
    const auto held = crowd.workers.hold(0);
    const auto again = crowd.workers.hold_all();
    CHECK(&*held == &*again.at(0));
    CHECK(held->lobby().use().connections == 1);
}

namespace {

// Both ends of a link, spoken to in a thread of their own: what one says, the other one has to hear
// and to say back, until it is enough.
struct Conversation
{
    const net::UniqueFd& one;
    const net::UniqueFd& other;
    std::atomic<bool> is_over = false;
    std::size_t rounds = 0;
    bool is_in_order = true;

    void run()
    {
        while (!is_over && is_in_order) {
            const std::string text = "round " + std::to_string(100000 + rounds++);
            is_in_order = passes(one, other, text) && passes(other, one, text + " back");
        }
    }

    static bool passes(const net::UniqueFd& from, const net::UniqueFd& to, const std::string& text)
    {
        if (::write(from.value(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            return false;
        std::string heard;
        while (heard.size() < text.size()) {
            pollfd wait{to.value(), POLLIN, 0};
            if (poll(&wait, 1, 10000) != 1) return false;
            std::array<char, 64> some{};
            const ssize_t read = ::read(to.value(), some.data(), some.size());
            if (read <= 0) return false;
            heard.append(some.data(), static_cast<std::size_t>(read));
        }
        return heard == text;
    }
};

} // namespace

TEST_CASE("a busy link moves to and fro between threads, and not a byte is lost")
{
    Crowd crowd(3);
    const net::UniqueFd control = crowd.arrive(0);
    write_all(control, std::string("RATS") + std::string(12, '\0'));
    const std::string id = hear_all(control, 16).substr(4);
    const net::UniqueFd guest = crowd.arrive(1);
    write_all(guest, "RATS" + id + "hello");
    const net::UniqueFd host = crowd.arrive(2);
    write_all(host, "RATL" + hear_all(control, 16).substr(4));
    REQUIRE(hear_all(host, 5) == "hello");
    const lobby::Game game = crowd.workers.hold(0)->lobby().games().at(0);

    Conversation talk{guest, host};
    std::thread speaks([&talk] { talk.run(); });
    std::uint16_t at = 0;
    std::size_t moved = 0;
    for (; moved < 300; ++moved) {
        const auto to = static_cast<std::uint16_t>((at + 1) % 3);
        if (!crowd.workers.balance().move(game, at, to)) break;
        at = to;
    }
    talk.is_over = true;
    speaks.join();
    CHECK(moved == 300);
    CHECK(talk.is_in_order);
    CHECK(talk.rounds > 0);
    CHECK(crowd.workers.balance().games_moved() == 300);
    INFO("longest pause of " << moved
                             << " moves: " << crowd.workers.balance().longest_pause().count() / 1000
                             << " us, " << talk.rounds << " rounds");

    // It is found wherever it is.
    const net::UniqueFd late = crowd.arrive(1);
    write_all(late, "RATS" + id + "late");
    const net::UniqueFd again = crowd.arrive(2);
    write_all(again, "RATL" + hear_all(control, 16).substr(4));
    CHECK(hear_all(again, 4) == "late");
}

TEST_CASE("whoever takes over what others had tells its home")
{
    Crowd crowd(3);
    const net::UniqueFd control = crowd.arrive(1);
    write_all(control, std::string("RATS") + std::string(12, '\0'));
    const std::string id = hear_all(control, 16).substr(4);
    {
        // As of a process with another count of workers.
        const auto all = crowd.workers.hold_all();
        const auto moving = all[1]->give(all[1]->lobby().games().at(0), SIZE_MAX);
        REQUIRE(moving.has_value());
        REQUIRE_FALSE(all[2]->take_given(*moving).has_value());
        crowd.workers.settle_homes();
        CHECK(all[1]->lobby().games_away() == 1);
    }
    const net::UniqueFd guest = crowd.arrive(0);
    write_all(guest, "RATS" + id + "hello");
    CHECK(hear_all(control, 16).substr(0, 4) == "RATL");
    CHECK(crowd.workers.hold(2)->lobby().use().waiting_joins == 1);
}
