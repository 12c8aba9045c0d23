#include "dialogue.hpp"

#include <algorithm>

// A spectator's state is compared with the players', and what is made of it.
namespace netplay_relay::room {

namespace {

constexpr Duration interval = 10s;

RoomSettings watching()
{
    RoomSettings settings;
    settings.desync_watch = std::chrono::duration_cast<std::chrono::seconds>(interval);
    return settings;
}

// Ann and bob play, carl watches: the first comparison is due in a second.
void begin_watched(Dialogue& hall, std::uint32_t protocol = 6)
{
    hall.joins_and_plays("ann", speaking(protocol));
    hall.joins_and_plays("bob", speaking(protocol));
    hall.joins("carl", speaking(protocol));
    goes_on(hall, {"ann", "bob"}, 9s);
    hall.forget_what_was_told();
}

// What a liar says its state is, whatever the frame.
const ByteVector& lie()
{
    static const ByteVector stream = stream_of(4711);
    return stream;
}

// The witness gives the state that it is asked for, and bob objects to its CRC or does not; ann
// objects too if it is a lie.
void compare(Dialogue& hall, bool bob_objects, const std::string& witness = "carl",
             bool lies = false)
{
    for (int turns = 0; !hall[witness].is_asked(); ++turns) {
        REQUIRE(turns < 400);
        goes_on(hall, {"ann", "bob"}, 50ms);
    }
    if (lies)
        hall.serves(witness, hall[witness].now(), lie());
    else
        hall.serves(witness);
    if (bob_objects) hall.says("bob", wire::RequestSavestate{});
    if (lies) hall.says("ann", wire::RequestSavestate{});
    goes_on(hall, {"ann", "bob"}, 4s);
}

} // namespace

TEST_CASE("the desync watch compares a spectator's state with the players'")
{
    Dialogue hall(watching());
    begin_watched(hall);
    goes_on(hall, {"ann", "bob"}, 2s);
    CHECK(hall.told("carl") == Words{"REQUEST"});
    CHECK(hall.told("ann").empty());
    (void)hall.news();
    const Frame frame = hall["carl"].now();
    hall.serves("carl");
    CHECK(hall.told("ann") == Words{at("CRC ", frame)});
    CHECK(hall.told("bob") == Words{at("CRC ", frame)});
    CHECK(hall.told("carl").empty());
    CHECK(hall.states().empty());
    CHECK(hall.news().empty());
    compare(hall, true); // "that is not mine", and before it was
    CHECK(hall.news() == Words{"desync bob", "state_shared ann"});
    CHECK(hall.look("bob").counts.desyncs == 1);
    hall.says("bob", wire::RequestSavestate{});
    CHECK(hall.look("bob").counts.desyncs == 1);
    CHECK(hall.states().size() == 2); // and all are brought back
}

TEST_CASE("states that never agreed are no desync, and the watch of that room ends")
{
    Dialogue hall(watching());
    begin_watched(hall);
    for (int time = 0; time < 3; ++time)
        compare(hall, true);
    CHECK(hall.look("bob").counts.desyncs == 0);
    hall.forget_what_was_told();
    goes_on(hall, {"ann", "bob"}, 15s);
    CHECK(hall.news() == Words{"states_differ carl"}); // once; is it the core, or carl?
    goes_on(hall, {"ann", "bob"}, 60s);
    CHECK(hall.told("carl").empty());
    CHECK(hall.news().empty());
    hall.joins("dan", from("192.0.2.4"));
    hall.forget_what_was_told();
    for (int time = 0; time < 3; ++time)
        compare(hall, true, "dan");
    goes_on(hall, {"ann", "bob"}, 60s);
    CHECK(hall.news().back() == "states_differ"); // it is the core
    hall.joins("eve", from("192.0.2.5"));
    hall.forget_what_was_told();
    goes_on(hall, {"ann", "bob"}, 60s);
    CHECK(hall.told("eve").empty());
}

TEST_CASE("a spectator whose state differs from all players' is the one that is out of step")
{
    Dialogue hall(watching());
    begin_watched(hall, 6);
    compare(hall, false); // an honest one until now
    hall.joins("liar", from("192.0.2.9"));
    hall.leaves("carl");
    hall.forget_what_was_told();
    for (int time = 0; time < 3; ++time) {
        compare(hall, true, "liar", true);
        CHECK(hall.look("liar").counts.witness_differs == static_cast<unsigned>(time) + 1);
    }
    CHECK(hall.look("ann").counts.desyncs == 0);
    CHECK(hall.look("bob").counts.desyncs == 0);
    Words news = hall.news();
    CHECK(std::ranges::count(news, "witness_differs liar") == 3);
    CHECK(std::ranges::count(news, "states_differ") == 0);
    // Nobody was given its state, and it is asked for none any more, not even as another one.
    for (const SharedState& state : hall.states())
        CHECK_FALSE(*state == lie());
    hall.leaves("liar");
    hall.joins("liar again", from("192.0.2.9"));
    hall.forget_what_was_told();
    goes_on(hall, {"ann", "bob"}, 60s);
    CHECK(hall.told("liar again").empty());
    // The watch goes on with others. Ann objects no more, for as the owner she was given no state:
    // now it is bob's word against dan's, and all are given a state.
    hall.joins("dan", from("192.0.2.4"));
    compare(hall, false, "dan");
    hall.forget_what_was_told();
    compare(hall, true, "dan");
    CHECK(hall.news() == Words{"state_shared ann"});
}

TEST_CASE("a witness is blamed though it leaves before anybody objects")
{
    Dialogue hall(watching());
    begin_watched(hall);
    compare(hall, false);
    hall.forget_what_was_told();
    for (int turns = 0; !hall["carl"].is_asked(); ++turns) {
        REQUIRE(turns < 400);
        goes_on(hall, {"ann", "bob"}, 50ms);
    }
    hall.serves("carl");
    hall.leaves("carl");
    hall.says("bob", wire::RequestSavestate{});
    goes_on(hall, {"ann", "bob"}, 2s); // ann's line has a hiccup
    hall.says("ann", wire::RequestSavestate{});
    goes_on(hall, {"ann", "bob"}, 5s);
    const Words news = hall.news();
    CHECK(std::ranges::count(news, "witness_differs carl") == 1);
    CHECK(std::ranges::count(news, "desync bob") == 0);
}

TEST_CASE("an honest witness that went its own way once is given the players' state")
{
    Dialogue hall(watching());
    begin_watched(hall);
    compare(hall, false);
    compare(hall, true, "carl", true);
    CHECK(hall.look("carl").counts.witness_differs == 1);
    for (int time = 0; time < 9; ++time)
        compare(hall, false);
    CHECK(hall.look("carl").counts.witness_differs == 1);
    hall.joins("dan", from("192.0.2.4")); // who never differed comes first
    hall.forget_what_was_told();
    compare(hall, false, "dan");
    CHECK(hall.told("carl") != Words{"REQUEST"});
}

TEST_CASE("states that differ again and again end the watch as well")
{
    Dialogue hall(watching());
    begin_watched(hall);
    compare(hall, false);
    for (int time = 0; time < 4; ++time)
        compare(hall, true);
    CHECK(hall.look("bob").counts.desyncs == 4);
    hall.forget_what_was_told();
    goes_on(hall, {"ann", "bob"}, 60s);
    CHECK(hall.news() == Words{"states_differ"});
}

TEST_CASE("a few desyncs in a long game do not end the watch")
{
    Dialogue hall(watching());
    begin_watched(hall);
    for (int time = 0; time < 6; ++time) {
        for (int quiet = 0; quiet < 4; ++quiet)
            compare(hall, false);
        compare(hall, true);
    }
    CHECK(hall.look("bob").counts.desyncs == 6);
    goes_on(hall, {"ann", "bob"}, 20s);
    CHECK(hall["carl"].is_asked());
}

TEST_CASE("a request behind a MODE is neither a desync nor a reason to share a state")
{
    Dialogue hall(watching());
    begin_watched(hall, 7);
    compare(hall, false);
    hall.forget_what_was_told();
    hall.plays("carl");
    for (const char* name : {"ann", "bob", "carl"})
        hall.says(name, wire::RequestSavestate{});
    for (int turn = 0; turn < 60; ++turn) {
        hall.rounds({"ann", "bob", "carl"});
        hall.passes(50ms);
    }
    CHECK(hall.news() == Words{"member_plays carl"});
    CHECK(hall.states().empty());
    // It asks for no other one before it is given one: the watch sees to that before it compares.
    hall.watches("carl");
    hall.says("bob", wire::RequestSavestate{});
    goes_on(hall, {"ann", "bob"}, 18s);
    CHECK(hall.news() == Words{"member_watches carl", "state_shared ann"});
    compare(hall, false);
    compare(hall, true);
    CHECK(hall.look("bob").counts.desyncs == 1);
}

TEST_CASE("nothing is compared while a request may be one that a MODE brings")
{
    Dialogue hall(watching());
    begin_watched(hall, 7);
    hall.plays("carl");
    hall.watches("carl");
    goes_on(hall, {"ann", "bob"}, 4s);
    CHECK_FALSE(hall["carl"].is_asked());
    hall.says("bob", wire::RequestSavestate{}); // for the MODE, or for the CRC if one had been told
    for (int time = 0; time < 3; ++time)
        compare(hall, true);
    CHECK(hall.look("bob").counts.desyncs == 0);
}

TEST_CASE("older frontends ask only for a reason, whatever MODE they were told")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    goes_on(hall, {"ann", "bob"}, 3s);
    hall.forget_what_was_told();
    hall.joins_and_plays("carl");
    hall.says("bob", wire::RequestSavestate{});
    goes_on(hall, {"ann", "bob"}, 3s);
    CHECK(hall.states().size() >= 4); // carl's own, and one more, to two each
}

TEST_CASE("a desync watch nobody answers does no harm")
{
    RoomSettings settings;
    settings.desync_watch = 5s;
    Dialogue hall(settings);
    hall.joins_and_plays("ann");
    hall.joins("carl");
    goes_on(hall, {"ann"}, 6s);
    REQUIRE(hall["carl"].is_asked());
    hall.plays("carl"); // as a player it would answer with guesses
    goes_on(hall, {"ann"}, 9s);
    CHECK_FALSE(hall["carl"].is_playing());
    hall.comes("dan"); // nobody else has to wait for that
    goes_on(hall, {"ann"}, 100ms);
    CHECK(hall["dan"].is_synced());
    hall.plays("dan");
    CHECK(hall["dan"].is_playing());
    hall.serves("carl");
    goes_on(hall, {"ann"}, 50ms);
    CHECK(hall["carl"].is_playing());
    hall.watches("carl");
    hall.watches("dan");
    hall.leaves("carl");
    goes_on(hall, {"ann"}, 20s);
    CHECK(hall.look().members.size() == 2);
    CHECK(hall.look("ann").counts.desyncs == 0);
}

} // namespace netplay_relay::room
