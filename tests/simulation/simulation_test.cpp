// Many worlds, each from a seed of its own.
//
//   simulation_test                                          the 200 worlds of every build
//   NETPLAY_TEST_SEEDS=5000 simulation_test                 more of them
//   NETPLAY_TEST_FIRST_SEED=70000 ... simulation_test       others
#include "seeds.hpp"
#include "world.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

using namespace netplay_relay;
using namespace netplay_relay::simulation;

namespace {

std::uint64_t seeds() { return seeds_or(200); }

// Rooms have worlds of their own, where members have every reason to go.
bool is_of_rooms(lobby::Goodbye goodbye)
{
    using lobby::Goodbye;
    constexpr std::array seen_here{Goodbye::entrance_timeout, Goodbye::member_left,
                                   Goodbye::member_lost,      Goodbye::input_out_of_order,
                                   Goodbye::rooms_full,       Goodbye::room_full,
                                   Goodbye::wrong_password};
    return goodbye >= Goodbye::entrance_timeout && goodbye <= Goodbye::room_closed &&
           std::ranges::find(seen_here, goodbye) == seen_here.end();
}

std::optional<std::uint64_t> seed_that_notices(Fault fault)
{
    for (std::uint64_t seed = 1; seed <= 40; ++seed)
        if (!World(seed, fault).run().complaints.empty()) return seed;
    return std::nullopt;
}

} // namespace

TEST_CASE("nobody can complain of the relay, in any world")
{
    lobby::Totals all;
    std::uint64_t bytes = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "simulation_test"));
        const Outcome outcome = World(seed).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        bytes += outcome.bytes_heard;
        all.links += outcome.totals.links;
        all.members += outcome.totals.members;
        for (std::size_t at = 0; at < all.goodbyes.size(); ++at)
            all.goodbyes[at] += outcome.totals.goodbyes[at];
    }
    if (seeds() < 200) return;
    // The worlds are as wild as they are meant to be: every reason to go occurs in them.
    for (std::size_t at = 0; at < all.goodbyes.size(); ++at) {
        const auto goodbye = static_cast<lobby::Goodbye>(at);
        // The simulated sockets take no memory that could be short, and a host is told too little
        // to be too slow for it.
        if (is_of_rooms(goodbye) || goodbye == lobby::Goodbye::memory_short ||
            goodbye == lobby::Goodbye::too_slow)
            continue;
        INFO(lobby::word(static_cast<lobby::Goodbye>(at)));
        CHECK(all.goodbyes[at] > 0);
    }
    CHECK(all.members > 50);
    CHECK(all.links > 2 * seeds());
    CHECK(bytes > 10000 * seeds());
}

TEST_CASE("the same seed is the same world")
{
    const std::uint64_t count = std::min<std::uint64_t>(seeds(), 40);
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "simulation_test"));
        const std::uint64_t once = World(seed).run().trace;
        const std::uint64_t again = World(seed).run().trace;
        const std::uint64_t another = World(seed + 1).run().trace;
        CHECK(once == again);
        CHECK(once != another);
    }
}

TEST_CASE("nobody notices that sessions move between workers")
{
    std::size_t moved = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "simulation_test"));
        const Outcome outcome = World(seed, Fault::none, 2 + seed % 2).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        moved += outcome.sessions_moved;
    }
    // With more than their host alone.
    CHECK((seeds() < 200 || moved > 1000));
}

TEST_CASE("a relay that makes mistakes is complained of")
{
    for (std::size_t number = 1; number < fault_count; ++number) {
        INFO("fault " << number);
        CHECK(seed_that_notices(static_cast<Fault>(number)).has_value());
    }
}
