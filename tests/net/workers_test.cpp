// Several workers, each in a thread of its own.
#include "crowd.hpp"

#include <array>
#include <atomic>
#include <poll.h>
#include <thread>
#include <unistd.h>

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

TEST_CASE("a game whose three connections came to three threads")
{
    Crowd crowd(3);
    const net::UniqueFd control = crowd.arrive(2);
    write_all(control, std::string("RATS") + std::string(12, '\0'));
    const std::string id = crowd.hear(control, 16).substr(4);
    CHECK(id[1] == 2);
    const net::UniqueFd guest = crowd.arrive(0);
    write_all(guest, "RATS" + id + "hello");
    const std::string ticket = crowd.hear(control, 16).substr(4);
    const net::UniqueFd host = crowd.arrive(1);
    write_all(host, "RATL" + ticket);
    CHECK(crowd.hear(host, 5) == "hello");
    write_all(host, "and back");
    CHECK(crowd.hear(guest, 8) == "and back");
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
        ids.push_back(crowd.hear(host, 16).substr(4));
    std::vector<net::UniqueFd> guests;
    for (int game = 0; game < games; ++game) {
        guests.push_back(crowd.arrive(static_cast<std::uint16_t>((game * 7 + 1) % 4)));
        write_all(guests.back(), "RATS" + ids[static_cast<std::size_t>(game)] + "game " +
                                     std::to_string(100 + game));
    }
    std::vector<net::UniqueFd> sides;
    for (int game = 0; game < games; ++game) {
        const auto at = static_cast<std::size_t>(game);
        const std::string ticket = crowd.hear(hosts[at], 16).substr(4);
        sides.push_back(crowd.arrive(static_cast<std::uint16_t>((game * 3 + 2) % 4)));
        write_all(sides.back(), "RATL" + ticket);
    }
    for (int game = 0; game < games; ++game)
        CHECK(crowd.hear(sides[static_cast<std::size_t>(game)], 8) ==
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

struct CrowdGame
{
    net::UniqueFd control, guest, host;
    std::string id;

    CrowdGame(Crowd& crowd, std::uint16_t first)
    {
        const auto at = [&](int step) {
            return static_cast<std::uint16_t>((first + step) % crowd.workers.count());
        };
        control = crowd.arrive(at(0));
        write_all(control, std::string("RATS") + std::string(12, '\0'));
        id = crowd.hear(control, 16).substr(4);
        guest = crowd.arrive(at(1));
        write_all(guest, "RATS" + id + "hello");
        const std::string ticket = crowd.hear(control, 16).substr(4);
        host = crowd.arrive(at(2));
        write_all(host, "RATL" + ticket);
        CHECK(crowd.hear(host, 5) == "hello");
    }

    void play(Crowd& crowd, const std::string& words) const
    {
        write_all(host, words);
        CHECK(crowd.hear(guest, words.size()) == words);
        write_all(guest, words);
        CHECK(crowd.hear(host, words.size()) == words);
    }
};

// What the process before has left: its sockets are taken.
std::unique_ptr<net::IncomingHandover> succeed(Crowd& before)
{
    net::OutgoingHandover out;
    const auto held = before.workers.stand_still();
    net::HandoverFacts facts;
    facts.paused = before.workers.now();
    before.workers.hand_over(out, facts);
    out.finish(facts);
    out.send_sockets();
    REQUIRE(out.problem().empty());
    before.workers.leave();
    return std::make_unique<net::IncomingHandover>(net::UniqueFd(dup(out.state())),
                                                   net::UniqueFd(dup(out.sockets())));
}

} // namespace

TEST_CASE("another process has another count of workers, and every game goes on and is found")
{
    std::vector<std::unique_ptr<Crowd>> relays;
    relays.push_back(std::make_unique<Crowd>(1));
    std::vector<CrowdGame> games;
    games.emplace_back(*relays.back(), 0);
    const wire::Network banned = wire::parse_network("192.0.2.0/24").value();
    (void)relays.back()->workers.ban({banned, {}, "", "", {}});
    relays.back()->workers.take_new(true);
    const auto promised = relays.back()->workers.reserve({{}, {banned}, {}});
    REQUIRE(promised);
    for (const int wanted : {3, 2, 4, 4, 1, 3}) {
        const auto count = static_cast<std::uint16_t>(wanted);
        const auto left = succeed(*relays.back());
        REQUIRE(left->problem().empty());
        relays.push_back(std::make_unique<Crowd>(count, lobby::Policy{}, left.get()));
        Crowd& relay = *relays.back();
        CHECK(relay.taken.connections == 3 * games.size());
        CHECK(relay.taken.lost == 0);
        CHECK(relay.taken.has_memory);
        CHECK(relay.workers.figures().totals.links == games.size());
        for (const CrowdGame& game : games)
            game.play(relay, "still here");
        for (std::uint16_t first = 0; first < count; ++first)
            games.emplace_back(relay, first);
        for (const CrowdGame& game : games)
            game.play(relay, "and all of us");
        relay.workers.each([&](net::Engine& engine) {
            CHECK(engine.lobby().bans().size() == 1);
            CHECK(engine.lobby().reservations().size() == 1);
        });
        // One more guest for the oldest game, from whichever worker it comes.
        const net::UniqueFd late = relay.arrive(static_cast<std::uint16_t>(count - 1));
        write_all(late, "RATS" + games.front().id + "me too");
        CHECK(relay.hear(games.front().control, 16).starts_with("RATL"));
        relay.run_until([&] { return relay.use().waiting_joins == 1; });
        (void)net::finish_writing(late.value());
        (void)relay.hear_end(late);
    }
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
    const std::string id = crowd.hear(control, 16).substr(4);
    const net::UniqueFd guest = crowd.arrive(1);
    write_all(guest, "RATS" + id + "hello");
    const net::UniqueFd host = crowd.arrive(2);
    write_all(host, "RATL" + crowd.hear(control, 16).substr(4));
    REQUIRE(crowd.hear(host, 5) == "hello");
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
    write_all(again, "RATL" + crowd.hear(control, 16).substr(4));
    CHECK(crowd.hear(again, 4) == "late");
}

TEST_CASE("whoever takes over what others had tells its home")
{
    Crowd crowd(3);
    const net::UniqueFd control = crowd.arrive(1);
    write_all(control, std::string("RATS") + std::string(12, '\0'));
    const std::string id = crowd.hear(control, 16).substr(4);
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
    CHECK(crowd.hear(control, 16).substr(0, 4) == "RATL");
    CHECK(crowd.workers.hold(2)->lobby().use().waiting_joins == 1);
}
