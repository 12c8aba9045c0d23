// How many one address may have in a room, and who makes room for another.
#include "prefix_memory.hpp"
#include "script.hpp"

namespace netplay_relay::room {

namespace {

void fills(Script& script, const std::string& address, int count)
{
    for (int number = 0; number < count; ++number) {
        const std::string name = address + " " + std::to_string(number);
        script.joins(name, from(address));
        script.passes(6s);
    }
}

} // namespace

TEST_CASE("the last members of a room for everybody are for addresses that have none")
{
    Script script;
    fills(script, "192.0.2.1", 16);
    fills(script, "192.0.2.2", 8);
    script.comes("one more", from("192.0.2.2"));
    CHECK(script.end_of("one more") == CloseReason::address_room_full);
    script.joins("ann", from("192.0.2.3"));
    script.passes(6s);
    script.comes("her sister", from("192.0.2.3"));
    CHECK(script.end_of("her sister") == CloseReason::address_room_full);
    for (int number = 4; number < 10; ++number)
        fills(script, "192.0.2." + std::to_string(number), 1);
    CHECK(script.look().members.size() == 31);
    // It is full: the newest watcher of the address with the most makes room.
    script.comes("bob", from("192.0.2.20"));
    CHECK(script.end_of("192.0.2.1 15") == CloseReason::made_room);
    CHECK(script.manager.use().members == 31);
    CHECK(script.is_in("bob"));
    script.comes("his brother", from("192.0.2.20"));
    CHECK(script.end_of("his brother") == CloseReason::room_full);
    CHECK_FALSE(script.end_of("192.0.2.1 14"));
}

TEST_CASE("nobody makes room who plays, or is one of few of its client prefix")
{
    RoomSettings settings;
    settings.members = 6;
    Script script(settings);
    fills(script, "192.0.2.1", 4);
    fills(script, "192.0.2.2", 1);
    fills(script, "192.0.2.3", 1);
    script.comes("ann", from("192.0.2.4"));
    CHECK(script.end_of("ann") == CloseReason::room_full);
}

TEST_CASE(
    "one IPv6 line cannot take a room for everybody, with a network of 64 bits for each member")
{
    Script script;
    for (int number = 10; number < 34; ++number)
        fills(script, "2001:db8:1:" + std::to_string(number) + "::1", 1);
    script.comes("one more", from("2001:db8:1:99::1"));
    CHECK(script.end_of("one more") == CloseReason::address_room_full);
    fills(script, "2001:db8:2::1", 1);
}

TEST_CASE("a sentence holds for the whole of an IPv6 line")
{
    PrefixMemory memory;
    const Instant now{std::chrono::hours{1}};
    CHECK_FALSE(memory.sentence(wire::client_prefix(address_of("2001:db8:1:2233::1")), now));
    CHECK_FALSE(memory.may_play(wire::client_prefix(address_of("2001:db8:1:2244::1")), now));
    CHECK(memory.may_play(wire::client_prefix(address_of("2001:db8:1:3333::1")), now));
    CHECK(memory.sentence(wire::client_prefix(address_of("2001:db8:1:2255::1")), now));
    CHECK_FALSE(memory.may_come(wire::client_prefix(address_of("2001:db8:1:2266::1")), now));
}

} // namespace netplay_relay::room
