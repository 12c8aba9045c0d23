// Who serves a state that nobody can load, and who only leaves soon.
#include "dialogue.hpp"
#include "flight_memory.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// Comes, is given a state, and leaves so much later.
void looks_in(Dialogue& hall, const std::string& name, const std::string& address,
              Duration stays = 200ms, MemberEnd how = MemberEnd::left)
{
    hall.joins(name, from(address));
    goes_on(hall, {"ann"}, stays);
    hall.leaves(name, how);
}

void begin_alone(Dialogue& hall)
{
    hall.joins_and_plays("ann", from("192.0.2.1"));
    hall.sends("ann", 5);
    hall.forget_what_was_told();
}

} // namespace

TEST_CASE("whose state makes all newcomers leave is out after the third, and the log names it")
{
    Dialogue hall;
    begin_alone(hall);
    looks_in(hall, "bob", "192.0.2.2", 200ms, MemberEnd::nak);
    looks_in(hall, "carl", "192.0.2.3", 200ms, MemberEnd::lost);
    CHECK_FALSE(hall.end_of("ann"));
    looks_in(hall, "dan", "192.0.2.4");
    CHECK(hall.end_of("ann") == MemberEnd::unusable_state);
    CHECK(hall.hall.use() == HallUse{});
    CHECK(std::ranges::count(hall.news(), "state_doubted ann") == 3);
    const auto& told = hall.all_news();
    const auto last = std::ranges::find_if(told.rbegin(), told.rend(), [](const RoomNews& news) {
        return news.kind == RoomNewsKind::state_doubted;
    });
    CHECK(last->leaver == "dan");
    CHECK(last->players == 3);
}

TEST_CASE("who was out for its state opens no public room for others for ten minutes")
{
    Dialogue hall;
    begin_alone(hall);
    for (const char* number : {"2", "3", "4"})
        looks_in(hall, "visitor", std::string("192.0.2.") + number);
    REQUIRE(hall.end_of("ann") == MemberEnd::unusable_state);
    hall.joins_and_plays("ann", from("192.0.2.1"));
    hall.comes("bob", from("192.0.2.2"));
    CHECK(hall["bob"].is_synced()); // in a room of its own
    CHECK(hall.hall.use() == HallUse{2, 2, 0});
    hall.leaves("ann");
    hall.comes("ann", from("192.0.2.1")); // it may play with others
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
    hall.leaves("ann");
    hall.leaves("bob");
    hall.passes(10min);
    hall.joins_and_plays("ann", from("192.0.2.1"));
    hall.comes("bob", from("192.0.2.2"));
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
}

TEST_CASE("one stranger cannot frame a member by joining and leaving")
{
    Dialogue hall;
    begin_alone(hall);
    for (int time = 0; time < 6; ++time) {
        looks_in(hall, "stranger", "192.0.2.2");
        looks_in(hall, "stranger", "2001:db8:0:" + std::to_string(time) + "::1"); // of one /48
        looks_in(hall, "sister", "192.0.2.1");                                    // of ann's house
        goes_on(hall, {"ann"}, 16s); // newcomers are served so often
    }
    CHECK_FALSE(hall.end_of("ann"));
    CHECK(std::ranges::count(hall.news(), "state_doubted ann") == 2);
}

TEST_CASE("with whom somebody stays is not to blame, however many leave")
{
    const bool before = GENERATE(true, false); // or it comes between them
    Dialogue hall;
    begin_alone(hall);
    if (before) hall.joins("friend", from("192.0.2.9"));
    for (int number = 10; number < 12; ++number)
        looks_in(hall, "visitor", "192.0.2." + std::to_string(number));
    if (!before) looks_in(hall, "friend", "192.0.2.9", 4s);
    for (int number = 12; number < 14; ++number)
        looks_in(hall, "visitor", "192.0.2." + std::to_string(number));
    CHECK_FALSE(hall.end_of("ann"));
    if (!before) return;
    goes_on(hall, {"ann"}, 30s);
    for (int number = 20; number < 22; ++number)
        looks_in(hall, "visitor", "192.0.2." + std::to_string(number));
    CHECK_FALSE(hall.end_of("ann"));
}

TEST_CASE("who has played for a moment has loaded the state, and may go")
{
    Dialogue hall;
    begin_alone(hall);
    for (int number = 2; number < 8; ++number) {
        const std::string name = "player " + std::to_string(number);
        hall.joins_and_plays(name, from("192.0.2." + std::to_string(number)));
        hall.rounds({"ann", name}, 40);
        hall.leaves(name);
        goes_on(hall, {"ann"}, 5s);
    }
    CHECK_FALSE(hall.end_of("ann"));
    CHECK(std::ranges::count(hall.news(), "state_doubted ann") == 0);
}

TEST_CASE("two who stay with each other's garbage cannot keep the others from meeting elsewhere")
{
    Dialogue hall;
    begin_alone(hall);
    hall.joins_and_plays("mal", from("192.0.2.66"));
    goes_on(hall, {"ann", "mal"}, 4s); // mal has stayed
    const auto flees = [&](const std::string& name, const std::string& address) {
        hall.comes(name, from(address));
        for (int look = 0; look < 200 && !hall[name].is_synced(); ++look) {
            if (hall["mal"].is_asked()) hall.serves("mal");
            goes_on(hall, {"ann", "mal"}, 50ms);
        }
        REQUIRE(hall[name].is_synced());
        goes_on(hall, {"ann", "mal"}, 200ms);
        hall.leaves(name);
    };
    flees("bob", "192.0.2.2");
    flees("bob", "192.0.2.2");
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
    hall.joins_and_plays("bob", from("192.0.2.2")); // alone
    CHECK(hall.hall.use() == HallUse{2, 3, 0});
    flees("carl", "192.0.2.3");
    flees("dan", "192.0.2.4"); // the third network
    hall.comes("dan", from("192.0.2.4"));
    REQUIRE(hall["bob"].is_asked());
    hall.serves("bob");
    CHECK(hall["dan"].is_synced());
    CHECK(hall.hall.use() == HallUse{2, 4, 0});
    // Whoever has not left there is led there as ever.
    hall.comes("eve", from("192.0.2.5"));
    CHECK_FALSE(hall["bob"].is_asked());
    CHECK(hall.hall.use() == HallUse{2, 5, 0});
    CHECK_FALSE(hall.end_of("ann"));
    CHECK_FALSE(hall.end_of("mal"));
}

TEST_CASE("where the first room closes, those who fled from it are found in its place")
{
    Dialogue hall;
    begin_alone(hall);
    looks_in(hall, "bob", "192.0.2.2");
    looks_in(hall, "bob", "192.0.2.2");
    hall.joins_and_plays("bob", from("192.0.2.2"));
    REQUIRE(hall.hall.use() == HallUse{2, 2, 0});
    hall.leaves("ann");
    hall.comes("eve", from("192.0.2.5"));
    CHECK(hall["bob"].is_asked());
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
}

TEST_CASE("who has stayed with a state before does not flee from the next one")
{
    Dialogue hall;
    begin_alone(hall);
    hall.joins("bob", from("192.0.2.2"));
    goes_on(hall, {"ann"}, 30s);
    for (const char* other : {"192.0.2.3", "192.0.2.4"}) {
        hall.joins("carl", from(other)); // all are given the state with him
        goes_on(hall, {"ann"}, 1s);
        hall.leaves("bob");
        hall.leaves("carl");
        hall.joins("bob", from("192.0.2.2"));
        goes_on(hall, {"ann"}, 10s);
    }
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
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
    Dialogue hall;
    begin_alone(hall);
    hall.joins_and_plays("bob", from("192.0.2.2"));
    goes_on(hall, {"ann", "bob"}, 4s);
    hall.comes("carl", from("192.0.2.3"));
    REQUIRE(hall["ann"].is_asked());
    hall.serves("ann");
    hall.leaves("carl");
    hall.comes("dan", from("192.0.2.4"));
    CHECK_FALSE(hall["ann"].is_asked());
    CHECK(hall["bob"].is_asked());
}

} // namespace netplay_relay::room
