#include "place_memory.hpp"

#include "support/catch.hpp"

namespace netplay_relay::room {

namespace {

using namespace std::chrono_literals;

const Instant start{1h};

Place place(std::uint32_t ports, Duration kept = {})
{
    return {ports, start + kept, start + place_memory};
}

wire::Address prefix_of(std::uint8_t last)
{
    wire::Address address;
    address.bytes[15] = last;
    return address;
}

} // namespace

TEST_CASE("a place is recalled once, by address and nick, within a minute")
{
    PlaceMemory memory;
    memory.remember(prefix_of(1), "bob", place(0b10));
    CHECK_FALSE(memory.recall(prefix_of(2), "bob", start));
    CHECK_FALSE(memory.recall(prefix_of(1), "Bob", start));
    CHECK(memory.recall(prefix_of(1), "bob", start + 59s)->ports == 0b10);
    CHECK_FALSE(memory.recall(prefix_of(1), "bob", start + 59s));
    memory.remember(prefix_of(1), "bob", place(0b10));
    CHECK_FALSE(memory.recall(prefix_of(1), "bob", start + 60s));
    CHECK(memory.size() == 0);
}

TEST_CASE("ports are kept until their time is over")
{
    PlaceMemory memory;
    memory.remember(prefix_of(1), "ann", place(0b1, 10s));
    memory.remember(prefix_of(1), "bob", place(0b110, 5s));
    memory.remember(prefix_of(1), "carl", place(0b1000));
    CHECK(memory.kept_ports(start) == 0b111);
    CHECK(memory.kept_ports(start + 5s) == 0b1);
    CHECK(memory.kept_ports(start + 10s) == 0);
}

TEST_CASE("not more is remembered than a room has members, and the oldest goes")
{
    PlaceMemory memory;
    memory.remember(prefix_of(1), "first", place(1, 10s));
    for (std::size_t n = 0; n < places_remembered_max; ++n)
        memory.remember(prefix_of(1), std::to_string(n), place(2));
    CHECK(memory.size() == places_remembered_max);
    CHECK(memory.kept_ports(start) == 0);
    CHECK_FALSE(memory.recall(prefix_of(1), "first", start));
    CHECK(memory.recall(prefix_of(1), "0", start));
}

} // namespace netplay_relay::room
