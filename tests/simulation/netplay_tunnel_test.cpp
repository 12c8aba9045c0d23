// Netplay games through the simulated relay, each from a seed of its own.
//
//   NETPLAY_TEST_SEEDS=500 NETPLAY_TEST_FIRST_SEED=1000 netplay_tunnel_test     more and others
#include "netplay_tunnel.hpp"
#include "seeds.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::simulation;

namespace {

constexpr std::uint64_t seeds_of_every_build = 30;

} // namespace

TEST_CASE("a game through the relay is the same for all who play it")
{
    const std::uint64_t first = first_seed();
    const std::uint64_t seeds = seeds_or(seeds_of_every_build);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        INFO(how_to_repeat(seed, "netplay_tunnel_test"));
        const TunnelOutcome outcome = TunnelGame(seed).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        CHECK(outcome.compared > 300);
        CHECK(outcome.rollbacks > 100);
        CHECK(outcome.links > 0);
        if (seed < first + 5) CHECK(outcome.trace == TunnelGame(seed).run().trace);
    }
}
