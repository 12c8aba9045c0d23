// A room that has sent somebody away for spoiling its game, and those who come after.
#include "course.hpp"
#include "wariness.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// Eve is there again, from an address that nobody knows, and asks to play.
void comes_anew(Script& script, int address)
{
    script.comes("eve", from(("10.1.0." + std::to_string(address)).c_str()));
    for (int look = 0; look < 200 && !script["eve"].is_synced(); ++look)
        goes_on(script, {"ann"}, 50ms);
    script.plays("eve");
}

// How long Ann goes on without her until she plays.
Duration until_she_plays(Script& script, Duration most)
{
    Duration length{};
    for (; length < most && !script["eve"].is_playing(); length += 50ms)
        goes_on(script, {"ann"}, 50ms);
    return length;
}

// Eve spoils the game so often, each time from another address. Returns for how long Ann stood
// still, each time.
std::vector<Duration> spoils(Script& script, int times)
{
    std::vector<Duration> stood;
    for (int time = 1; time <= times; ++time) {
        comes_anew(script, time);
        (void)until_she_plays(script, 310s);
        REQUIRE(script["eve"].is_playing());
        stood.push_back(bursts(script).stood);
        REQUIRE(script.end_of("eve") == CloseReason::spoils_game);
    }
    return stood;
}

void ann_plays(Script& script)
{
    script.joins_and_plays("ann", from("10.0.0.1"));
    goes_on(script, {"ann"}, 1s);
}

std::size_t count_of(const Words& words, const std::string& what)
{
    return static_cast<std::size_t>(std::ranges::count(words, what));
}

} // namespace

TEST_CASE("whoever comes after one that was sent away may let the others wait for half as long")
{
    Script script;
    two_play(script);
    (void)bursts(script);
    REQUIRE(script.end_of("eve") == CloseReason::spoils_game);
    const std::vector<Duration> stood = spoils(script, 4);
    CHECK(stood[0] < 4200ms);
    CHECK(stood[0] > 3500ms);
    CHECK(stood[1] < 2200ms);
    CHECK(stood[3] < 2200ms);
    CHECK(stood[3] > 1800ms);
    CHECK(script.is_in("ann"));
}

TEST_CASE("nothing has to happen for a standstill to be judged")
{
    Script script;
    two_play(script);
    (void)bursts(script);
    script.forget_what_was_told();
    comes_anew(script, 1);
    REQUIRE(script["eve"].is_playing());
    while (script["ann"].self < script["eve"].self + as_far)
        script.sends("ann");
    script.passes(3900ms);
    CHECK(script.is_in("eve"));
    script.passes(300ms);
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
}

TEST_CASE(
    "behind the second that was sent away newcomers watch at first, and are seated in the end")
{
    Script script;
    ann_plays(script);
    (void)spoils(script, 2);
    int address = 10;
    for (const Duration wait : {15s, 300s, 300s}) {
        script.forget_what_was_told();
        comes_anew(script, ++address);
        CHECK(script.told("eve").back() == "REFUSED 2");
        CHECK(count_of(script.events(), "member_waits eve") == 1);
        const RoomEvent& told = script.all_events().back();
        CHECK(told.players >= 2);
        CHECK(told.duration <= wait);
        CHECK(told.duration > wait - 1s);
        CHECK(script.look("eve").in_line == 1);
        const Duration waited = until_she_plays(script, 310s);
        CHECK(waited <= wait + 200ms);
        CHECK(waited > wait - 1s);
        REQUIRE(script["eve"].is_playing());
        (void)play(script, 60s, [] {});
        REQUIRE(script.end_of("eve") == CloseReason::spoils_game);
    }
    goes_on(script, {"ann"}, 10min); // all is forgotten
    comes_anew(script, 250);
    CHECK(script["eve"].is_playing());
}

TEST_CASE("newcomers are seated one after the other, and whoever has played here at once")
{
    Script script;
    ann_plays(script);
    script.joins_and_plays("bob", from("10.0.0.2"));
    goes_on(script, {"ann", "bob"}, 1s);
    script.leaves("bob");
    (void)spoils(script, 2);
    comes_anew(script, 20);
    script.comes("dan", from("10.0.0.3"));
    goes_on(script, {"ann"}, 6s);
    script.plays("dan");
    CHECK(script.look("dan").in_line == 2);
    script.comes("bob", from("10.0.0.2"));
    goes_on(script, {"ann"}, 6s);
    script.plays("bob");
    CHECK(script["bob"].is_playing());
    (void)until_she_plays(script, 20s);
    REQUIRE(script["eve"].is_playing());
    goes_on(script, {"ann", "eve", "bob"}, 58s);
    CHECK_FALSE(script["dan"].is_playing());
    goes_on(script, {"ann", "eve", "bob"}, 3s);
    CHECK(script["dan"].is_playing());
    // One of the same client prefix is no newcomer then.
    script.comes("dana", from("10.0.0.3"));
    goes_on(script, {"ann", "eve", "bob", "dan"}, 6s);
    script.plays("dana");
    goes_on(script, {"ann", "eve", "bob", "dan"}, 1s);
    CHECK(script["dana"].is_playing());
}

TEST_CASE("where nobody is left whose game could be spoilt newcomers need not wait")
{
    Script script;
    ann_plays(script);
    (void)spoils(script, 2);
    comes_anew(script, 20);
    CHECK_FALSE(script["eve"].is_playing());
    script.watches("ann");
    script.passes(200ms);
    CHECK(script["eve"].is_playing());
}

TEST_CASE("friends behind a password are not judged by what others did")
{
    RoomSettings settings;
    settings.password = "friends";
    Script script(settings);
    for (const char* name : {"ann", "eve"}) {
        Visit visit = from(name[0] == 'a' ? "10.0.0.1" : "10.0.0.2");
        visit.password = "friends";
        script.joins_and_plays(name, visit);
    }
    for (int time = 0; time < 4; ++time) {
        const Duration stood = bursts(script).stood;
        CHECK(stood > 7s);
        REQUIRE(script.end_of("eve") == CloseReason::spoils_game);
        Visit visit = from(("10.2.0." + std::to_string(time)).c_str());
        visit.password = "friends";
        script.comes("eve", visit);
        goes_on(script, {"ann"}, 6s);
        script.plays("eve");
        REQUIRE(script["eve"].is_playing());
    }
}

TEST_CASE("who has played before the first was sent away has as much patience as ever")
{
    Script script;
    ann_plays(script);
    script.joins_and_plays("bob", from("10.0.0.2"));
    goes_on(script, {"ann", "bob"}, 1s);
    script.watches("bob");
    (void)spoils(script, 3);
    script.plays("bob");
    REQUIRE(script["bob"].is_playing());
    goes_on(script, {"ann", "bob"}, 1s);
    while (script["ann"].self < script["bob"].self + as_far)
        script.sends("ann");
    script.passes(4s); // as much as rooms.slow_player_seconds lets it
    CHECK(script.is_in("bob"));
}

TEST_CASE("each minute in which a newcomer plays well takes one doubt away")
{
    Script script;
    ann_plays(script);
    (void)spoils(script, 2);
    comes_anew(script, 20);
    (void)until_she_plays(script, 20s);
    goes_on(script, {"ann", "eve"}, 61s);
    CHECK(bursts(script).stood > 3500ms);
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
}

TEST_CASE("newcomers that leave before they are judged are judged together")
{
    Script script;
    ann_plays(script);
    for (int time = 1; time <= 3; ++time) {
        comes_anew(script, time);
        REQUIRE(script["eve"].is_playing());
        (void)play(script, 4800ms, [] {}); // 3.8 s of it they stand still
        REQUIRE(script.is_in("eve"));
        script.leaves("eve");
        goes_on(script, {"ann"}, 1s);
    }
    comes_anew(script, 9);
    CHECK(bursts(script).stood < 4200ms);
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
}

TEST_CASE("a newcomer with a poor line is none of those, however many there were before")
{
    const bool is_stick = GENERATE(false, true);
    Script script;
    ann_plays(script);
    (void)spoils(script, 6);
    comes_anew(script, 20);
    (void)until_she_plays(script, 310s);
    REQUIRE(script["eve"].is_playing());
    script["ann"].believes_all = true;
    PoorLine line(script, is_stick);
    int frame = 0;
    (void)play(script, 240s, [&] {
        if (++frame % 3600 == 1200) line.stands(2s);
        line.frame();
    });
    const RoomEvent& told = script.all_events().back();
    INFO("frame " << frame << ", " << word(told.kind) << ": waited " << told.duration / 1ms
                  << " ms, repeated " << told.repeats);
    CHECK(script.is_in("eve"));
}

TEST_CASE("wariness ends when nobody was sent away for ten minutes")
{
    Wariness wariness;
    Instant now{1h};
    CHECK(wariness.sentences(now) == 0);
    CHECK(wariness.seats_from(now) == Instant::min());
    wariness.note_sentence(now);
    CHECK(wariness.seats_from(now) == Instant::min());
    now += 9min;
    wariness.note_sentence(now);
    CHECK(wariness.sentences(now) == 2);
    CHECK(wariness.since() == Instant{1h});
    CHECK(wariness.seats_from(now) == now + 15s);
    wariness.note_seat(now + 15s);
    CHECK(wariness.seats_from(now) == now + 75s);
    CHECK(wariness.sentences(now + 10min) == 0);
    now += 10min;
    wariness.note_loss(5s, 8s, now);
    CHECK(wariness.sentences(now) == 0);
    wariness.note_loss(3s, 8s, now + 9min);
    CHECK(wariness.sentences(now + 9min) == 1);
    CHECK(wariness.since() == now + 9min);
    now += 20min;
    wariness.note_loss(7s, 8s, now);
    wariness.note_loss(7s, 8s, now + 10min); // the first is forgotten
    CHECK(wariness.sentences(now + 10min) == 0);
}

TEST_CASE("who asks for a seat when wariness is about to end has it then")
{
    Script script;
    ann_plays(script);
    (void)spoils(script, 2);
    goes_on(script, {"ann"}, 591s);
    comes_anew(script, 99);
    CHECK_FALSE(script["eve"].is_playing());
    CHECK(until_she_plays(script, 12s) < 11s);
    CHECK(script["eve"].is_playing());
}

} // namespace netplay_relay::room
