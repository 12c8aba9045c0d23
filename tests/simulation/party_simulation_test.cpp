// Many relays with parties, each from a seed of its own.
//
//   party_simulation_test                                     the parties of every build
//   NETPLAY_TEST_SEEDS=5000 party_simulation_test            more of them
//   NETPLAY_TEST_FIRST_SEED=70000 ... party_simulation_test  others
#include "party_world.hpp"
#include "seeds.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <optional>

using namespace netplay_relay;
using namespace netplay_relay::simulation;

namespace {

constexpr std::uint64_t seeds_of_every_build = 200;

std::uint64_t seeds() { return seeds_or(seeds_of_every_build); }

void add(PartyOutcome& all, const PartyOutcome& one)
{
    all.moved += one.moved;
    all.given_away += one.given_away;
    all.totals.parties += one.totals.parties;
    all.totals.peers += one.totals.peers;
    all.statistics.reliable += one.statistics.reliable;
    all.statistics.unreliable += one.statistics.unreliable;
    all.statistics.stale += one.statistics.stale;
    all.statistics.returned += one.statistics.returned;
    for (std::size_t at = 0; at < wire::close_reason_count; ++at) {
        all.statistics.left[at] += one.statistics.left[at];
        all.statistics.gone[at] += one.statistics.gone[at];
    }
}

PartyOutcome play(PartyMoves moves)
{
    PartyOutcome all;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "party_simulation_test"));
        const PartyOutcome outcome =
            PartyWorld(any_parties(seed, moves != PartyMoves::none), moves).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        add(all, outcome);
    }
    std::cout << all.totals.parties << " parties, " << all.totals.peers << " peers, "
              << all.statistics.reliable << " reliable packets and " << all.statistics.unreliable
              << " others taken, " << all.statistics.stale << " of those lost, "
              << all.statistics.returned << " returns, " << all.moved << " moved; gone:";
    for (std::size_t at = 0; at < wire::close_reason_count; ++at)
        if (const auto count = all.statistics.gone[at] + all.statistics.left[at]; count > 0)
            std::cout << " " << word(static_cast<wire::CloseReason>(at)) << " " << count;
    std::cout << "\n";
    return all;
}

std::optional<std::uint64_t> seed_that_notices(Fault fault)
{
    for (std::uint64_t seed = 1; seed <= 40; ++seed)
        if (!PartyWorld(any_parties(seed, false), PartyMoves::none, fault).run().complaints.empty())
            return seed;
    return std::nullopt;
}

} // namespace

TEST_CASE("nobody can complain of parties, whoever comes to them")
{
    const PartyOutcome all = play(PartyMoves::none);
    if (seeds() < seeds_of_every_build) return;
    CHECK(all.totals.peers > 3 * seeds());
    CHECK(all.statistics.reliable > 250 * seeds());
    CHECK(all.statistics.unreliable > 250 * seeds());
    CHECK(all.statistics.returned > seeds());
    using wire::CloseReason;
    for (const CloseReason reason : {CloseReason::unknown_code,      CloseReason::code_guessing,
                                     CloseReason::different_game,    CloseReason::unknown_token,
                                     CloseReason::party_refuses,     CloseReason::party_full,
                                     CloseReason::entrance_timeout,  CloseReason::peer_left,
                                     CloseReason::peer_lost,         CloseReason::peer_silent,
                                     CloseReason::returned,          CloseReason::kicked,
                                     CloseReason::host_gone,         CloseReason::bad_frame,
                                     CloseReason::bad_control,       CloseReason::bad_packet,
                                     CloseReason::packet_too_large,  CloseReason::peer_flood,
                                     CloseReason::ended_by_operator, CloseReason::sent_away,
                                     CloseReason::banned_address,    CloseReason::shutdown}) {
        INFO(word(reason));
        const auto at = static_cast<std::size_t>(reason);
        CHECK(all.statistics.left[at] + all.statistics.gone[at] > 0);
    }
}

TEST_CASE("a relay that makes mistakes with parties is complained of")
{
    for (const Fault fault : {Fault::keeps_no_rest, Fault::forgets_the_dead, Fault::sleeps_over,
                              Fault::waits_for_ever}) {
        INFO("fault " << static_cast<int>(fault));
        CHECK(seed_that_notices(fault).has_value());
    }
}

TEST_CASE("nobody notices that parties move between workers")
{
    const PartyOutcome all = play(PartyMoves::workers);
    if (seeds() >= seeds_of_every_build) CHECK(all.moved > 4 * seeds());
}

TEST_CASE("nobody notices that another program has taken the place of a relay with parties")
{
    const PartyOutcome all = play(PartyMoves::successors);
    if (seeds() >= seeds_of_every_build) CHECK(all.moved > 4 * seeds());
}

TEST_CASE("nobody notices that workers of one process give parties to each other")
{
    const PartyOutcome all = play(PartyMoves::together);
    if (seeds() >= seeds_of_every_build) CHECK(all.given_away > seeds());
}

TEST_CASE("the same seed is the same parties")
{
    const std::uint64_t count = std::min<std::uint64_t>(seeds(), 5);
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "party_simulation_test"));
        const std::uint64_t once = PartyWorld(any_parties(seed, false)).run().trace;
        CHECK(once == PartyWorld(any_parties(seed, false)).run().trace);
        CHECK(once != PartyWorld(any_parties(seed + 1, false)).run().trace);
    }
}
