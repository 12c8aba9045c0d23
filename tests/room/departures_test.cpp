// Who serves a state that nobody can load, and who only leaves soon.
#include "flight_memory.hpp"
#include "script.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// Comes, is given a state, and leaves so much later.
void looks_in(Script& script, const std::string& name, const std::string& address,
              Duration stays = 200ms, CloseReason how = CloseReason::member_left)
{
    script.joins(name, from(address));
    goes_on(script, {"ann"}, stays);
    script.leaves(name, how);
}

void begin_alone(Script& script)
{
    script.joins_and_plays("ann", from("192.0.2.1"));
    script.sends("ann", 5);
    script.forget_what_was_told();
}

} // namespace

TEST_CASE("whose state makes all newcomers leave is out after the third, and the log names it")
{
    Script script;
    begin_alone(script);
    looks_in(script, "bob", "192.0.2.2", 200ms, CloseReason::nak);
    looks_in(script, "carl", "192.0.2.3", 200ms, CloseReason::member_lost);
    CHECK_FALSE(script.end_of("ann"));
    looks_in(script, "dan", "192.0.2.4");
    CHECK(script.end_of("ann") == CloseReason::unusable_state);
    CHECK(script.manager.use() == RoomUse{});
    CHECK(std::ranges::count(script.events(), "state_doubted ann") == 3);
    const auto& told = script.all_events();
    const auto last = std::ranges::find_if(told.rbegin(), told.rend(), [](const RoomEvent& event) {
        return event.kind == RoomEventKind::state_doubted;
    });
    CHECK(last->leaver == "dan");
    CHECK(last->players == 3);
}

TEST_CASE("who was out for its state opens no public room for others for ten minutes")
{
    Script script;
    begin_alone(script);
    for (const char* number : {"2", "3", "4"})
        looks_in(script, "visitor", std::string("192.0.2.") + number);
    REQUIRE(script.end_of("ann") == CloseReason::unusable_state);
    script.joins_and_plays("ann", from("192.0.2.1"));
    script.comes("bob", from("192.0.2.2"));
    CHECK(script["bob"].is_synced()); // in a room of its own
    CHECK(script.manager.use() == RoomUse{2, 2, 0});
    script.leaves("ann");
    script.comes("ann", from("192.0.2.1")); // it may play with others
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
    script.leaves("ann");
    script.leaves("bob");
    script.passes(10min);
    script.joins_and_plays("ann", from("192.0.2.1"));
    script.comes("bob", from("192.0.2.2"));
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
}

TEST_CASE("one stranger cannot frame a member by joining and leaving")
{
    Script script;
    begin_alone(script);
    for (int time = 0; time < 6; ++time) {
        looks_in(script, "stranger", "192.0.2.2");
        looks_in(script, "stranger", "2001:db8:0:" + std::to_string(time) + "::1"); // of one /48
        looks_in(script, "sister", "192.0.2.1"); // of ann's house
        goes_on(script, {"ann"}, 16s);           // newcomers are served so often
    }
    CHECK_FALSE(script.end_of("ann"));
    CHECK(std::ranges::count(script.events(), "state_doubted ann") == 2);
}

TEST_CASE("with whom somebody stays is not to blame, however many leave")
{
    const bool before = GENERATE(true, false); // or it comes between them
    Script script;
    begin_alone(script);
    if (before) script.joins("friend", from("192.0.2.9"));
    for (int number = 10; number < 12; ++number)
        looks_in(script, "visitor", "192.0.2." + std::to_string(number));
    if (!before) looks_in(script, "friend", "192.0.2.9", 4s);
    for (int number = 12; number < 14; ++number)
        looks_in(script, "visitor", "192.0.2." + std::to_string(number));
    CHECK_FALSE(script.end_of("ann"));
    if (!before) return;
    goes_on(script, {"ann"}, 30s);
    for (int number = 20; number < 22; ++number)
        looks_in(script, "visitor", "192.0.2." + std::to_string(number));
    CHECK_FALSE(script.end_of("ann"));
}

TEST_CASE("who has played for a moment has loaded the state, and may go")
{
    Script script;
    begin_alone(script);
    for (int number = 2; number < 8; ++number) {
        const std::string name = "player " + std::to_string(number);
        script.joins_and_plays(name, from("192.0.2." + std::to_string(number)));
        script.rounds({"ann", name}, 40);
        script.leaves(name);
        goes_on(script, {"ann"}, 5s);
    }
    CHECK_FALSE(script.end_of("ann"));
    CHECK(std::ranges::count(script.events(), "state_doubted ann") == 0);
}

TEST_CASE("two who stay with each other's garbage cannot keep the others from meeting elsewhere")
{
    Script script;
    begin_alone(script);
    script.joins_and_plays("mal", from("192.0.2.66"));
    goes_on(script, {"ann", "mal"}, 4s); // mal has stayed
    const auto flees = [&](const std::string& name, const std::string& address) {
        script.comes(name, from(address));
        for (int look = 0; look < 200 && !script[name].is_synced(); ++look) {
            if (script["mal"].is_asked()) script.serves("mal");
            goes_on(script, {"ann", "mal"}, 50ms);
        }
        REQUIRE(script[name].is_synced());
        goes_on(script, {"ann", "mal"}, 200ms);
        script.leaves(name);
    };
    flees("bob", "192.0.2.2");
    flees("bob", "192.0.2.2");
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
    script.joins_and_plays("bob", from("192.0.2.2")); // alone
    CHECK(script.manager.use() == RoomUse{2, 3, 0});
    flees("carl", "192.0.2.3");
    flees("dan", "192.0.2.4"); // the third network
    script.comes("dan", from("192.0.2.4"));
    REQUIRE(script["bob"].is_asked());
    script.serves("bob");
    CHECK(script["dan"].is_synced());
    CHECK(script.manager.use() == RoomUse{2, 4, 0});
    // Whoever has not left there is led there as ever.
    script.comes("eve", from("192.0.2.5"));
    CHECK_FALSE(script["bob"].is_asked());
    CHECK(script.manager.use() == RoomUse{2, 5, 0});
    CHECK_FALSE(script.end_of("ann"));
    CHECK_FALSE(script.end_of("mal"));
}

TEST_CASE("where the first room closes, those who fled from it are found in its place")
{
    Script script;
    begin_alone(script);
    looks_in(script, "bob", "192.0.2.2");
    looks_in(script, "bob", "192.0.2.2");
    script.joins_and_plays("bob", from("192.0.2.2"));
    REQUIRE(script.manager.use() == RoomUse{2, 2, 0});
    script.leaves("ann");
    script.comes("eve", from("192.0.2.5"));
    CHECK(script["bob"].is_asked());
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
}

TEST_CASE("who has stayed with a state before does not flee from the next one")
{
    Script script;
    begin_alone(script);
    script.joins("bob", from("192.0.2.2"));
    goes_on(script, {"ann"}, 30s);
    for (const char* other : {"192.0.2.3", "192.0.2.4"}) {
        script.joins("carl", from(other)); // all are given the state with him
        goes_on(script, {"ann"}, 1s);
        script.leaves("bob");
        script.leaves("carl");
        script.joins("bob", from("192.0.2.2"));
        goes_on(script, {"ann"}, 10s);
    }
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
}

TEST_CASE("who stays with a state has fled from nobody, and what is remembered has a limit")
{
    FlightMemory memory;
    const Instant now{1h};
    const wire::Address bob = address_of("192.0.2.2");
    memory.note(7, bob, now);
    memory.forget(7, bob);
    memory.note(7, bob, now);
    CHECK_FALSE(memory.avoids(7, bob, now));
    memory.note(7, bob, now);
    CHECK(memory.avoids(7, bob, now));
    CHECK_FALSE(memory.avoids(8, bob, now));
    CHECK_FALSE(memory.avoids(7, bob, now + flight_memory));
    for (unsigned number = 0; number < flights_max + 10; ++number) {
        wire::Address other = address_of("2001:db8::1");
        other.bytes[4] = static_cast<std::uint8_t>(number >> 8U);
        other.bytes[5] = static_cast<std::uint8_t>(number);
        memory.note(7, other, now);
        if (number == 1) CHECK(memory.avoids(7, other, now)); // the third network
    }
    CHECK(memory.size() == flights_max);
    CHECK_FALSE(memory.avoids(7, bob, now)); // forgotten
}

TEST_CASE("others are asked for their state before one with whose nobody stayed")
{
    Script script;
    begin_alone(script);
    script.joins_and_plays("bob", from("192.0.2.2"));
    goes_on(script, {"ann", "bob"}, 4s);
    script.comes("carl", from("192.0.2.3"));
    REQUIRE(script["ann"].is_asked());
    script.serves("ann");
    script.leaves("carl");
    script.comes("dan", from("192.0.2.4"));
    CHECK_FALSE(script["ann"].is_asked());
    CHECK(script["bob"].is_asked());
}

} // namespace netplay_relay::room
