// Who is given a place in the game, who waits for one, and who finds its old one again.
#include "script.hpp"

namespace netplay_relay::room {

namespace {

RoomSettings with_players(std::uint32_t players)
{
    RoomSettings settings;
    settings.players = players;
    return settings;
}

Visit as(const std::string& nick, const char* address = "192.0.2.1", std::uint32_t protocol = 6)
{
    Visit visit = speaking(protocol);
    visit.nick = nick;
    visit.admission.address = address_of(address);
    return visit;
}

// All wishes are served at the end of a frame.
void a_frame(Script& script, const Words& players) { script.rounds(players, 1); }

// One frame a second, so that nobody is slow.
void seconds(Script& script, int count, const Words& players)
{
    for (int second = 0; second < count; ++second) {
        script.passes(1s);
        script.rounds(players, 1);
    }
}

} // namespace

TEST_CASE("who comes beyond the game's pads watches, and moves up when a place is free")
{
    for (const std::uint32_t protocol : {4U, 5U, 6U, 7U}) {
        INFO("protocol " << protocol);
        Script script(with_players(2));
        script.joins_and_plays("ann");
        script.joins_and_plays("bob");
        script.joins("carl", speaking(protocol));
        script.forget_what_was_told();
        script.plays("carl");
        CHECK(script.told("carl") == Words{"REFUSED 2"});
        CHECK(script.events() == Words{"member_waits carl"});
        CHECK(script.look("carl").in_line == 1);
        script.rounds({"ann", "bob"}, 100); // nobody waits for it
        CHECK(script.told("carl").empty());
        script.leaves("ann");
        a_frame(script, {"bob"});
        CHECK(script["carl"].is_playing()); // the client has checked that the MODE is in order
        CHECK(script.look("carl").ports == 0b1);
        CHECK(script.look("carl").in_line == 0);
        script.rounds({"bob", "carl"}, 5);
    }
}

TEST_CASE("those who wait move up in the order in which they asked")
{
    Script script(with_players(1));
    for (const char* name : {"ann", "bob", "carl", "dan"})
        script.joins(name);
    script.plays("ann");
    script.plays("dan");
    script.plays("bob");
    script.plays("dan"); // asking again loses nothing, and is answered
    CHECK(script.look("dan").in_line == 1);
    CHECK(script.look("bob").in_line == 2);
    CHECK(script.look("carl").in_line == 0); // came to watch
    script.forget_what_was_told();
    script.plays("dan");
    CHECK(script.told("dan") == Words{"REFUSED 2"});
    CHECK(script.events().empty()); // it waited already
    script.watches("ann");
    script.passes(50ms);
    CHECK(script["dan"].is_playing());
    CHECK_FALSE(script["bob"].is_playing());
    script.plays("ann"); // behind bob now
    script.leaves("dan");
    script.passes(50ms);
    CHECK(script["bob"].is_playing());
    CHECK(script.look("ann").in_line == 1);
}

TEST_CASE("a member that has chosen to watch does not move up")
{
    Script script(with_players(1));
    script.joins_and_plays("ann");
    script.joins("bob");
    script.plays("bob");
    script.joins("carl");
    script.says("bob", wire::Spectate{}); // no frontend says so while it waits
    script.leaves("ann");
    script.passes(100ms);
    CHECK_FALSE(script["bob"].is_playing());
    CHECK_FALSE(script["carl"].is_playing());
}

TEST_CASE(
    "a wish for a certain port waits for that one, and one that cannot be is refused for good")
{
    Script script(with_players(2));
    for (const char* name : {"ann", "bob", "carl", "dan"})
        script.joins(name);
    script.plays("ann", {false, 0, 0b1});
    script.plays("bob", {false, 0, 0b10});
    script.forget_what_was_told();
    script.plays("carl", {false, 0, 0b10});
    script.plays("dan", {false, 0, 0b100}); // beyond the game's pads
    CHECK(script.told("carl") == Words{"REFUSED 4"});
    CHECK(script.told("dan") == Words{"REFUSED 4"});
    CHECK(script.events() == Words{"member_waits carl"});
    script.leaves("ann");
    a_frame(script, {"bob"});
    CHECK_FALSE(script["carl"].is_playing());
    script.leaves("bob");
    script.passes(50ms);
    CHECK(script.look("carl").ports == 0b10);
    CHECK_FALSE(script["dan"].is_playing());
}

TEST_CASE("nobody moves up while a state is on its way")
{
    Script script(with_players(2));
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins("carl");
    script.plays("carl");
    script.comes("dan"); // ann is asked for her state, and takes no MODE before it
    REQUIRE(script["ann"].is_asked());
    script.leaves("bob");
    script.sends("ann", 3);
    CHECK_FALSE(script["carl"].is_playing());
    script.serves("ann");
    CHECK(script["carl"].is_playing());
    script.rounds({"ann", "carl"}, 5);
}

TEST_CASE("who comes back gets its nick, and its old place if nobody has it")
{
    Script script;
    script.joins_and_plays("ann", as("ann"));
    script.joins_and_plays("bob", as("bob"));
    script.joins_and_plays("carl", as("carl"));
    script.leaves("ann");
    script.leaves("bob");
    script.passes(10s);
    (void)script.events();
    script.joins_and_plays("bob again", as("bob"));
    CHECK(script.look("bob again").ports == 0b10); // not the first that is free
    CHECK(script["bob again"].nick() == "bob");
    const Words events = script.events();
    CHECK(std::count(events.begin(), events.end(), "member_returned bob") == 1);
    script.joins_and_plays("a stranger", as("ann", "198.51.100.1"));
    CHECK(script.look("a stranger").ports == 0b1); // her place was free for anybody
    script.joins_and_plays("ann again", as("ann"));
    CHECK(script["ann again"].nick() == "ann (2)");
    CHECK(script.look("ann again").ports == 0b1000);
}

TEST_CASE("a minute later nobody is known any more")
{
    Script script;
    script.joins_and_plays("ann", as("ann"));
    script.joins_and_plays("bob", as("bob"));
    script.joins("carl", as("carl"));
    script.leaves("ann");
    script.leaves("bob");
    script.passes(60s);
    script.joins_and_plays("bob again", as("bob"));
    CHECK(script.look("bob again").ports == 0b1);
}

TEST_CASE("the place of one whose connection was lost is kept, but no longer than it has played")
{
    Script script(with_players(2));
    script.joins_and_plays("ann", as("ann"));
    script.joins_and_plays("bob", as("bob"));
    script.joins("carl", as("carl"));
    script.plays("carl");
    seconds(script, 20, {"ann", "bob"});
    script.leaves("bob", CloseReason::member_lost);
    script.passes(10ms);
    script.sends("ann", 2);
    CHECK(script.look().kept == 1);
    CHECK_FALSE(script["carl"].is_playing()); // it waits for longer than for a seat that was left
    SECTION("it comes back in time")
    {
        script.joins("bob again", as("bob"));
        CHECK(script.look().kept == 1);
        script.sends("ann", 2);
        CHECK_FALSE(script["carl"].is_playing());
        script.plays("bob again");
        CHECK(script.look("bob again").ports == 0b10);
        CHECK(script.look("carl").in_line == 1);
    }
    SECTION("it does not")
    {
        seconds(script, 25, {"ann"});
        CHECK(script["carl"].is_playing());
        script.joins("bob again", as("bob"));
        script.plays("bob again");
        CHECK(script.look("bob again").in_line == 1);
        script.joins("dan", as("dan"));
        script.plays("dan");
        CHECK(script.look("dan").in_line == 2);
    }
}

TEST_CASE("who broke the rules is not known again")
{
    Script script;
    script.joins_and_plays("ann", as("ann"));
    script.joins_and_plays("bob", as("bob"));
    script.joins_and_plays("carl", as("carl"));
    script.leaves("ann");
    script.says("bob", wire::from_hex("00000024 00000001 00"));
    REQUIRE(script.end_of("bob") == CloseReason::bad_command);
    script.joins_and_plays("bob again", as("bob"));
    CHECK(script.look("bob again").ports == 0b1);
}

TEST_CASE("an old connection that is silent is replaced by its player's new one")
{
    Script script;
    script.joins_and_plays("ann", as("ann"));
    script.joins_and_plays("bob", as("bob"));
    for (int n = 0; n < 6; ++n) { // the others wait for bob, and say that they are there
        script.passes(500ms);
        script.sends("ann", 12);
    }
    script.comes("bob again", as("bob"));
    CHECK(script.end_of("bob") == CloseReason::replaced);
    REQUIRE(script["ann"].is_asked());
    script.serves("ann");
    CHECK(script["bob again"].nick() == "bob");
    script.plays("bob again");
    CHECK(script.look("bob again").ports == 0b10);
    script.rounds({"ann", "bob again"}, 3);
}

TEST_CASE("one that is there is never replaced by another of its nick")
{
    Script script;
    script.joins_and_plays("ann", as("ann"));
    script.joins_and_plays("one", as("player"));
    script.joins_and_plays("other", as("player")); // two in one house who have chosen no nick
    CHECK(script["other"].nick() == "player (2)");
    for (int n = 0; n < 5; ++n) {
        script.passes(500ms);
        script.rounds({"ann", "one"}, 5); // the other is silent, and not yet given up
    }
    script.joins("third", as("player"));
    CHECK_FALSE(script.end_of("one"));
    CHECK(script.end_of("other") == CloseReason::replaced);
    script.comes("stranger", as("ann", "198.51.100.1"));
    CHECK_FALSE(script.end_of("ann"));
}

TEST_CASE("a watcher is replaced when it sends no pings, and the last of a room is as well")
{
    Script script;
    script.joins_and_plays("ann", as("ann"));
    script.joins("bob", as("bob"));
    script.joins("five", as("five", "192.0.2.1", 5));
    seconds(script, 6, {"ann"});
    script.joins("not bob", as("bob"));
    CHECK_FALSE(script.end_of("bob"));
    script.leaves("not bob");
    seconds(script, 1, {"ann"});
    script.joins("bob again", as("bob"));
    CHECK(script.end_of("bob") == CloseReason::replaced);
    CHECK(script["bob again"].nick() == "bob");
    script.joins("another five", as("five", "192.0.2.1", 5)); // protocol 5 says nothing
    CHECK_FALSE(script.end_of("five"));
    for (const char* name : {"bob again", "five", "another five"})
        script.leaves(name);
    script.passes(2s);
    script.joins_and_plays("ann again", as("ann"));
    CHECK(script.end_of("ann") == CloseReason::replaced);
    CHECK(script["ann again"].nick() == "ann");
    CHECK(script.look("ann again").ports == 0b1);
    CHECK(script.manager.use() == RoomUse{1, 1, 0});
}

TEST_CASE("a full room has room for one who replaces itself")
{
    RoomSettings settings;
    settings.members = 2;
    settings.members_per_address = 2;
    Script script(settings);
    script.joins_and_plays("ann", as("ann"));
    script.joins("bob", as("bob"));
    seconds(script, 7, {"ann"});
    script.joins("bob again", as("bob"));
    CHECK(script.is_in("bob again"));
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
}

TEST_CASE("one frontend gets four pads at the most")
{
    Script script;
    script.joins("ann", as("ann"));
    script.forget_what_was_told();
    script.plays("ann", {false, 0, 0xFFFF});
    script.plays("ann", {false, 0, 0b11111});
    CHECK(script.told("ann") == Words{"REFUSED 4", "REFUSED 4"});
    CHECK(script.look("ann").in_line == 0);  // it cannot be, whoever leaves
    script.plays("ann", {false, 0, 0b1111}); // four friends on a sofa
    CHECK(script.look("ann").ports == 0b1111);
}

TEST_CASE("two addresses leave places of a room for everybody to others")
{
    const bool is_private = GENERATE(false, true);
    RoomSettings settings;
    settings.password = is_private ? "friends" : "";
    Script script(settings);
    Words players;
    const auto comes = [&](const std::string& name, const char* address, std::uint16_t ports) {
        Visit visit = as(name, address);
        visit.password = settings.password;
        script.joins(name, visit);
        seconds(script, 6, players);
        script.plays(name, {false, 0, ports});
        if (script[name].is_playing()) players.push_back(name);
        return script[name].is_playing();
    };
    CHECK(comes("one", "192.0.2.1", 0xF));
    CHECK(comes("two", "192.0.2.2", 0xF0));
    CHECK(comes("three", "192.0.2.1", 0xF00));
    CHECK(comes("four", "192.0.2.2", 0xF000) == is_private);
    if (is_private) return;
    CHECK_FALSE(comes("five", "192.0.2.1", 0));
    CHECK(script.look("five").in_line == 2);
    CHECK_FALSE(comes("greedy", "192.0.2.3", 0x3000)); // one each
    CHECK(comes("ann", "192.0.2.4", 0));
    script.watches("greedy");
    CHECK(comes("bob", "192.0.2.5", 0));
    CHECK(comes("cat", "192.0.2.6", 0));
    CHECK(comes("dan", "192.0.2.7", 0));
    CHECK_FALSE(comes("eve", "192.0.2.8", 0));
    CHECK(script.look("eve").in_line == 1); // before those who have some
    script.leaves("ann");
    std::erase(players, "ann");
    a_frame(script, players);
    CHECK(script["eve"].is_playing());
}

TEST_CASE("friends of one house take all places of a small game")
{
    Script script(with_players(5)); // a multitap
    for (const char* name : {"ann", "bob", "cat", "dan", "eve"})
        script.joins_and_plays(name, as(name));
    CHECK(script.look().taken == 5);
}

} // namespace netplay_relay::room
