// How many one address may have in a room, and who makes room for another.
#include "dialogue.hpp"
#include "household_memory.hpp"

namespace netplay_relay::room {

namespace {

void fills(Dialogue& hall, const std::string& address, int count)
{
    for (int number = 0; number < count; ++number) {
        const std::string name = address + " " + std::to_string(number);
        hall.joins(name, from(address));
        hall.passes(6s);
    }
}

} // namespace

TEST_CASE("the last members of a room for everybody are for addresses that have none")
{
    Dialogue hall;
    fills(hall, "192.0.2.1", 16);
    fills(hall, "192.0.2.2", 8);
    hall.comes("one more", from("192.0.2.2"));
    CHECK(hall.end_of("one more") == MemberEnd::address_room_full);
    hall.joins("ann", from("192.0.2.3"));
    hall.passes(6s);
    hall.comes("her sister", from("192.0.2.3"));
    CHECK(hall.end_of("her sister") == MemberEnd::address_room_full);
    for (int number = 4; number < 10; ++number)
        fills(hall, "192.0.2." + std::to_string(number), 1);
    CHECK(hall.look().members.size() == 31);
    // It is full: the newest watcher of the address with the most makes room.
    hall.comes("bob", from("192.0.2.20"));
    CHECK(hall.end_of("192.0.2.1 15") == MemberEnd::made_room);
    CHECK(hall.hall.use().members == 31);
    CHECK(hall.is_in("bob"));
    hall.comes("his brother", from("192.0.2.20"));
    CHECK(hall.end_of("his brother") == MemberEnd::room_full);
    CHECK_FALSE(hall.end_of("192.0.2.1 14"));
}

TEST_CASE("nobody makes room who plays, or is one of a household")
{
    RoomSettings settings;
    settings.members = 6;
    Dialogue hall(settings);
    fills(hall, "192.0.2.1", 4);
    fills(hall, "192.0.2.2", 1);
    fills(hall, "192.0.2.3", 1);
    hall.comes("ann", from("192.0.2.4"));
    CHECK(hall.end_of("ann") == MemberEnd::room_full);
}

TEST_CASE(
    "one IPv6 line cannot take a room for everybody, with a network of 64 bits for each member")
{
    Dialogue hall;
    for (int number = 10; number < 34; ++number)
        fills(hall, "2001:db8:1:" + std::to_string(number) + "::1", 1);
    hall.comes("one more", from("2001:db8:1:99::1"));
    CHECK(hall.end_of("one more") == MemberEnd::address_room_full);
    fills(hall, "2001:db8:2::1", 1);
}

TEST_CASE("a sentence holds for the whole of an IPv6 line")
{
    HouseholdMemory memory;
    const Instant now{std::chrono::hours{1}};
    CHECK_FALSE(memory.sentence(wire::household(address_of("2001:db8:1:2233::1")), now));
    CHECK_FALSE(memory.may_play(wire::household(address_of("2001:db8:1:2244::1")), now));
    CHECK(memory.may_play(wire::household(address_of("2001:db8:1:3333::1")), now));
    CHECK(memory.sentence(wire::household(address_of("2001:db8:1:2255::1")), now));
    CHECK_FALSE(memory.may_come(wire::household(address_of("2001:db8:1:2266::1")), now));
}

} // namespace netplay_relay::room
