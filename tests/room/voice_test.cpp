// What the relay says to members by itself, when, and when it does not.
#include "course.hpp"

#include "room/voice_text.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

Visit of_game(const char* core, std::uint32_t crc)
{
    Visit visit;
    visit.game = {crc, core, "v1"};
    return visit;
}

RoomSettings with(Phrase phrase, const std::string& text)
{
    RoomSettings settings;
    settings.voice.texts[static_cast<std::size_t>(phrase)] = text;
    return settings;
}

RoomSettings greeting() { return with(Phrase::message_of_the_day, "hello {nick}: {core}, {crc}"); }

// Of the relay, since asked last.
Words words_to(Script& script, const std::string& name)
{
    constexpr std::string_view opening = "CHAT netplay-relay: ";
    Words words;
    for (const std::string& line : script.told(name))
        if (line.starts_with(opening)) words.push_back(line.substr(opening.size()));
    return words;
}

std::size_t says(Script& script, const std::string& text,
                 std::optional<std::uint64_t> room = std::nullopt)
{
    std::size_t told = 0;
    script.carry_out(
        [&](Output& out) { told = script.manager.say(room, text, script.now, out).told; });
    return told;
}

void closes_all(Script& script, CloseReason end)
{
    script.carry_out([&](Output& out) { script.manager.close_all(script.now, out, end); });
}

const std::string greeting_for_ann = "hello ann: TestCore, b12a9944";
const std::string of_content_1 =
    "another copy of this game (or another), CRC 00000001, is played in a room here";
const std::string of_content_2 =
    "another copy of this game (or another), CRC 00000002, is played in a room here";

} // namespace

TEST_CASE("the message of the day is for whoever begins to play, once")
{
    Script script(greeting());
    script.joins("ann", from("10.0.0.1"));
    CHECK(words_to(script, "ann").empty()); // RetroArch would not show it
    script.plays("ann");
    CHECK(words_to(script, "ann") == Words{greeting_for_ann});
    script.watches("ann");
    script.plays("ann");
    CHECK(words_to(script, "ann").empty());
    script.joins_and_plays("bob", from("10.0.0.2"));
    CHECK(words_to(script, "ann").empty());
    CHECK(words_to(script, "bob") == Words{"hello bob: TestCore, b12a9944"});
    script.leaves("bob"); // and comes again
    script.joins_and_plays("bob", from("10.0.0.2"));
    CHECK(words_to(script, "bob").empty());
}

TEST_CASE("the message of the day may have several lines, and long ones are several chats")
{
    Script script(with(Phrase::message_of_the_day,
                       "first\n\n " + std::string(70, 'a') + " " + std::string(20, 'b') + " c"));
    script.joins_and_plays("ann");
    CHECK(words_to(script, "ann") ==
          Words{"first", std::string(70, 'a'), std::string(20, 'b') + " c"});
}

TEST_CASE("protocols without chat are told nothing")
{
    const std::uint32_t protocol = GENERATE(4U, 5U);
    Script script(greeting());
    script.joins_and_plays("old", speaking(protocol));
    CHECK(words_to(script, "old").empty());
    CHECK(says(script, "hi") == 0);
    closes_all(script, CloseReason::shutdown);
    CHECK(words_to(script, "old").empty());
}

TEST_CASE("who awaits a state is told nothing until it is there")
{
    Script script(greeting());
    script.joins_and_plays("ann");
    script.comes("bob");
    CHECK(says(script, "soon more") == 1);
    CHECK(words_to(script, "ann") == Words{greeting_for_ann, "soon more"});
    REQUIRE(script["ann"].is_asked());
    script.passes(1s);
    CHECK_FALSE(script["bob"].is_synced());
    script.serves("ann");
    REQUIRE(script["bob"].is_synced());
    script.plays("bob");
    REQUIRE(script["bob"].is_playing());
    const Words told = script.told("bob");
    const auto state = std::ranges::find_if(
        told, [](const std::string& line) { return line.starts_with("STATE"); });
    const auto chat = std::ranges::find_if(
        told, [](const std::string& line) { return line.starts_with("CHAT"); });
    REQUIRE(chat != told.end());
    CHECK(state < chat);
    CHECK(Words(chat, told.end()) == Words{"CHAT netplay-relay: hello bob: TestCore, b12a9944",
                                           "CHAT netplay-relay: soon more"});
}

TEST_CASE("who is sent away before it has its state reads nothing of ours")
{
    Script script;
    script.joins_and_plays("ann");
    script.comes("bob");
    closes_all(script, CloseReason::shutdown);
    CHECK(words_to(script, "ann") == Words{"this relay ends: try again in a minute"});
    CHECK(words_to(script, "bob").empty());
    CHECK(script.end_of("ann") == CloseReason::shutdown);
}

TEST_CASE("who is alone hears of others with another copy, and they of it", "[numbers]")
{
    Script script;
    script.joins_and_plays("ann", of_game("Core", 1));
    CHECK(words_to(script, "ann").empty());
    script.joins("bob", of_game("core", 2));
    CHECK(words_to(script, "ann") == Words{of_content_2});
    CHECK(words_to(script, "bob").empty()); // not before it plays
    script.plays("bob");
    CHECK(words_to(script, "bob") == Words{of_content_1});
    script.joins_and_plays("carl", of_game("Core", 3)); // ann and bob have heard enough
    CHECK(words_to(script, "ann").empty());
    CHECK(words_to(script, "carl").size() == 1);
    script.passes(10min);
    script.joins_and_plays("dan", of_game("Core", 4));
    CHECK(words_to(script, "ann").size() == 1);
}

TEST_CASE("of several rooms the fullest is named, and who is not alone hears of none", "[numbers]")
{
    Script script;
    script.joins_and_plays("ann", of_game("Core", 1));
    script.joins_and_plays("bob", of_game("Core", 2));
    script.joins_and_plays("carl", of_game("Core", 2));
    script.forget_what_was_told();
    script.joins_and_plays("dan", of_game("Core", 3));
    CHECK(words_to(script, "dan") == Words{of_content_2});
    CHECK(words_to(script, "bob").empty());
    CHECK(words_to(script, "carl").empty());
}

TEST_CASE("the same content with another core is told of before another content", "[numbers]")
{
    Script script;
    script.joins_and_plays("ann", of_game("Core", 1));
    script.joins_and_plays("bob", of_game("Core", 1));
    script.joins_and_plays("carl", of_game("Other (Core) http://x", 2));
    script.forget_what_was_told();
    script.joins_and_plays("dan", of_game("Core", 2));
    CHECK(words_to(script, "dan") ==
          Words{"this game is played in a room here with another core: Other (Core) http???x"});
    CHECK(words_to(script, "carl") ==
          Words{"this game is played in a room here with another core: Core"});
}

TEST_CASE("nobody hears of rooms behind another password, of ports, or of games without a CRC",
          "[numbers]")
{
    Script script;
    Visit private_room = of_game("Core", 1);
    private_room.admission.by_password = true;
    private_room.password = "moon";
    script.joins_and_plays("ann", private_room);
    Visit at_port = of_game("Core", 2);
    at_port.admission.port = 4000;
    script.joins_and_plays("bob", at_port);
    script.joins_and_plays("carl", of_game("Core", 0));
    script.joins_and_plays("dan", of_game("Core", 3));
    for (const char* name : {"ann", "bob", "carl", "dan"})
        CHECK(words_to(script, name).empty());
    private_room.game.content_crc = 4; // a friend with another copy
    script.joins_and_plays("eve", private_room);
    CHECK(words_to(script, "eve") == Words{of_content_1});
    CHECK(words_to(script, "ann").size() == 1);
}

TEST_CASE("who stands still reads for whom while it lasts, and the one that it is meant")
{
    Script script;
    two_play(script);
    Duration stood{};
    while (stood < 4s && words_to(script, "ann").empty()) {
        if (script["ann"].self < script["eve"].self + as_far)
            script.sends("ann");
        else
            stood += frame_time;
        script.passes(frame_time);
    }
    CHECK(stood > 1900ms);
    CHECK(stood < 3s);
    CHECK(words_to(script, "eve") == Words{"all wait for you: your game or your line is too slow"});
    catches_up(script);
    script.rounds({"ann", "eve"}, 300);
    (void)play(script, 4s, [] {}); // not the same name again within a minute
    CHECK(words_to(script, "ann").empty());
}

TEST_CASE("whose inputs come late reads it itself, and the others read whose")
{
    Script script;
    two_play(script);
    (void)play(script, 60s, [&] {
        if (script["ann"].self > script["eve"].self + 54) script.sends("eve");
    });
    REQUIRE(script.end_of("eve") == CloseReason::spoils_game);
    CHECK(words_to(script, "ann") == Words{"late inputs: eve"});
    CHECK(words_to(script, "eve") ==
          Words{"your inputs come late: the others repeat frames for them",
                "you are sent away: the others waited or repeated too much for you"});
}

TEST_CASE("the last that somebody reads is why it is sent away")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.rounds({"ann", "bob"}, 20);
    script.forget_what_was_told();
    script.says("bob", wire::from_hex("00000025 00000003 000000")); // PLAY with three bytes
    REQUIRE(script.end_of("bob") == CloseReason::bad_command);
    CHECK(script.heard("bob").back() == "CHAT netplay-relay: you are sent away: bad_command");
    for (int second = 0; second < 10 && script.is_in("ann"); ++second)
        script.passes(1s);
    script.joins_and_plays("carl");
    script.rounds({"ann", "carl"}, 20);
    for (int frame = 0; frame < 600 && script.is_in("carl"); ++frame) {
        if (script["ann"].self < script["carl"].self + as_far) script.sends("ann");
        script.passes(frame_time);
    }
    REQUIRE(script.end_of("carl") == CloseReason::slow_player);
    CHECK(script.heard("carl").back() ==
          "CHAT netplay-relay: you are sent away: the others waited too long for you");
}

TEST_CASE("each reason may have words of its own, and no words")
{
    RoomSettings settings = with(Phrase::room_closed, "{nick}, bye: {reason}");
    settings.voice.texts[static_cast<std::size_t>(Phrase::shutdown)].clear();
    for (const CloseReason end : {CloseReason::room_closed, CloseReason::shutdown}) {
        Script script(settings);
        script.joins_and_plays("ann");
        closes_all(script, end);
        const bool has_words = end == CloseReason::room_closed;
        CHECK(words_to(script, "ann") == (has_words ? Words{"ann, bye: room_closed"} : Words{}));
    }
}

TEST_CASE("whose state is another reads so once it has that of the others")
{
    RoomSettings settings;
    settings.desync_watch = 10s;
    Script script(settings);
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins("carl");
    for (const bool objects : {false, true}) {
        script.forget_what_was_told();
        for (int turns = 0; !script["carl"].is_asked() && turns < 400; ++turns)
            goes_on(script, {"ann", "bob"}, 50ms);
        script.serves("carl");
        if (objects) script.says("bob", wire::RequestSavestate{});
        goes_on(script, {"ann", "bob"}, 4s);
    }
    REQUIRE(script.look("bob").counts.desyncs == 1);
    const Words told = script.told("bob");
    const auto chat = std::ranges::find(
        told, "CHAT netplay-relay: your game differs from the others': you get theirs");
    REQUIRE(chat != told.end());
    CHECK(std::any_of(told.begin(), chat,
                      [](const std::string& line) { return line.starts_with("STATE"); }));
    CHECK(words_to(script, "ann").empty());
}

TEST_CASE("the operator speaks to one room or all, to watchers too, as often as it likes",
          "[numbers]")
{
    Script script;
    script.joins_and_plays("ann", of_game("Core", 1));
    script.joins("watcher", of_game("Core", 1));
    script.joins_and_plays("bob", of_game("Other", 2));
    script.forget_what_was_told();
    const std::uint64_t room = script.manager.look().front().number;
    CHECK(says(script, "to one", room) == 1);
    CHECK(says(script, "to all") == 2);
    CHECK(says(script, "to nobody", 4711) == 0);
    CHECK(words_to(script, "ann") == Words{"to one", "to all"});
    CHECK(words_to(script, "watcher") == Words{"to one", "to all"});
    CHECK(words_to(script, "bob") == Words{"to all"});
    for (int count = 0; count < 20; ++count)
        CHECK(says(script, "again", room) == 1);
    CHECK(words_to(script, "ann").size() == 20);
    std::string longest;
    for (int count = 0; count < 100; ++count)
        longest += "words and ";
    CHECK(says(script, longest, room) == 1);
    CHECK(words_to(script, "ann").size() == chats_per_text_max);
    CHECK(says(script, "", room) == 0);
    CHECK(says(script, " \n\n ", room) == 0);
}

TEST_CASE("switched off, the relay says nothing but what the operator has it say", "[numbers]")
{
    RoomSettings settings = greeting();
    settings.voice.enabled = false;
    Script script(settings);
    two_play(script);
    script.joins_and_plays("mal", of_game("TestCore", 1));
    (void)bursts(script);
    REQUIRE(script.end_of("eve") == CloseReason::spoils_game);
    CHECK(says(script, "hello") == 2);
    CHECK(words_to(script, "ann") == Words{"hello"});
    CHECK(words_to(script, "mal") == Words{"hello"});
    closes_all(script, CloseReason::shutdown);
    for (const char* name : {"ann", "eve", "mal"})
        CHECK(words_to(script, name).empty());
    CHECK(words_of_draining(settings.voice, 600s).empty());
}

TEST_CASE("nobody is told more than it can read")
{
    RoomSettings settings;
    settings.password = "moon"; // among friends nobody is doubted
    Script script(settings);
    const auto comes = [&](const std::string& name, const std::string& address) {
        Visit visit = from(address);
        visit.password = settings.password;
        script.joins_and_plays(name, visit);
    };
    comes("ann", "10.0.0.1");
    const Instant begin = script.now;
    std::size_t told = 0;
    for (int count = 0; count < 12; ++count) { // they hold the game up, one after the other
        const std::string name = "eve" + std::to_string(count);
        comes(name, "10.1.0." + std::to_string(count));
        script.rounds({"ann", name}, 5);
        (void)words_to(script, "ann");
        for (int frame = 0; frame < 230; ++frame) {
            if (script["ann"].self < script[name].self + as_far) script.sends("ann");
            script.passes(frame_time);
        }
        told += words_to(script, "ann").size();
        script.leaves(name);
        script.rounds({"ann"}, 5);
    }
    const auto earned = static_cast<std::size_t>((script.now - begin) / 10s);
    CHECK(told >= 6);
    CHECK(told <= 6 + earned + 1); // its allowance, and what it has earned meanwhile
    CHECK(told < 12);
}

TEST_CASE("what was said, and what is held, goes along to another room manager", "[numbers]")
{
    Script script(greeting());
    script.joins_and_plays("ann", of_game("Core", 1));
    script.joins("bob", of_game("Core", 2));
    CHECK(words_to(script, "ann").size() == 2);
    script.moves();
    script.plays("bob"); // what was held for it is said there
    CHECK(words_to(script, "bob") == Words{"hello bob: Core, 00000002", of_content_1});
    script.moves();
    script.watches("bob");
    script.plays("bob");
    CHECK(words_to(script, "bob").empty());
    script.joins_and_plays("carl", of_game("Core", 3)); // ann has heard of another already
    CHECK(words_to(script, "ann").empty());
}

} // namespace netplay_relay::room
