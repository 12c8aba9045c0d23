#include "script.hpp"

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
void begin_watched(Script& script, std::uint32_t protocol = 6)
{
    script.joins_and_plays("ann", speaking(protocol));
    script.joins_and_plays("bob", speaking(protocol));
    script.joins("carl", speaking(protocol));
    goes_on(script, {"ann", "bob"}, 9s);
    script.forget_what_was_told();
}

// What a liar says its state is, whatever the frame.
const ByteVector& lie()
{
    static const ByteVector stream = stream_of(4711);
    return stream;
}

// The witness gives the state that it is asked for, and bob objects to its CRC or does not; ann
// objects too if it is a lie.
void compare(Script& script, bool bob_objects, const std::string& witness = "carl",
             bool lies = false)
{
    for (int turns = 0; !script[witness].is_asked(); ++turns) {
        REQUIRE(turns < 400);
        goes_on(script, {"ann", "bob"}, 50ms);
    }
    if (lies)
        script.serves(witness, script[witness].now(), lie());
    else
        script.serves(witness);
    if (bob_objects) script.says("bob", wire::RequestSavestate{});
    if (lies) script.says("ann", wire::RequestSavestate{});
    goes_on(script, {"ann", "bob"}, 4s);
}

} // namespace

TEST_CASE("the desync watch compares a spectator's state with the players'")
{
    Script script(watching());
    begin_watched(script);
    goes_on(script, {"ann", "bob"}, 2s);
    CHECK(script.told("carl") == Words{"REQUEST"});
    CHECK(script.told("ann").empty());
    (void)script.events();
    const Frame frame = script["carl"].now();
    script.serves("carl");
    CHECK(script.told("ann") == Words{at("CRC ", frame)});
    CHECK(script.told("bob") == Words{at("CRC ", frame)});
    CHECK(script.told("carl").empty());
    CHECK(script.states().empty());
    CHECK(script.events().empty());
    compare(script, true); // "that is not mine", and before it was
    CHECK(script.events() == Words{"desync bob", "state_shared ann"});
    CHECK(script.look("bob").counts.desyncs == 1);
    script.says("bob", wire::RequestSavestate{});
    CHECK(script.look("bob").counts.desyncs == 1);
    CHECK(script.states().size() == 2); // and all are brought back
}

TEST_CASE("states that never agreed are no desync, and the watch of that room ends")
{
    Script script(watching());
    begin_watched(script);
    for (int time = 0; time < 3; ++time)
        compare(script, true);
    CHECK(script.look("bob").counts.desyncs == 0);
    script.forget_what_was_told();
    goes_on(script, {"ann", "bob"}, 15s);
    CHECK(script.events() == Words{"states_differ carl"}); // once; is it the core, or carl?
    goes_on(script, {"ann", "bob"}, 60s);
    CHECK(script.told("carl").empty());
    CHECK(script.events().empty());
    script.joins("dan", from("192.0.2.4"));
    script.forget_what_was_told();
    for (int time = 0; time < 3; ++time)
        compare(script, true, "dan");
    goes_on(script, {"ann", "bob"}, 60s);
    CHECK(script.events().back() == "states_differ"); // it is the core
    script.joins("eve", from("192.0.2.5"));
    script.forget_what_was_told();
    goes_on(script, {"ann", "bob"}, 60s);
    CHECK(script.told("eve").empty());
}

TEST_CASE("a spectator whose state differs from all players' is the one that is out of step")
{
    Script script(watching());
    begin_watched(script, 6);
    compare(script, false); // an honest one until now
    script.joins("liar", from("192.0.2.9"));
    script.leaves("carl");
    script.forget_what_was_told();
    for (int time = 0; time < 3; ++time) {
        compare(script, true, "liar", true);
        CHECK(script.look("liar").counts.witness_differs == static_cast<unsigned>(time) + 1);
    }
    CHECK(script.look("ann").counts.desyncs == 0);
    CHECK(script.look("bob").counts.desyncs == 0);
    Words events = script.events();
    CHECK(std::ranges::count(events, "witness_differs liar") == 3);
    CHECK(std::ranges::count(events, "states_differ") == 0);
    // Nobody was given its state, and it is asked for none any more, not even as another one.
    for (const SharedState& state : script.states())
        CHECK_FALSE(*state == lie());
    script.leaves("liar");
    script.joins("liar again", from("192.0.2.9"));
    script.forget_what_was_told();
    goes_on(script, {"ann", "bob"}, 60s);
    CHECK(script.told("liar again").empty());
    // The watch goes on with others. Ann objects no more, for as the owner she was given no state:
    // now it is bob's word against dan's, and all are given a state.
    script.joins("dan", from("192.0.2.4"));
    compare(script, false, "dan");
    script.forget_what_was_told();
    compare(script, true, "dan");
    CHECK(script.events() == Words{"state_shared ann"});
}

TEST_CASE("a witness is blamed though it leaves before anybody objects")
{
    Script script(watching());
    begin_watched(script);
    compare(script, false);
    script.forget_what_was_told();
    for (int turns = 0; !script["carl"].is_asked(); ++turns) {
        REQUIRE(turns < 400);
        goes_on(script, {"ann", "bob"}, 50ms);
    }
    script.serves("carl");
    script.leaves("carl");
    script.says("bob", wire::RequestSavestate{});
    goes_on(script, {"ann", "bob"}, 2s); // ann's line has a hiccup
    script.says("ann", wire::RequestSavestate{});
    goes_on(script, {"ann", "bob"}, 5s);
    const Words events = script.events();
    CHECK(std::ranges::count(events, "witness_differs carl") == 1);
    CHECK(std::ranges::count(events, "desync bob") == 0);
}

TEST_CASE("an honest witness that went its own way once is given the players' state")
{
    Script script(watching());
    begin_watched(script);
    compare(script, false);
    compare(script, true, "carl", true);
    CHECK(script.look("carl").counts.witness_differs == 1);
    for (int time = 0; time < 9; ++time)
        compare(script, false);
    CHECK(script.look("carl").counts.witness_differs == 1);
    script.joins("dan", from("192.0.2.4")); // who never differed comes first
    script.forget_what_was_told();
    compare(script, false, "dan");
    CHECK(script.told("carl") != Words{"REQUEST"});
}

TEST_CASE("states that differ again and again end the watch as well")
{
    Script script(watching());
    begin_watched(script);
    compare(script, false);
    for (int time = 0; time < 4; ++time)
        compare(script, true);
    CHECK(script.look("bob").counts.desyncs == 4);
    script.forget_what_was_told();
    goes_on(script, {"ann", "bob"}, 60s);
    CHECK(script.events() == Words{"states_differ"});
}

TEST_CASE("a few desyncs in a long game do not end the watch")
{
    Script script(watching());
    begin_watched(script);
    for (int time = 0; time < 6; ++time) {
        for (int quiet = 0; quiet < 4; ++quiet)
            compare(script, false);
        compare(script, true);
    }
    CHECK(script.look("bob").counts.desyncs == 6);
    goes_on(script, {"ann", "bob"}, 20s);
    CHECK(script["carl"].is_asked());
}

TEST_CASE("a request behind a MODE is neither a desync nor a reason to share a state")
{
    Script script(watching());
    begin_watched(script, 7);
    compare(script, false);
    script.forget_what_was_told();
    script.plays("carl");
    for (const char* name : {"ann", "bob", "carl"})
        script.says(name, wire::RequestSavestate{});
    for (int turn = 0; turn < 60; ++turn) {
        script.rounds({"ann", "bob", "carl"});
        script.passes(50ms);
    }
    CHECK(script.events() == Words{"member_plays carl"});
    CHECK(script.states().empty());
    // It asks for no other one before it is given one: the watch sees to that before it compares.
    script.watches("carl");
    script.says("bob", wire::RequestSavestate{});
    goes_on(script, {"ann", "bob"}, 18s);
    CHECK(script.events() == Words{"member_watches carl", "state_shared ann"});
    compare(script, false);
    compare(script, true);
    CHECK(script.look("bob").counts.desyncs == 1);
}

TEST_CASE("nothing is compared while a request may be one that a MODE brings")
{
    Script script(watching());
    begin_watched(script, 7);
    script.plays("carl");
    script.watches("carl");
    goes_on(script, {"ann", "bob"}, 4s);
    CHECK_FALSE(script["carl"].is_asked());
    script.says("bob",
                wire::RequestSavestate{}); // for the MODE, or for the CRC if one had been told
    for (int time = 0; time < 3; ++time)
        compare(script, true);
    CHECK(script.look("bob").counts.desyncs == 0);
}

TEST_CASE("older frontends ask only for a reason, whatever MODE they were told")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    goes_on(script, {"ann", "bob"}, 3s);
    script.forget_what_was_told();
    script.joins_and_plays("carl");
    script.says("bob", wire::RequestSavestate{});
    goes_on(script, {"ann", "bob"}, 3s);
    CHECK(script.states().size() >= 4); // carl's own, and one more, to two each
}

TEST_CASE("a desync watch nobody answers does no harm")
{
    RoomSettings settings;
    settings.desync_watch = 5s;
    Script script(settings);
    script.joins_and_plays("ann");
    script.joins("carl");
    goes_on(script, {"ann"}, 6s);
    REQUIRE(script["carl"].is_asked());
    script.plays("carl"); // as a player it would answer with predictions
    goes_on(script, {"ann"}, 9s);
    CHECK_FALSE(script["carl"].is_playing());
    script.comes("dan"); // nobody else has to wait for that
    goes_on(script, {"ann"}, 100ms);
    CHECK(script["dan"].is_synced());
    script.plays("dan");
    CHECK(script["dan"].is_playing());
    script.serves("carl");
    goes_on(script, {"ann"}, 50ms);
    CHECK(script["carl"].is_playing());
    script.watches("carl");
    script.watches("dan");
    script.leaves("carl");
    goes_on(script, {"ann"}, 20s);
    CHECK(script.look().members.size() == 2);
    CHECK(script.look("ann").counts.desyncs == 0);
}

} // namespace netplay_relay::room
