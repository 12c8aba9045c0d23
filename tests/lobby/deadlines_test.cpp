#include "base/deadlines.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace netplay_relay;
using namespace std::chrono_literals;

namespace {

constexpr Instant origin{1h};
constexpr ConnectionId ann{1};
constexpr ConnectionId bob{2};

} // namespace

TEST_CASE("where nobody waits nothing is due")
{
    const Deadlines<ConnectionId> deadlines;
    CHECK_FALSE(deadlines.due(no_deadline).has_value());
    CHECK(deadlines.next() == no_deadline);
    CHECK_FALSE(if_any(deadlines.next()).has_value());
    CHECK(deadlines.empty());
    CHECK(deadlines.size() == 0);
}

TEST_CASE("the soonest deadline is due first, and at its very moment")
{
    Deadlines<ConnectionId> deadlines;
    Instant of_ann = no_deadline;
    Instant of_bob = no_deadline;
    deadlines.set(ann, of_ann, origin + 2s);
    deadlines.set(bob, of_bob, origin + 1s);
    CHECK(deadlines.next() == origin + 1s);
    CHECK(if_any(deadlines.next()) == origin + 1s);
    CHECK_FALSE(deadlines.due(origin + 1s - 1ns).has_value());
    CHECK(deadlines.due(origin + 1s) == bob);
    CHECK(deadlines.due(origin + 1h) == bob); // until it is set again
    deadlines.set(bob, of_bob, origin + 3s);
    CHECK(deadlines.due(origin + 1h) == ann);
    CHECK(deadlines.size() == 2);
    std::vector<ConnectionId> in_order;
    for (const auto& [when, key] : deadlines)
        in_order.push_back(key);
    CHECK(in_order == std::vector{ann, bob});
}

TEST_CASE("of equal deadlines the least key is due first")
{
    Deadlines<ConnectionId> deadlines;
    Instant of_ann = no_deadline;
    Instant of_bob = no_deadline;
    deadlines.set(bob, of_bob, origin);
    deadlines.set(ann, of_ann, origin);
    CHECK(deadlines.due(origin) == ann);
    deadlines.clear(ann, of_ann);
    CHECK(deadlines.due(origin) == bob);
}

TEST_CASE("everybody has one deadline or none")
{
    Deadlines<std::uint16_t> deadlines;
    Instant kept = no_deadline;
    deadlines.clear(7, kept);
    CHECK(deadlines.empty());
    deadlines.set(7, kept, origin);
    deadlines.set(7, kept, origin);
    deadlines.set(7, kept, origin + 1s);
    CHECK(deadlines.size() == 1);
    CHECK(kept == origin + 1s);
    CHECK(deadlines.contains(7, kept));
    CHECK_FALSE(deadlines.contains(7, origin));
    deadlines.clear(7, kept);
    CHECK(deadlines.empty());
    CHECK(kept == no_deadline);
}

TEST_CASE("a record takes its deadline elsewhere")
{
    Deadlines<ConnectionId> here;
    Deadlines<ConnectionId> there;
    Instant kept = no_deadline;
    here.set(ann, kept, origin);
    here.release(ann, kept);
    CHECK(here.empty());
    CHECK(kept == origin);
    there.adopt(ann, kept);
    CHECK(there.due(origin) == ann);
    CHECK(kept == origin);

    Instant none = no_deadline;
    here.release(bob, none);
    there.adopt(bob, none);
    CHECK(there.size() == 1);
}
