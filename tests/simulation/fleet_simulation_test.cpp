// Many fleets of 1 to 5 nodes with 1 to 4 workers each, each from a seed of its own.
//
//   fleet_simulation_test                                     those of every build
//   NETPLAY_TEST_SEEDS=5000 fleet_simulation_test            more of them
//   NETPLAY_TEST_FIRST_SEED=70000 ... fleet_simulation_test  others
#include "fleet_world.hpp"
#include "party_fleet_world.hpp"
#include "seeds.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <iostream>

using namespace netplay_relay;
using namespace netplay_relay::simulation;

namespace {

constexpr std::uint64_t seeds_of_every_build = 150;

std::uint64_t seeds() { return seeds_or(seeds_of_every_build); }

void add(FleetCounts& all, const FleetCounts& one)
{
    all.hops += one.hops;
    all.taken += one.taken;
    all.returned += one.returned;
    all.died += one.died;
    all.given_away += one.given_away;
    all.passed_on += one.passed_on;
    all.rooms_compared += one.rooms_compared;
    all.met += one.met;
}

void tell(const FleetCounts& all)
{
    std::cout << all.hops << " hops, " << all.taken << " taken, " << all.returned << " given back, "
              << all.died << " nodes died, " << all.given_away << " games given away, "
              << all.passed_on << " passed on, " << all.rooms_compared << " looks at rooms, "
              << all.met << " rooms beside another, ";
}

} // namespace

TEST_CASE("nobody can complain of a fleet, whatever happens to its nodes")
{
    FleetCounts all;
    lobby::Totals totals;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "fleet_simulation_test"));
        const FleetOutcome outcome = FleetWorld(seed).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        add(all, outcome.counts);
        totals.add(outcome.totals);
    }
    tell(all);
    std::cout << totals.links << " links, " << totals.rooms << " rooms, " << totals.members
              << " members\n";
    if (seeds() < seeds_of_every_build) return;
    CHECK(all.taken > 5 * seeds());
    CHECK(all.returned > seeds() / 4);
    CHECK(all.died > seeds() / 4);
    CHECK(all.given_away > seeds());
    CHECK(all.rooms_compared > seeds());
    CHECK(all.met > 0);
    CHECK(totals.links > 2 * seeds());
    CHECK(totals.members > seeds());
}

TEST_CASE("nobody can complain of parties of a fleet, whatever happens to its nodes")
{
    FleetCounts all;
    lobby::Totals totals;
    PartyStatistics statistics;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "fleet_simulation_test"));
        const PartyFleetOutcome outcome = PartyFleetWorld(any_parties_of_fleet(seed)).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        add(all, outcome.counts);
        totals.add(outcome.totals);
        statistics.reliable += outcome.statistics.reliable;
        statistics.returned += outcome.statistics.returned;
    }
    tell(all);
    std::cout << totals.parties << " parties, " << totals.peers << " peers, " << statistics.reliable
              << " reliable packets, " << statistics.returned << " returns\n";
    if (seeds() < seeds_of_every_build) return;
    CHECK(all.taken > 3 * seeds());
    CHECK(all.died > seeds() / 8);
    CHECK(totals.peers > 2 * seeds());
    CHECK(statistics.reliable > 100 * seeds());
    CHECK(statistics.returned > seeds() / 2);
}

TEST_CASE("the same seed is the same fleet")
{
    const std::uint64_t count = std::min<std::uint64_t>(seeds(), 20);
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "fleet_simulation_test"));
        const std::uint64_t once = FleetWorld(seed).run().trace;
        CHECK(once == FleetWorld(seed).run().trace);
        CHECK(once != FleetWorld(seed + 1).run().trace);
    }
}
