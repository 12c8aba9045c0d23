// A room that has sent somebody away for spoiling its game, and those who come after.
#include "course.hpp"
#include "wariness.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// Eve is there again, from an address that nobody knows, and asks to play.
void comes_anew(Dialogue& hall, int address)
{
    hall.comes("eve", from(("10.1.0." + std::to_string(address)).c_str()));
    for (int look = 0; look < 200 && !hall["eve"].is_synced(); ++look)
        goes_on(hall, {"ann"}, 50ms);
    hall.plays("eve");
}

// How long Ann goes on without her until she plays.
Duration until_she_plays(Dialogue& hall, Duration most)
{
    Duration length{};
    for (; length < most && !hall["eve"].is_playing(); length += 50ms)
        goes_on(hall, {"ann"}, 50ms);
    return length;
}

// Eve spoils the game so often, each time from another address. Returns for how long Ann stood
// still, each time.
std::vector<Duration> spoils(Dialogue& hall, int times)
{
    std::vector<Duration> stood;
    for (int time = 1; time <= times; ++time) {
        comes_anew(hall, time);
        (void)until_she_plays(hall, 310s);
        REQUIRE(hall["eve"].is_playing());
        stood.push_back(bursts(hall).stood);
        REQUIRE(hall.end_of("eve") == MemberEnd::spoils_game);
    }
    return stood;
}

void ann_plays(Dialogue& hall)
{
    hall.joins_and_plays("ann", from("10.0.0.1"));
    goes_on(hall, {"ann"}, 1s);
}

std::size_t count_of(const Words& words, const std::string& what)
{
    return static_cast<std::size_t>(std::ranges::count(words, what));
}

} // namespace

TEST_CASE("whoever comes after one that was sent away may let the others wait for half as long")
{
    Dialogue hall;
    two_play(hall);
    (void)bursts(hall);
    REQUIRE(hall.end_of("eve") == MemberEnd::spoils_game);
    const std::vector<Duration> stood = spoils(hall, 4);
    CHECK(stood[0] < 4200ms);
    CHECK(stood[0] > 3500ms);
    CHECK(stood[1] < 2200ms);
    CHECK(stood[3] < 2200ms);
    CHECK(stood[3] > 1800ms);
    CHECK(hall.is_in("ann"));
}

TEST_CASE("nothing has to happen for a standstill to be judged")
{
    Dialogue hall;
    two_play(hall);
    (void)bursts(hall);
    hall.forget_what_was_told();
    comes_anew(hall, 1);
    REQUIRE(hall["eve"].is_playing());
    while (hall["ann"].self < hall["eve"].self + as_far)
        hall.sends("ann");
    hall.passes(3900ms);
    CHECK(hall.is_in("eve"));
    hall.passes(300ms);
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
}

TEST_CASE(
    "behind the second that was sent away newcomers watch at first, and are seated in the end")
{
    Dialogue hall;
    ann_plays(hall);
    (void)spoils(hall, 2);
    int address = 10;
    for (const Duration wait : {15s, 300s, 300s}) {
        hall.forget_what_was_told();
        comes_anew(hall, ++address);
        CHECK(hall.told("eve").back() == "REFUSED 2");
        CHECK(count_of(hall.news(), "member_waits eve") == 1);
        const RoomNews& told = hall.all_news().back();
        CHECK(told.players >= 2);
        CHECK(told.duration <= wait);
        CHECK(told.duration > wait - 1s);
        CHECK(hall.look("eve").in_line == 1);
        const Duration waited = until_she_plays(hall, 310s);
        CHECK(waited <= wait + 200ms);
        CHECK(waited > wait - 1s);
        REQUIRE(hall["eve"].is_playing());
        (void)play(hall, 60s, [] {});
        REQUIRE(hall.end_of("eve") == MemberEnd::spoils_game);
    }
    goes_on(hall, {"ann"}, 10min); // all is forgotten
    comes_anew(hall, 250);
    CHECK(hall["eve"].is_playing());
}

TEST_CASE("newcomers are seated one after the other, and whoever has played here at once")
{
    Dialogue hall;
    ann_plays(hall);
    hall.joins_and_plays("bob", from("10.0.0.2"));
    goes_on(hall, {"ann", "bob"}, 1s);
    hall.leaves("bob");
    (void)spoils(hall, 2);
    comes_anew(hall, 20);
    hall.comes("dan", from("10.0.0.3"));
    goes_on(hall, {"ann"}, 6s);
    hall.plays("dan");
    CHECK(hall.look("dan").in_line == 2);
    hall.comes("bob", from("10.0.0.2"));
    goes_on(hall, {"ann"}, 6s);
    hall.plays("bob");
    CHECK(hall["bob"].is_playing());
    (void)until_she_plays(hall, 20s);
    REQUIRE(hall["eve"].is_playing());
    goes_on(hall, {"ann", "eve", "bob"}, 58s);
    CHECK_FALSE(hall["dan"].is_playing());
    goes_on(hall, {"ann", "eve", "bob"}, 3s);
    CHECK(hall["dan"].is_playing());
    // One of the same household is no newcomer then.
    hall.comes("dana", from("10.0.0.3"));
    goes_on(hall, {"ann", "eve", "bob", "dan"}, 6s);
    hall.plays("dana");
    goes_on(hall, {"ann", "eve", "bob", "dan"}, 1s);
    CHECK(hall["dana"].is_playing());
}

TEST_CASE("where nobody is left whose game could be spoilt newcomers need not wait")
{
    Dialogue hall;
    ann_plays(hall);
    (void)spoils(hall, 2);
    comes_anew(hall, 20);
    CHECK_FALSE(hall["eve"].is_playing());
    hall.watches("ann");
    hall.passes(200ms);
    CHECK(hall["eve"].is_playing());
}

TEST_CASE("friends behind a password are not judged by what others did")
{
    RoomSettings settings;
    settings.password = "friends";
    Dialogue hall(settings);
    for (const char* name : {"ann", "eve"}) {
        Visit visit = from(name[0] == 'a' ? "10.0.0.1" : "10.0.0.2");
        visit.password = "friends";
        hall.joins_and_plays(name, visit);
    }
    for (int time = 0; time < 4; ++time) {
        const Duration stood = bursts(hall).stood;
        CHECK(stood > 7s);
        REQUIRE(hall.end_of("eve") == MemberEnd::spoils_game);
        Visit visit = from(("10.2.0." + std::to_string(time)).c_str());
        visit.password = "friends";
        hall.comes("eve", visit);
        goes_on(hall, {"ann"}, 6s);
        hall.plays("eve");
        REQUIRE(hall["eve"].is_playing());
    }
}

TEST_CASE("who has played before the first was sent away has as much patience as ever")
{
    Dialogue hall;
    ann_plays(hall);
    hall.joins_and_plays("bob", from("10.0.0.2"));
    goes_on(hall, {"ann", "bob"}, 1s);
    hall.watches("bob");
    (void)spoils(hall, 3);
    hall.plays("bob");
    REQUIRE(hall["bob"].is_playing());
    goes_on(hall, {"ann", "bob"}, 1s);
    while (hall["ann"].self < hall["bob"].self + as_far)
        hall.sends("ann");
    hall.passes(4s); // as much as rooms.slow_player_seconds lets it
    CHECK(hall.is_in("bob"));
}

TEST_CASE("each minute in which a newcomer plays well takes one doubt away")
{
    Dialogue hall;
    ann_plays(hall);
    (void)spoils(hall, 2);
    comes_anew(hall, 20);
    (void)until_she_plays(hall, 20s);
    goes_on(hall, {"ann", "eve"}, 61s);
    CHECK(bursts(hall).stood > 3500ms);
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
}

TEST_CASE("newcomers that leave before they are judged are judged together")
{
    Dialogue hall;
    ann_plays(hall);
    for (int time = 1; time <= 3; ++time) {
        comes_anew(hall, time);
        REQUIRE(hall["eve"].is_playing());
        (void)play(hall, 4800ms, [] {}); // 3.8 s of it they stand still
        REQUIRE(hall.is_in("eve"));
        hall.leaves("eve");
        goes_on(hall, {"ann"}, 1s);
    }
    comes_anew(hall, 9);
    CHECK(bursts(hall).stood < 4200ms);
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
}

TEST_CASE("a newcomer with a poor line is none of those, however many there were before")
{
    const bool is_stick = GENERATE(false, true);
    Dialogue hall;
    ann_plays(hall);
    (void)spoils(hall, 6);
    comes_anew(hall, 20);
    (void)until_she_plays(hall, 310s);
    REQUIRE(hall["eve"].is_playing());
    hall["ann"].believes_all = true;
    PoorLine line(hall, is_stick);
    int frame = 0;
    (void)play(hall, 240s, [&] {
        if (++frame % 3600 == 1200) line.stands(2s);
        line.frame();
    });
    const RoomNews& told = hall.all_news().back();
    INFO("frame " << frame << ", " << word(told.kind) << ": waited " << told.duration / 1ms
                  << " ms, repeated " << told.repeats);
    CHECK(hall.is_in("eve"));
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
    Dialogue hall;
    ann_plays(hall);
    (void)spoils(hall, 2);
    goes_on(hall, {"ann"}, 591s);
    comes_anew(hall, 99);
    CHECK_FALSE(hall["eve"].is_playing());
    CHECK(until_she_plays(hall, 12s) < 11s);
    CHECK(hall["eve"].is_playing());
}

} // namespace netplay_relay::room
