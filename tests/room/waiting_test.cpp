#include "script.hpp"

// How long others have to wait for one: for its input, for its state, and for the clock to come to
// where it has gone by itself.
namespace netplay_relay::room {

namespace {

// Plays, and gives its state whenever it is asked.
void plays_on(Script& script, const Words& players, Duration duration)
{
    const Instant until = script.now + duration;
    while (script.now < until) {
        for (const std::string& name : players)
            if (script[name].is_asked()) script.serves(name);
        script.rounds(players);
    }
}

} // namespace

TEST_CASE("a player alone in its room may be silent")
{
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 10);
    script.passes(60s);
    CHECK(script.is_in("ann"));
    script.comes("bob");
    CHECK(script.is_in("ann")); // its time runs from now on
    REQUIRE(script["ann"].is_asked());
    const bool answers = GENERATE(true, false);
    if (answers) {
        script.passes(4s);
        script.serves("ann");
        script.sends("ann");
        CHECK(script["bob"].is_synced());
        script.passes(4s);
        CHECK(script.look().members.size() == 2);
        return;
    }
    script.passes(4999ms);
    CHECK(script.is_in("ann"));
    script.passes(2ms);
    CHECK(script.end_of("ann") == CloseReason::slow_player);
    CHECK(script["bob"].is_synced());
    CHECK(script.is_in("bob"));
}

TEST_CASE("whoever is left alone is no slow player any more")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("bob");
    script.sends("ann");
    script.passes(4s);
    script.leaves("bob");
    script.passes(20s);
    CHECK(script.is_in("ann"));
    script.sends("ann", 3);
    CHECK(script.frame() == 5);
}

TEST_CASE("who has given a state and then is silent has no more time than others")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.sends("bob", 58);
    script.passes(4999ms); // somebody looks when it is due, not only when the state was new
    CHECK(script.is_in("ann"));
    script.passes(2ms);
    CHECK(script.end_of("ann") == CloseReason::slow_player);
    CHECK(script.is_in("bob"));
}

TEST_CASE("a newcomer gets its state from the one who can give it, if others are mute")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins_and_plays(name);
    script.passes(3s);
    script.rounds({"ann", "bob", "carl"}, 5);
    script.comes("dan");
    const Instant came = script.now;
    while (!script["dan"].is_synced() && script.now < came + 12s) {
        if (script.is_in("carl") && script["carl"].is_asked()) script.serves("carl");
        for (const char* name : {"ann", "bob", "carl"})
            if (script.is_in(name)) script.sends(name);
        script.passes(Duration(1s) / 60);
    }
    CHECK(script["dan"].is_synced());
    CHECK(script.is_in("dan"));
    CHECK(script.is_in("carl"));
    CHECK(script.now - came < joining_limit);
}

TEST_CASE("a state of the past cannot be given for ever")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.comes("carl");
    script.rounds({"ann", "bob"}, 5);
    for (int round = 0; round < 100 && script.is_in("ann"); ++round) {
        if (script["ann"].is_asked()) script.serves("ann", script.frame() - 1, stream_of(1));
        script.rounds({"bob"});
    }
    CHECK(script.end_of("ann") == CloseReason::no_savestate);
    CHECK(script["bob"].is_asked());
    script.serves("bob");
    CHECK(script["carl"].is_synced());
}

TEST_CASE("who is always ahead by itself keeps nobody from playing for long")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins_and_plays(name);
    script.watches("carl");
    plays_on(script, {"ann", "bob"}, 3s);
    script.sends("bob", 40);
    const bool resets = GENERATE(true, false);
    const auto goes_ahead = [&] {
        if (!resets) return script.serves("bob");
        script["bob"].serves(script["bob"].now());
        script.says("bob", wire::Reset{script["bob"].now()});
    };
    goes_ahead();
    script.plays("carl");
    const Instant asked = script.now;
    while (!script["carl"].is_playing() && script.now < asked + 20s) {
        plays_on(script, {"ann"}, 400ms);
        if (!script.is_in("bob")) continue;
        if (script["bob"].is_asked()) script.serves("bob");
        script.sends("bob", 25);
        goes_ahead();
    }
    CHECK(script.end_of("bob") == CloseReason::flood);
    CHECK(script["carl"].is_playing());
    CHECK(script.now - asked <= minimum_frame_patience + 1s);
    CHECK(script.is_in("ann"));
    plays_on(script, {"ann", "carl"}, 1s);
    CHECK(script.look().members.size() == 2);
}

TEST_CASE("states and resets of one who has no state yet change nothing")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("bob");
    plays_on(script, {"ann"}, 3s);
    script.comes("carl");
    script.forget_what_was_told();
    const ByteVector stream = stream_of(script.frame());
    for (const Frame ahead : {0U, 1U, 60U}) {
        script.says("carl", wire::LoadSavestate{script.frame() + ahead, state_size, stream});
        script.says("carl", wire::Reset{script.frame() + ahead});
    }
    CHECK(script.heard("ann").empty());
    CHECK(script.heard("bob").empty());
    CHECK(script.states().empty());
    script.serves("ann");
    CHECK(script["carl"].is_synced());
    script.plays("bob"); // nobody is ahead
    CHECK(script["bob"].is_playing());
    plays_on(script, {"ann", "bob"}, 3s);
    CHECK(script.look().members.size() == 3);
}

} // namespace netplay_relay::room
