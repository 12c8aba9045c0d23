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

// Rooms and parties have worlds of their own, where members and peers have every reason to go. No
// world has proxies.
bool is_of_others(wire::CloseReason reason)
{
    using wire::CloseReason;
    constexpr std::array seen_here{CloseReason::entrance_timeout, CloseReason::member_left,
                                   CloseReason::member_lost,      CloseReason::input_out_of_order,
                                   CloseReason::rooms_full,       CloseReason::room_full,
                                   CloseReason::wrong_password,   CloseReason::no_websocket};
    if (reason == CloseReason::no_proxy_header || reason == CloseReason::bad_proxy_header)
        return true;
    return reason >= CloseReason::entrance_timeout && reason <= CloseReason::peer_flood &&
           std::ranges::find(seen_here, reason) == seen_here.end();
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
        for (std::size_t at = 0; at < all.close_reasons.size(); ++at)
            all.close_reasons[at] += outcome.totals.close_reasons[at];
    }
    if (seeds() < 200) return;
    // The worlds are as wild as they are meant to be: every reason to go occurs in them.
    for (std::size_t at = 0; at < all.close_reasons.size(); ++at) {
        const auto reason = static_cast<wire::CloseReason>(at);
        // The simulated sockets take no memory that could be short, a host is told too little to be
        // too slow for it, and no record is damaged on its way.
        if (is_of_others(reason) || reason == wire::CloseReason::memory_short ||
            reason == wire::CloseReason::handover_failed || reason == wire::CloseReason::too_slow ||
            reason == wire::CloseReason::node_down) // there is no other node
            continue;
        INFO(wire::word(static_cast<wire::CloseReason>(at)));
        CHECK(all.close_reasons[at] > 0);
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
    // The operator ends some before they can.
    if (seeds() >= 200) CHECK(moved > 900);
}

TEST_CASE("nobody notices that another program has taken the relay's place")
{
    std::size_t taken_over = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "simulation_test"));
        const Outcome outcome = World(seed, Fault::none, 1, true).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        taken_over += outcome.sessions_moved;
    }
    if (seeds() >= 200) CHECK(taken_over > 1000);
}

TEST_CASE("nobody notices that a relay has several workers")
{
    std::size_t passed_on = 0;
    std::size_t given_away = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "simulation_test"));
        const Outcome outcome = World(seed, Fault::none, 2 + seed % 3, seed % 5 == 0, true).run();
        CHECK(outcome.complaints == std::vector<std::string>{});
        passed_on += outcome.passed_on;
        given_away += outcome.given_away;
    }
    if (seeds() >= 200) CHECK(passed_on > 1000);
    if (seeds() >= 200) CHECK(given_away > 1000);
}

TEST_CASE("a relay that makes mistakes is complained of")
{
    for (std::size_t number = 1; number < fault_count; ++number) {
        INFO("fault " << number);
        CHECK(seed_that_notices(static_cast<Fault>(number)).has_value());
    }
}
