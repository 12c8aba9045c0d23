// What the limits of the process leave to each of its workers.
#include "lobby/shares.hpp"

#include "script.hpp"
#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;

TEST_CASE("each has what it uses, and an equal part of what is left")
{
    const Amounts limits{100, 10, 5, 1};
    const std::vector<Amounts> uses{{40, 1, 5, 0}, {10, 0, 0, 0}, {0, 4, 0, 1}};
    const std::vector<Amounts> shares = share_out(limits, uses);
    CHECK(shares[0] == Amounts{57, 3, 5, 0});
    CHECK(shares[1] == Amounts{27, 2, 0, 0});
    CHECK(shares[2] == Amounts{16, 5, 0, 1});
}

TEST_CASE("all together never have more than there is, unless they use more already")
{
    std::uint64_t chance = 1;
    const auto draw = [&](std::size_t below) {
        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::size_t>(chance >> 33U) % below;
    };
    for (int round = 0; round < 1000; ++round) {
        const std::size_t limit = draw(50);
        std::vector<Amounts> uses(1 + draw(5));
        std::size_t used = 0;
        for (Amounts& use : uses)
            used += use.sessions = draw(20);
        const std::vector<Amounts> shares = share_out({0, limit, 0, 0}, uses);
        std::size_t shared = 0;
        for (std::size_t at = 0; at < uses.size(); ++at) {
            CHECK(shares[at].sessions >= uses[at].sessions);
            shared += shares[at].sessions;
        }
        CHECK(shared == std::max(limit, used));
    }
}

TEST_CASE("one is short while something is left of its share")
{
    const Amounts limits{100, 4, 100, 100};
    CHECK_FALSE(is_short({0, 0, 0, 0}, {50, 2, 50, 50}, limits));
    CHECK(is_short({0, 1, 0, 0}, {50, 2, 50, 50}, limits));
    CHECK_FALSE(is_short({43, 0, 0, 0}, {50, 2, 50, 50}, limits));
    CHECK(is_short({44, 0, 0, 0}, {50, 2, 50, 50}, limits));
    CHECK(is_short({60, 0, 0, 0}, {50, 2, 50, 50}, limits));
    // More there is not.
    CHECK_FALSE(is_short({100, 4, 100, 100}, limits, limits));
}

TEST_CASE("a share is a limit for who comes, and for nobody who is there")
{
    Script talk;
    talk.hosts("first");
    talk.hosts("second");
    (void)talk.tells(SetShare{{3, 1, 0, 0}});
    CHECK(talk.lobby.use().sessions == 2);
    CHECK(talk.asks("third") == Words{"close third sessions_full"});
    CHECK(talk.arrives("fourth") == Words{});
    CHECK(talk.arrives("fifth") == Words{"close fifth connections_full"});
    (void)talk.tells(SetShare{no_limit()});
    talk.hosts("sixth");
}
