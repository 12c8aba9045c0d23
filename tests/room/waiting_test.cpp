#include "dialogue.hpp"

// How long others have to wait for one: for its input, for its state, and for the clock to come to
// where it has gone by itself.
namespace netplay_relay::room {

namespace {

// Plays, and gives its state whenever it is asked.
void plays_on(Dialogue& hall, const Words& players, Duration duration)
{
    const Instant until = hall.now + duration;
    while (hall.now < until) {
        for (const std::string& name : players)
            if (hall[name].is_asked()) hall.serves(name);
        hall.rounds(players);
    }
}

} // namespace

TEST_CASE("a player alone in its room may be silent")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 10);
    hall.passes(60s);
    CHECK(hall.is_in("ann"));
    hall.comes("bob");
    CHECK(hall.is_in("ann")); // its time runs from now on
    REQUIRE(hall["ann"].is_asked());
    const bool answers = GENERATE(true, false);
    if (answers) {
        hall.passes(4s);
        hall.serves("ann");
        hall.sends("ann");
        CHECK(hall["bob"].is_synced());
        hall.passes(4s);
        CHECK(hall.look().members.size() == 2);
        return;
    }
    hall.passes(4999ms);
    CHECK(hall.is_in("ann"));
    hall.passes(2ms);
    CHECK(hall.end_of("ann") == MemberEnd::slow_player);
    CHECK(hall["bob"].is_synced());
    CHECK(hall.is_in("bob"));
}

TEST_CASE("whoever is left alone is no slow player any more")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("bob");
    hall.sends("ann");
    hall.passes(4s);
    hall.leaves("bob");
    hall.passes(20s);
    CHECK(hall.is_in("ann"));
    hall.sends("ann", 3);
    CHECK(hall.frame() == 5);
}

TEST_CASE("who has given a state and then is silent has no more time than others")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.sends("bob", 58);
    hall.passes(4999ms); // somebody looks when it is due, not only when the state was new
    CHECK(hall.is_in("ann"));
    hall.passes(2ms);
    CHECK(hall.end_of("ann") == MemberEnd::slow_player);
    CHECK(hall.is_in("bob"));
}

TEST_CASE("a newcomer gets its state from the one who can give it, if others are mute")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins_and_plays(name);
    hall.passes(3s);
    hall.rounds({"ann", "bob", "carl"}, 5);
    hall.comes("dan");
    const Instant came = hall.now;
    while (!hall["dan"].is_synced() && hall.now < came + 12s) {
        if (hall.is_in("carl") && hall["carl"].is_asked()) hall.serves("carl");
        for (const char* name : {"ann", "bob", "carl"})
            if (hall.is_in(name)) hall.sends(name);
        hall.passes(Duration(1s) / 60);
    }
    CHECK(hall["dan"].is_synced());
    CHECK(hall.is_in("dan"));
    CHECK(hall.is_in("carl"));
    CHECK(hall.now - came < joining_limit);
}

TEST_CASE("a state of the past cannot be given for ever")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.comes("carl");
    hall.rounds({"ann", "bob"}, 5);
    for (int round = 0; round < 100 && hall.is_in("ann"); ++round) {
        if (hall["ann"].is_asked()) hall.serves("ann", hall.frame() - 1, stream_of(1));
        hall.rounds({"bob"});
    }
    CHECK(hall.end_of("ann") == MemberEnd::no_savestate);
    CHECK(hall["bob"].is_asked());
    hall.serves("bob");
    CHECK(hall["carl"].is_synced());
}

TEST_CASE("who is always ahead by itself keeps nobody from playing for long")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins_and_plays(name);
    hall.watches("carl");
    plays_on(hall, {"ann", "bob"}, 3s);
    hall.sends("bob", 40);
    const bool resets = GENERATE(true, false);
    const auto goes_ahead = [&] {
        if (!resets) return hall.serves("bob");
        hall["bob"].serves(hall["bob"].now());
        hall.says("bob", wire::Reset{hall["bob"].now()});
    };
    goes_ahead();
    hall.plays("carl");
    const Instant asked = hall.now;
    while (!hall["carl"].is_playing() && hall.now < asked + 20s) {
        plays_on(hall, {"ann"}, 400ms);
        if (!hall.is_in("bob")) continue;
        if (hall["bob"].is_asked()) hall.serves("bob");
        hall.sends("bob", 25);
        goes_ahead();
    }
    CHECK(hall.end_of("bob") == MemberEnd::flood);
    CHECK(hall["carl"].is_playing());
    CHECK(hall.now - asked <= floor_patience + 1s);
    CHECK(hall.is_in("ann"));
    plays_on(hall, {"ann", "carl"}, 1s);
    CHECK(hall.look().members.size() == 2);
}

TEST_CASE("states and resets of one who has no state yet change nothing")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("bob");
    plays_on(hall, {"ann"}, 3s);
    hall.comes("carl");
    hall.forget_what_was_told();
    const ByteVector stream = stream_of(hall.frame());
    for (const Frame ahead : {0U, 1U, 60U}) {
        hall.says("carl", wire::LoadSavestate{hall.frame() + ahead, state_size, stream});
        hall.says("carl", wire::Reset{hall.frame() + ahead});
    }
    CHECK(hall.heard("ann").empty());
    CHECK(hall.heard("bob").empty());
    CHECK(hall.states().empty());
    hall.serves("ann");
    CHECK(hall["carl"].is_synced());
    hall.plays("bob"); // nobody is ahead
    CHECK(hall["bob"].is_playing());
    plays_on(hall, {"ann", "bob"}, 3s);
    CHECK(hall.look().members.size() == 3);
}

} // namespace netplay_relay::room
