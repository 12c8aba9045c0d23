#include "conduct.hpp"
#include "course.hpp"
#include "prefix_memory.hpp"

#include <algorithm>

// Who spoils the game by the way in which it plays, and who does not though its line is bad.
namespace netplay_relay::room {

TEST_CASE("bursts of inputs are judged, and the others are told before")
{
    Script script;
    two_play(script);
    const Course course = bursts(script);
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
    CHECK(course.length < 16s);
    CHECK(course.stood < 12s);
    Words events = script.events();
    std::erase_if(events, [](const std::string& line) { return line.starts_with("held_up"); });
    CHECK(events == Words{"warned eve", "sent_to_watch eve"});
    const Words told = script.told("ann");
    CHECK(std::ranges::count_if(told, [](const std::string& line) {
              return line.find("all wait for eve") != std::string::npos;
          }) == 1);
}

TEST_CASE("a third of the speed for all is judged")
{
    Script script;
    two_play(script);
    int frame = 0;
    const Course course = play(script, 60s, [&] {
        ++frame;
        if (frame * 21 / 60 != (frame - 1) * 21 / 60) script.sends("eve");
    });
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
    CHECK(course.length < 16s);
    CHECK(script.is_in("ann"));
}

TEST_CASE("two who are slow together do not share the blame")
{
    Script script;
    two_play(script);
    script.joins_and_plays("mal", from("10.0.0.3"));
    script.passes(3s);
    script.rounds({"ann", "eve", "mal"}, 5);
    int frame = 0;
    // Each plays its share of a second at once, so that it is now the one and now the other.
    const Course course = play(script, 60s, [&] {
        ++frame;
        const std::string name = frame % 60 < 30 ? "eve" : "mal";
        if (frame % 30 != 0 || !script.is_in(name)) return;
        for (int n = 0; n < 21 && script.is_in(name); ++n)
            script.sends(name);
    });
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
    CHECK(course.length < 16s);
    CHECK(script.is_in("ann"));
}

TEST_CASE("inputs that are always late and always others than before are judged")
{
    Script script;
    two_play(script);
    const Course course = play(script, 60s, [&] {
        if (script["ann"].self > script["eve"].self + 54) script.sends("eve");
    });
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
    CHECK(course.length < 16s);
    CHECK(course.stood < 100ms);
}

TEST_CASE("late inputs that are what the others predict cost nobody anything")
{
    Script script;
    two_play(script);
    script["ann"].believes_all = true;
    (void)play(script, 90s, [&] {
        if (script["ann"].self > script["eve"].self + 54) script.says("eve", holding(script, 7));
    });
    CHECK(script.is_in("eve"));
    CHECK(script.look("eve").repeated_lately < 100);
}

TEST_CASE("a hiccup of three seconds once a minute is nobody's end")
{
    Script script;
    two_play(script);
    int frame = 0;
    const Course course = play(script, 300s, [&] {
        if (++frame % 3600 < 180) return;
        catches_up(script);
    });
    CHECK(script.is_in("eve"));
    CHECK(course.stood >= 9s);
    CHECK(script.look("eve").waited_lately <= 2100ms);
}

TEST_CASE("a phone that loads for four seconds, and a machine with 45 frames a second, stay")
{
    Script script;
    two_play(script);
    script["ann"].believes_all = true;
    int frame = 0;
    (void)play(script, 180s, [&] {
        if (++frame < 240) return;
        if (frame == 240) return catches_up(script);
        if (frame % 4 == 0 || script["eve"].self >= script["ann"].self) return;
        script.says("eve", holding(script, script["eve"].self / 6 % 7));
    });
    CHECK(script.is_in("eve"));
    CHECK(script.look("eve").waited_lately >= 5s);
}

TEST_CASE("who plays at 300 ms and with every twentieth packet lost stays")
{
    const bool is_stick = GENERATE(false, true);
    Script script;
    two_play(script);
    script["ann"].believes_all = true;
    PoorLine line(script, is_stick);
    (void)play(script, 240s, [&] { line.frame(); });
    INFO("waited " << script.look("eve").waited_lately / 1ms << " ms, repeated "
                   << script.look("eve").repeated_lately);
    CHECK(script.is_in("eve"));
    CHECK(script.look("eve").waited_lately < 6s);
    CHECK(script.look("eve").repeated_lately > 3000);
    CHECK(script.look("eve").repeated_lately < 80'000);
}

TEST_CASE("who runs ahead makes nobody else look slow")
{
    Script script;
    two_play(script);
    for (int frame = 0; frame < 3600; ++frame) {
        if (script.is_in("eve") && script["eve"].self < script["ann"].self + 100)
            script.sends("eve", 2);
        script.sends("ann");
        script.passes(frame_time);
    }
    CHECK(script.is_in("ann"));
    CHECK(script.look("ann").waited_lately < 1s);
}

TEST_CASE("who has spoilt a game may watch, later play, and the second time not even come")
{
    Script script;
    two_play(script);
    (void)bursts(script);
    REQUIRE(script.end_of("eve") == CloseReason::spoils_game);
    script.joins("eve", from("10.0.0.2"));
    script.plays("eve");
    CHECK_FALSE(script["eve"].is_playing());
    CHECK(script.told("eve").back() == "REFUSED 1");
    script.joins_and_plays("dan", from("10.0.0.3")); // others may
    script.leaves("dan");
    script.rounds({"ann"}, 60);
    for (int second = 0; second < 300; ++second) {
        script.sends("ann");
        script.passes(1s);
    }
    script.plays("eve");
    REQUIRE(script["eve"].is_playing());
    (void)bursts(script);
    REQUIRE(script.end_of("eve") == CloseReason::spoils_game);
    CHECK(std::ranges::count(script.events(), "shut_out eve") == 1);
    script.comes("eve", from("10.0.0.2"));
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
    script.passes(10min);
    script.joins("eve", from("10.0.0.2"));
}

TEST_CASE("who leaves and comes again begins nothing anew")
{
    Script script;
    two_play(script);
    // Plays for a moment, lets the others wait for as long as it may, and comes again.
    Duration length{};
    while (length < 60s && script.end_of("eve") == std::nullopt) {
        const Course course = play(script, 4500ms, [] {});
        length += course.length;
        if (script.end_of("eve") != std::nullopt) break;
        script.leaves("eve");
        script.passes(1s);
        script.comes("eve", from("10.0.0.2"));
        for (int look = 0; look < 100 && !script["eve"].is_synced(); ++look) {
            if (script["ann"].is_asked()) script.serves("ann");
            script.passes(50ms);
        }
        if (script.end_of("eve") == std::nullopt) script.plays("eve");
    }
    CHECK(script.end_of("eve") == CloseReason::spoils_game);
    CHECK(length < 60s);
}

TEST_CASE("what a client prefix has spent is not there again for its next connection")
{
    Script script;
    script.joins_and_plays("ann", from("10.0.0.1"));
    script.joins("eve", from("10.0.0.2"));
    for (int count = 0; count < 8; ++count) {
        script.plays("eve");
        script.watches("eve");
    }
    script.leaves("eve");
    Visit other_nick = from("10.0.0.2");
    other_nick.nick = "eva";
    script.joins("eve", other_nick);
    script.plays("eve");
    CHECK_FALSE(script["eve"].is_playing()); // too fast
    script.joins_and_plays("dan", from("10.0.0.3"));
}

TEST_CASE("a client prefix's memory has a limit")
{
    PrefixMemory memory;
    const Instant now{1h};
    const wire::Address eve = address_of("10.0.0.2");
    for (int count = 0; count < 100; ++count)
        memory.remember(eve, "eve", Standing{}, now);
    CHECK(memory.size() == standings_per_prefix);
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
