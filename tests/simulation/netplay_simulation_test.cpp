// Many netplay games, each from a seed of its own.
//
//   netplay_simulation_test                                        the games of every build
//   NETPLAY_TEST_SEEDS=5000 netplay_simulation_test               more of them
//   NETPLAY_TEST_FIRST_SEED=70000 ... netplay_simulation_test     others
//   NETPLAY_TEST_FRAMES=100000 netplay_simulation_test "what*"    what frames cost, more exactly
#include "netplay_world.hpp"
#include "seeds.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>

using namespace netplay_relay;
using namespace netplay_relay::simulation;

namespace {

constexpr std::uint64_t seeds_of_every_build = 400;

std::uint64_t seeds() { return seeds_or(seeds_of_every_build); }

} // namespace

TEST_CASE("whoever plays together sees the same game")
{
    std::uint64_t compared = 0;
    std::uint64_t rollbacks = 0;
    std::uint64_t states = 0;
    std::uint64_t refusals = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "netplay_simulation_test"));
        const NetplayOutcome outcome = NetplayWorld(any_game(seed)).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        compared += outcome.compared;
        rollbacks += outcome.rollbacks;
        states += outcome.states_served;
        refusals += outcome.refusals;
    }
    std::cout << compared << " states compared, " << rollbacks << " rollbacks, " << states
              << " savestates served, " << refusals << " refusals\n";
    if (seeds() < seeds_of_every_build) return;
    // The games are as wild as they are meant to be.
    CHECK(compared > 500 * seeds());
    CHECK(rollbacks > 500 * seeds());
    CHECK(states > 5 * seeds());
    CHECK(refusals > 0);
}

TEST_CASE("the same seed is the same game")
{
    const std::uint64_t count = std::min<std::uint64_t>(seeds(), 10);
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "netplay_simulation_test"));
        const std::uint64_t once = NetplayWorld(any_game(seed)).run().trace;
        CHECK(once == NetplayWorld(any_game(seed)).run().trace);
        CHECK(once != NetplayWorld(any_game(seed + 1)).run().trace);
    }
}

TEST_CASE("a planted desync is found where it is, and repaired")
{
    const std::uint64_t count = std::max<std::uint64_t>(seeds() / 8, 1);
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "netplay_simulation_test"));
        const NetplayPlan plan = game_with_desync(seed);
        const NetplayOutcome outcome = NetplayWorld(plan).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        // The frame at which cores go apart still begins alike.
        const Frame differs = *plan.desync_at + 1;
        REQUIRE(outcome.first_difference);
        CHECK(outcome.first_difference->frame == differs);

        const Frame interval = plan.session.crc_interval;
        const Frame found = (differs + interval - 1) / interval * interval;
        Frame first = ~Frame{0};
        for (const GuestOutcome& guest : outcome.guests) {
            // The savestate that a quicker one asked for may always come before one's own check.
            if (!guest.first_failed_crc) continue;
            CHECK(*guest.first_failed_crc % interval == 0);
            CHECK(*guest.first_failed_crc >= found);
            first = std::min(first, *guest.first_failed_crc);
        }
        CHECK(first == found);
    }
}

TEST_CASE("what frames cost")
{
    const auto frames = static_cast<Frame>(number_from_environment("NETPLAY_TEST_FRAMES", 5000));
    const auto begin = std::chrono::steady_clock::now();
    const NetplayOutcome outcome = NetplayWorld(game_of_two(frames)).run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << outcome.frames << " frames of two peers took " << took.count() << " s, "
              << outcome.rollbacks << " rollbacks and " << outcome.compared
              << " comparisons with them\n";
    CHECK(outcome.complaints == std::vector<std::string>{});
    CHECK(outcome.rollbacks > frames / 10);
}
