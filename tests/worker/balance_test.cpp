// What follows from the loads of workers.
#include "worker/balance.hpp"

#include "base/placing.hpp"
#include "support/catch.hpp"

#include <numeric>

using namespace netplay_relay;
using namespace netplay_relay::worker;
using namespace std::chrono_literals;

namespace {

lobby::Game numbered(std::uint64_t number) { return {lobby::GameKind::room, number}; }

// Games as they are spread over workers, each with its part of a core.
struct Spread
{
    struct One
    {
        lobby::Game game;
        std::uint32_t busy = 0;
        std::size_t at = 0;
        std::uint64_t bytes = 0;
    };
    std::vector<One> games;
    std::size_t workers;
    Balancer balancer;
    lobby::Instant now{1h};
    std::size_t moves = 0;

    [[nodiscard]] std::vector<Load> loads() const
    {
        std::vector<Load> all(workers);
        for (const One& one : games)
            all[one.at].busy += one.busy;
        for (Load& load : all)
            load.busy = std::min<std::uint32_t>(load.busy, 1000);
        return all;
    }
    [[nodiscard]] std::uint32_t difference() const
    {
        const std::vector<Load> all = loads();
        const auto [least, most] = std::ranges::minmax(all, {}, &Load::busy);
        return most.busy - least.busy;
    }

    // A second of play, and a look.
    std::size_t look()
    {
        now += 1s;
        for (One& one : games)
            one.bytes += one.busy * 1000;
        balancer.look(loads());
        const auto transfer = balancer.wanted();
        if (!transfer) return 0;
        std::vector<GameUse> uses;
        for (const One& one : games)
            if (one.at == transfer->from) uses.push_back({one.game, one.bytes});
        const std::vector<lobby::Game> going = balancer.choose(*transfer, uses, now);
        for (const lobby::Game game : going) {
            std::ranges::find(games, game, &One::game)->at = transfer->to;
            balancer.note_gone(game, now);
        }
        moves += going.size();
        return going.size();
    }
};

} // namespace

TEST_CASE("where a game is opened does not matter while all have about the same to do")
{
    CHECK(places_for_new({}).empty());
    CHECK(places_for_new(std::vector<Load>{{500, 10}, {540, 30}}).empty());
    CHECK(places_for_new(std::vector<Load>{{0, 0}, {0, 199}}).empty());
}

TEST_CASE("most new games go where least is to do, and none gets them all")
{
    CHECK(places_for_new(std::vector<Load>{{0, 0}, {500, 0}, {500, 0}}) ==
          std::vector<std::uint8_t>{15, 2, 2});
    // Those that have just been opened are not busy yet.
    CHECK(places_for_new(std::vector<Load>{{0, 0}, {0, 400}}) == std::vector<std::uint8_t>{15, 7});
    Placing placing({15, 2, 2});
    std::vector<int> got(3);
    for (int game = 0; game < 1900; ++game)
        ++got[*placing.next()];
    CHECK(got == std::vector<int>{1500, 200, 200});
    CHECK_FALSE(Placing().next().has_value());
    CHECK_FALSE(Placing({0, 0}).next().has_value());
}

TEST_CASE("of a row of games everybody gets its part all along")
{
    Placing placing({3, 1});
    std::vector<std::uint16_t> row;
    for (int game = 0; game < 8; ++game)
        row.push_back(*placing.next());
    CHECK(std::ranges::count(std::span(row).first(4), 1) == 1);
    CHECK(std::ranges::count(row, 1) == 2);
}

TEST_CASE("a game goes only if a fifth of a core is between two")
{
    CHECK_FALSE(wanted_transfer({}).has_value());
    CHECK_FALSE(wanted_transfer(std::vector<Load>{{700, 0}, {500, 0}}).has_value());
    CHECK(wanted_transfer(std::vector<Load>{{300, 0}, {900, 0}, {100, 0}}) == Transfer{1, 2, 400});
}

TEST_CASE("the games to go are the largest that fit")
{
    const std::vector<GameUse> uses{
        {numbered(1), 700}, {numbered(2), 100}, {numbered(3), 150}, {numbered(4), 50}};
    CHECK(games_to_go(uses, 1000, 300) == std::vector{numbered(3), numbered(2), numbered(4)});
    CHECK(games_to_go(uses, 1000, 40).empty());
    CHECK(games_to_go(uses, 1000, 700) == std::vector{numbered(1)});
    CHECK(games_to_go({}, 1000, 700).empty());
    std::vector<GameUse> many;
    for (std::uint64_t number = 0; number < 100; ++number)
        many.push_back({numbered(number), 1});
    CHECK(games_to_go(many, 1000, 500).size() == games_at_once);
}

TEST_CASE("a skewed start is evened out in some seconds, and then nothing moves any more")
{
    std::uint64_t chance = 7;
    const auto draw = [&](std::uint32_t below) {
        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::uint32_t>(chance >> 33U) % below;
    };
    for (int round = 0; round < 100; ++round) {
        Spread spread;
        spread.workers = 2 + draw(6);
        const std::uint32_t count = 10 + draw(60);
        for (std::uint64_t number = 0; number < count; ++number)
            spread.games.push_back({numbered(number), 1 + draw(30), 0, 0});
        int seconds = 0;
        while (spread.difference() > moving_difference && seconds < 300)
            (void)spread.look(), ++seconds;
        CHECK(spread.difference() <= moving_difference);
        CHECK(spread.moves <= count); // nobody goes to and fro
        for (int more = 0; more < 20; ++more)
            (void)spread.look(); // what was believed of before is over
        for (int more = 0; more < 100; ++more)
            CHECK(spread.look() == 0);
    }
}

TEST_CASE("one game that keeps a worker busy stays where it is")
{
    Spread spread;
    spread.workers = 2;
    spread.games.push_back({numbered(1), 900, 0, 0});
    for (int seconds = 0; seconds < 60; ++seconds)
        CHECK(spread.look() == 0);
    // What is beside it goes.
    spread.games.push_back({numbered(2), 50, 0, 0});
    for (int seconds = 0; seconds < 60; ++seconds)
        (void)spread.look();
    CHECK(spread.games[0].at == 0);
    CHECK(spread.games[1].at == 1);
}
