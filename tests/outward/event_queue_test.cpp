// What becomes of events that wait: too many, too old, tried again.
#include "outward/event_queue.hpp"
#include "support/catch.hpp"

namespace netplay_relay::outward {

namespace {

Event numbered(std::uint64_t number) { return {number, "test", nlohmann::json::object()}; }

const EventQueue::Instant now{std::chrono::hours(1)};

} // namespace

TEST_CASE("events are taken in the order in which they came")
{
    EventQueue queue;
    CHECK(queue.empty());
    CHECK_FALSE(queue.take(now).has_value());
    for (std::uint64_t number = 1; number <= 3; ++number)
        queue.add(numbered(number), now);
    CHECK(queue.size() == 3);
    auto first = queue.take(now);
    REQUIRE(first.has_value());
    CHECK(first->event.number == 1);
    queue.put_back(std::move(*first)); // for another try
    CHECK(queue.take(now)->event.number == 1);
    CHECK(queue.take(now)->event.number == 2);
    CHECK(queue.dropped() == 0);
}

TEST_CASE("of too many events the oldest are dropped and counted")
{
    EventQueue queue;
    for (std::uint64_t number = 1; number <= EventQueue::most + 5; ++number)
        queue.add(numbered(number), now);
    CHECK(queue.size() == EventQueue::most);
    CHECK(queue.dropped() == 5);
    auto first = queue.take(now);
    REQUIRE(first.has_value());
    CHECK(first->event.number == 6);
    queue.add(numbered(1000), now);
    queue.put_back(std::move(*first)); // which is the oldest, and there is no place for it
    CHECK(queue.size() == EventQueue::most);
    CHECK(queue.dropped() == 6);
    CHECK(queue.take(now)->event.number == 7);
}

TEST_CASE("what is too old is no news")
{
    EventQueue queue;
    queue.add(numbered(1), now);
    queue.add(numbered(2), now + std::chrono::minutes(9));
    const auto later = now + EventQueue::news + std::chrono::seconds(1);
    CHECK(queue.take(later)->event.number == 2);
    CHECK(queue.dropped() == 1);
    CHECK_FALSE(queue.take(later).has_value());
}

TEST_CASE("games that are over before they were told of are not told of, but counted")
{
    EventQueue queue;
    std::uint64_t number = 0;
    const auto add = [&](const char* kind, nlohmann::json fields) {
        queue.add(Event{++number, kind, std::move(fields)}, now);
    };
    add("session_closed", {{"session", "told before"}});
    add("session_opened", {{"session", "over"}});
    add("room_opened", {{"room", 7}});
    add("session_opened", {{"session", "on"}});
    add("session_game", {{"session", "over"}});
    add("link_opened", {{"session", "over"}});
    add("session_closed", {{"session", "over"}});
    add("room_closed", {{"room", 7}});
    add("party_opened", {{"party", 7}});
    add("party_closed", {{"party", 7}});
    add("session_opened", {{"session", "over"}}); // again
    queue.drop_what_is_over();
    CHECK(queue.dropped() == 7);
    for (const std::uint64_t left : {1U, 4U, 6U, 11U})
        CHECK(queue.take(now)->event.number == left);
    CHECK(queue.empty());
}

} // namespace netplay_relay::outward
