#include "deadline_queue.hpp"

#include "support/catch.hpp"

using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

constexpr Instant origin{1h};
constexpr ConnectionId ann{1};
constexpr ConnectionId bob{2};

} // namespace

TEST_CASE("an empty queue has nothing due")
{
    const DeadlineQueue queue;
    CHECK_FALSE(queue.due(no_deadline).has_value());
    CHECK_FALSE(queue.soonest().has_value());
    CHECK(queue.size() == 0);
}

TEST_CASE("the soonest deadline is due first, and at its very moment")
{
    DeadlineQueue queue;
    Instant of_ann = no_deadline;
    Instant of_bob = no_deadline;
    queue.move(ann, of_ann, origin + 2s);
    queue.move(bob, of_bob, origin + 1s);
    CHECK(queue.soonest() == origin + 1s);
    CHECK_FALSE(queue.due(origin + 1s - 1ns).has_value());
    CHECK(queue.due(origin + 1s) == bob);
    CHECK(queue.due(origin + 1h) == bob); // until it is moved
    queue.move(bob, of_bob, origin + 3s);
    CHECK(queue.due(origin + 1h) == ann);
    CHECK(queue.size() == 2);
}

TEST_CASE("equal deadlines are due in the order of arrival")
{
    DeadlineQueue queue;
    Instant of_ann = no_deadline;
    Instant of_bob = no_deadline;
    queue.move(bob, of_bob, origin);
    queue.move(ann, of_ann, origin);
    CHECK(queue.due(origin) == ann);
    queue.move(ann, of_ann, no_deadline);
    CHECK(queue.due(origin) == bob);
}

TEST_CASE("a connection has one deadline or none")
{
    DeadlineQueue queue;
    Instant of_ann = no_deadline;
    queue.move(ann, of_ann, no_deadline);
    CHECK(queue.size() == 0);
    queue.move(ann, of_ann, origin);
    queue.move(ann, of_ann, origin);
    queue.move(ann, of_ann, origin + 1s);
    CHECK(queue.size() == 1);
    CHECK(of_ann == origin + 1s);
    queue.move(ann, of_ann, no_deadline);
    CHECK(queue.size() == 0);
    CHECK(of_ann == no_deadline);
}
