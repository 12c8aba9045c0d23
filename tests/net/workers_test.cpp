// Several workers, each in a thread of its own.
#include "crowd.hpp"

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
