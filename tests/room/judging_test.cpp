#include "conduct.hpp"
#include "course.hpp"
#include "household_memory.hpp"

#include <algorithm>

// Who spoils the game by the way in which it plays, and who does not though its line is bad.
namespace netplay_relay::room {

TEST_CASE("bursts of inputs are judged, and the others are told before")
{
    Dialogue hall;
    two_play(hall);
    const Course course = bursts(hall);
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
    CHECK(course.length < 16s);
    CHECK(course.stood < 12s);
    Words news = hall.news();
    std::erase_if(news, [](const std::string& line) { return line.starts_with("held_up"); });
    CHECK(news == Words{"warned eve", "sent_to_watch eve"});
    const Words told = hall.told("ann");
    CHECK(std::ranges::count_if(told, [](const std::string& line) {
              return line.find("all wait for eve") != std::string::npos;
          }) == 1);
}

TEST_CASE("a third of the speed for all is judged")
{
    Dialogue hall;
    two_play(hall);
    int frame = 0;
    const Course course = play(hall, 60s, [&] {
        ++frame;
        if (frame * 21 / 60 != (frame - 1) * 21 / 60) hall.sends("eve");
    });
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
    CHECK(course.length < 16s);
    CHECK(hall.is_in("ann"));
}

TEST_CASE("two who are slow together do not share the blame")
{
    Dialogue hall;
    two_play(hall);
    hall.joins_and_plays("mal", from("10.0.0.3"));
    hall.passes(3s);
    hall.rounds({"ann", "eve", "mal"}, 5);
    int frame = 0;
    // Each plays its share of a second at once, so that it is now the one and now the other.
    const Course course = play(hall, 60s, [&] {
        ++frame;
        const std::string name = frame % 60 < 30 ? "eve" : "mal";
        if (frame % 30 != 0 || !hall.is_in(name)) return;
        for (int n = 0; n < 21 && hall.is_in(name); ++n)
            hall.sends(name);
    });
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
    CHECK(course.length < 16s);
    CHECK(hall.is_in("ann"));
}

TEST_CASE("inputs that are always late and always others than before are judged")
{
    Dialogue hall;
    two_play(hall);
    const Course course = play(hall, 60s, [&] {
        if (hall["ann"].self > hall["eve"].self + 54) hall.sends("eve");
    });
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
    CHECK(course.length < 16s);
    CHECK(course.stood < 100ms);
}

TEST_CASE("late inputs that are what the others guess cost nobody anything")
{
    Dialogue hall;
    two_play(hall);
    hall["ann"].believes_all = true;
    (void)play(hall, 90s, [&] {
        if (hall["ann"].self > hall["eve"].self + 54) hall.says("eve", holding(hall, 7));
    });
    CHECK(hall.is_in("eve"));
    CHECK(hall.look("eve").repeated_lately < 100);
}

TEST_CASE("a hiccup of three seconds once a minute is nobody's end")
{
    Dialogue hall;
    two_play(hall);
    int frame = 0;
    const Course course = play(hall, 300s, [&] {
        if (++frame % 3600 < 180) return;
        catches_up(hall);
    });
    CHECK(hall.is_in("eve"));
    CHECK(course.stood >= 9s);
    CHECK(hall.look("eve").waited_lately <= 2100ms);
}

TEST_CASE("a phone that loads for four seconds, and a machine with 45 frames a second, stay")
{
    Dialogue hall;
    two_play(hall);
    hall["ann"].believes_all = true;
    int frame = 0;
    (void)play(hall, 180s, [&] {
        if (++frame < 240) return;
        if (frame == 240) return catches_up(hall);
        if (frame % 4 == 0 || hall["eve"].self >= hall["ann"].self) return;
        hall.says("eve", holding(hall, hall["eve"].self / 6 % 7));
    });
    CHECK(hall.is_in("eve"));
    CHECK(hall.look("eve").waited_lately >= 5s);
}

TEST_CASE("who plays at 300 ms and with every twentieth packet lost stays")
{
    const bool is_stick = GENERATE(false, true);
    Dialogue hall;
    two_play(hall);
    hall["ann"].believes_all = true;
    PoorLine line(hall, is_stick);
    (void)play(hall, 240s, [&] { line.frame(); });
    INFO("waited " << hall.look("eve").waited_lately / 1ms << " ms, repeated "
                   << hall.look("eve").repeated_lately);
    CHECK(hall.is_in("eve"));
    CHECK(hall.look("eve").waited_lately < 6s);
    CHECK(hall.look("eve").repeated_lately > 3000);
    CHECK(hall.look("eve").repeated_lately < 80'000);
}

TEST_CASE("who runs ahead makes nobody else look slow")
{
    Dialogue hall;
    two_play(hall);
    for (int frame = 0; frame < 3600; ++frame) {
        if (hall.is_in("eve") && hall["eve"].self < hall["ann"].self + 100) hall.sends("eve", 2);
        hall.sends("ann");
        hall.passes(frame_time);
    }
    CHECK(hall.is_in("ann"));
    CHECK(hall.look("ann").waited_lately < 1s);
}

TEST_CASE("who has spoilt a game may watch, later play, and the second time not even come")
{
    Dialogue hall;
    two_play(hall);
    (void)bursts(hall);
    REQUIRE(hall.end_of("eve") == MemberEnd::spoils_game);
    hall.joins("eve", from("10.0.0.2"));
    hall.plays("eve");
    CHECK_FALSE(hall["eve"].is_playing());
    CHECK(hall.told("eve").back() == "REFUSED 1");
    hall.joins_and_plays("dan", from("10.0.0.3")); // others may
    hall.leaves("dan");
    hall.rounds({"ann"}, 60);
    for (int second = 0; second < 300; ++second) {
        hall.sends("ann");
        hall.passes(1s);
    }
    hall.plays("eve");
    REQUIRE(hall["eve"].is_playing());
    (void)bursts(hall);
    REQUIRE(hall.end_of("eve") == MemberEnd::spoils_game);
    CHECK(std::ranges::count(hall.news(), "shut_out eve") == 1);
    hall.comes("eve", from("10.0.0.2"));
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
    hall.passes(10min);
    hall.joins("eve", from("10.0.0.2"));
}

TEST_CASE("who leaves and comes again begins nothing anew")
{
    Dialogue hall;
    two_play(hall);
    // Plays for a moment, lets the others wait for as long as it may, and comes again.
    Duration length{};
    while (length < 60s && hall.end_of("eve") == std::nullopt) {
        const Course course = play(hall, 4500ms, [] {});
        length += course.length;
        if (hall.end_of("eve") != std::nullopt) break;
        hall.leaves("eve");
        hall.passes(1s);
        hall.comes("eve", from("10.0.0.2"));
        for (int look = 0; look < 100 && !hall["eve"].is_synced(); ++look) {
            if (hall["ann"].is_asked()) hall.serves("ann");
            hall.passes(50ms);
        }
        if (hall.end_of("eve") == std::nullopt) hall.plays("eve");
    }
    CHECK(hall.end_of("eve") == MemberEnd::spoils_game);
    CHECK(length < 60s);
}

TEST_CASE("what a household has spent is not there again for its next connection")
{
    Dialogue hall;
    hall.joins_and_plays("ann", from("10.0.0.1"));
    hall.joins("eve", from("10.0.0.2"));
    for (int count = 0; count < 8; ++count) {
        hall.plays("eve");
        hall.watches("eve");
    }
    hall.leaves("eve");
    Visit other_nick = from("10.0.0.2");
    other_nick.nick = "eva";
    hall.joins("eve", other_nick);
    hall.plays("eve");
    CHECK_FALSE(hall["eve"].is_playing()); // too fast
    hall.joins_and_plays("dan", from("10.0.0.3"));
}

TEST_CASE("a household's memory has a limit")
{
    HouseholdMemory memory;
    const Instant now{1h};
    const wire::Address eve = address_of("10.0.0.2");
    for (int count = 0; count < 100; ++count)
        memory.remember(eve, "eve", Standing{}, now);
    CHECK(memory.size() == standings_per_household);
    CHECK_FALSE(memory.recall(address_of("10.0.0.3"), "eve", now));
    CHECK(memory.recall(eve, "eva", now));
    CHECK_FALSE(memory.recall(eve, "eve", now + standing_memory));
    for (int count = 0; count < 100; ++count)
        memory.remember(address_of(("10.1.0." + std::to_string(count)).c_str()), "x", {}, now);
    CHECK(memory.size() == standings_max);
    CHECK_FALSE(memory.sentence(eve, now));
    CHECK_FALSE(memory.may_play(eve, now));
    CHECK(memory.may_come(eve, now));
    CHECK(memory.may_play(eve, now + watch_only));
    CHECK(memory.sentence(eve, now + watch_only));
    CHECK_FALSE(memory.may_come(eve, now + watch_only));
    CHECK(memory.may_come(eve, now + watch_only + shut_out_for));
    CHECK_FALSE(memory.sentence(eve, now + 2h));
}

TEST_CASE("conduct is that of the last minute")
{
    Conduct conduct;
    Instant now{1h};
    conduct.keep_waiting(3s, now);
    conduct.keep_waiting(-1s, now);
    conduct.repeat(40, now);
    conduct.keep_waiting(-5s, now + 10s); // makes up for nothing before
    CHECK(conduct.waited(60s, now + 10s) == 2s);
    CHECK(conduct.waited(6s, now + 10s) == 0s);
    CHECK(conduct.repeated(60s, now + 57s) == 40);
    CHECK(conduct.waited(60s, now + 62s) == 0s);
    CHECK(conduct.repeated(60s, now + 62s) == 0);
    conduct.repeat(7, now + 60s); // the same slot
    CHECK(conduct.repeated(60s, now + 60s) == 7);
}

} // namespace netplay_relay::room
