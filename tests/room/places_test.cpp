// Who is given a place in the game, who waits for one, and who finds its old one again.
#include "dialogue.hpp"

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
void a_frame(Dialogue& hall, const Words& players) { hall.rounds(players, 1); }

// One frame a second, so that nobody is slow.
void seconds(Dialogue& hall, int count, const Words& players)
{
    for (int second = 0; second < count; ++second) {
        hall.passes(1s);
        hall.rounds(players, 1);
    }
}

} // namespace

TEST_CASE("who comes beyond the game's pads watches, and moves up when a place is free")
{
    for (const std::uint32_t protocol : {4U, 5U, 6U, 7U}) {
        INFO("protocol " << protocol);
        Dialogue hall(with_players(2));
        hall.joins_and_plays("ann");
        hall.joins_and_plays("bob");
        hall.joins("carl", speaking(protocol));
        hall.forget_what_was_told();
        hall.plays("carl");
        CHECK(hall.told("carl") == Words{"REFUSED 2"});
        CHECK(hall.news() == Words{"member_waits carl"});
        CHECK(hall.look("carl").in_line == 1);
        hall.rounds({"ann", "bob"}, 100); // nobody waits for it
        CHECK(hall.told("carl").empty());
        hall.leaves("ann");
        a_frame(hall, {"bob"});
        CHECK(hall["carl"].is_playing()); // the client has checked that the MODE is in order
        CHECK(hall.look("carl").ports == 0b1);
        CHECK(hall.look("carl").in_line == 0);
        hall.rounds({"bob", "carl"}, 5);
    }
}

TEST_CASE("those who wait move up in the order in which they asked")
{
    Dialogue hall(with_players(1));
    for (const char* name : {"ann", "bob", "carl", "dan"})
        hall.joins(name);
    hall.plays("ann");
    hall.plays("dan");
    hall.plays("bob");
    hall.plays("dan"); // asking again loses nothing, and is answered
    CHECK(hall.look("dan").in_line == 1);
    CHECK(hall.look("bob").in_line == 2);
    CHECK(hall.look("carl").in_line == 0); // came to watch
    hall.forget_what_was_told();
    hall.plays("dan");
    CHECK(hall.told("dan") == Words{"REFUSED 2"});
    CHECK(hall.news().empty()); // it waited already
    hall.watches("ann");
    hall.passes(50ms);
    CHECK(hall["dan"].is_playing());
    CHECK_FALSE(hall["bob"].is_playing());
    hall.plays("ann"); // behind bob now
    hall.leaves("dan");
    hall.passes(50ms);
    CHECK(hall["bob"].is_playing());
    CHECK(hall.look("ann").in_line == 1);
}

TEST_CASE("a member that has chosen to watch does not move up")
{
    Dialogue hall(with_players(1));
    hall.joins_and_plays("ann");
    hall.joins("bob");
    hall.plays("bob");
    hall.joins("carl");
    hall.says("bob", wire::Spectate{}); // no frontend says so while it waits
    hall.leaves("ann");
    hall.passes(100ms);
    CHECK_FALSE(hall["bob"].is_playing());
    CHECK_FALSE(hall["carl"].is_playing());
}

TEST_CASE(
    "a wish for a certain port waits for that one, and one that cannot be is refused for good")
{
    Dialogue hall(with_players(2));
    for (const char* name : {"ann", "bob", "carl", "dan"})
        hall.joins(name);
    hall.plays("ann", {false, 0, 0b1});
    hall.plays("bob", {false, 0, 0b10});
    hall.forget_what_was_told();
    hall.plays("carl", {false, 0, 0b10});
    hall.plays("dan", {false, 0, 0b100}); // beyond the game's pads
    CHECK(hall.told("carl") == Words{"REFUSED 4"});
    CHECK(hall.told("dan") == Words{"REFUSED 4"});
    CHECK(hall.news() == Words{"member_waits carl"});
    hall.leaves("ann");
    a_frame(hall, {"bob"});
    CHECK_FALSE(hall["carl"].is_playing());
    hall.leaves("bob");
    hall.passes(50ms);
    CHECK(hall.look("carl").ports == 0b10);
    CHECK_FALSE(hall["dan"].is_playing());
}

TEST_CASE("nobody moves up while a state is on its way")
{
    Dialogue hall(with_players(2));
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.joins("carl");
    hall.plays("carl");
    hall.comes("dan"); // ann is asked for her state, and takes no MODE before it
    REQUIRE(hall["ann"].is_asked());
    hall.leaves("bob");
    hall.sends("ann", 3);
    CHECK_FALSE(hall["carl"].is_playing());
    hall.serves("ann");
    CHECK(hall["carl"].is_playing());
    hall.rounds({"ann", "carl"}, 5);
}

TEST_CASE("who comes back gets its nick, and its old place if nobody has it")
{
    Dialogue hall;
    hall.joins_and_plays("ann", as("ann"));
    hall.joins_and_plays("bob", as("bob"));
    hall.joins_and_plays("carl", as("carl"));
    hall.leaves("ann");
    hall.leaves("bob");
    hall.passes(10s);
    (void)hall.news();
    hall.joins_and_plays("bob again", as("bob"));
    CHECK(hall.look("bob again").ports == 0b10); // not the first that is free
    CHECK(hall["bob again"].nick() == "bob");
    const Words news = hall.news();
    CHECK(std::count(news.begin(), news.end(), "member_returned bob") == 1);
    hall.joins_and_plays("a stranger", as("ann", "198.51.100.1"));
    CHECK(hall.look("a stranger").ports == 0b1); // her place was free for anybody
    hall.joins_and_plays("ann again", as("ann"));
    CHECK(hall["ann again"].nick() == "ann (2)");
    CHECK(hall.look("ann again").ports == 0b1000);
}

TEST_CASE("a minute later nobody is known any more")
{
    Dialogue hall;
    hall.joins_and_plays("ann", as("ann"));
    hall.joins_and_plays("bob", as("bob"));
    hall.joins("carl", as("carl"));
    hall.leaves("ann");
    hall.leaves("bob");
    hall.passes(60s);
    hall.joins_and_plays("bob again", as("bob"));
    CHECK(hall.look("bob again").ports == 0b1);
}

TEST_CASE("the place of one whose connection was lost is kept, but no longer than it has played")
{
    Dialogue hall(with_players(2));
    hall.joins_and_plays("ann", as("ann"));
    hall.joins_and_plays("bob", as("bob"));
    hall.joins("carl", as("carl"));
    hall.plays("carl");
    seconds(hall, 20, {"ann", "bob"});
    hall.leaves("bob", MemberEnd::lost);
    hall.passes(10ms);
    hall.sends("ann", 2);
    CHECK(hall.look().kept == 1);
    CHECK_FALSE(hall["carl"].is_playing()); // it waits for longer than for a seat that was left
    SECTION("it comes back in time")
    {
        hall.joins("bob again", as("bob"));
        CHECK(hall.look().kept == 1);
        hall.sends("ann", 2);
        CHECK_FALSE(hall["carl"].is_playing());
        hall.plays("bob again");
        CHECK(hall.look("bob again").ports == 0b10);
        CHECK(hall.look("carl").in_line == 1);
    }
    SECTION("it does not")
    {
        seconds(hall, 25, {"ann"});
        CHECK(hall["carl"].is_playing());
        hall.joins("bob again", as("bob"));
        hall.plays("bob again");
        CHECK(hall.look("bob again").in_line == 1);
        hall.joins("dan", as("dan"));
        hall.plays("dan");
        CHECK(hall.look("dan").in_line == 2);
    }
}

TEST_CASE("who broke the rules is not known again")
{
    Dialogue hall;
    hall.joins_and_plays("ann", as("ann"));
    hall.joins_and_plays("bob", as("bob"));
    hall.joins_and_plays("carl", as("carl"));
    hall.leaves("ann");
    hall.says("bob", wire::from_hex("00000024 00000001 00"));
    REQUIRE(hall.end_of("bob") == MemberEnd::bad_command);
    hall.joins_and_plays("bob again", as("bob"));
    CHECK(hall.look("bob again").ports == 0b1);
}

TEST_CASE("an old connection that is silent is replaced by its player's new one")
{
    Dialogue hall;
    hall.joins_and_plays("ann", as("ann"));
    hall.joins_and_plays("bob", as("bob"));
    for (int n = 0; n < 6; ++n) { // the others wait for bob, and say that they are there
        hall.passes(500ms);
        hall.sends("ann", 12);
    }
    hall.comes("bob again", as("bob"));
    CHECK(hall.end_of("bob") == MemberEnd::replaced);
    REQUIRE(hall["ann"].is_asked());
    hall.serves("ann");
    CHECK(hall["bob again"].nick() == "bob");
    hall.plays("bob again");
    CHECK(hall.look("bob again").ports == 0b10);
    hall.rounds({"ann", "bob again"}, 3);
}

TEST_CASE("one that is there is never replaced by another of its nick")
{
    Dialogue hall;
    hall.joins_and_plays("ann", as("ann"));
    hall.joins_and_plays("one", as("player"));
    hall.joins_and_plays("other", as("player")); // two in one house who have chosen no nick
    CHECK(hall["other"].nick() == "player (2)");
    for (int n = 0; n < 5; ++n) {
        hall.passes(500ms);
        hall.rounds({"ann", "one"}, 5); // the other is silent, and not yet given up
    }
    hall.joins("third", as("player"));
    CHECK_FALSE(hall.end_of("one"));
    CHECK(hall.end_of("other") == MemberEnd::replaced);
    hall.comes("stranger", as("ann", "198.51.100.1"));
    CHECK_FALSE(hall.end_of("ann"));
}

TEST_CASE("a watcher is replaced when it sends no pings, and the last of a room is as well")
{
    Dialogue hall;
    hall.joins_and_plays("ann", as("ann"));
    hall.joins("bob", as("bob"));
    hall.joins("five", as("five", "192.0.2.1", 5));
    seconds(hall, 6, {"ann"});
    hall.joins("not bob", as("bob"));
    CHECK_FALSE(hall.end_of("bob"));
    hall.leaves("not bob");
    seconds(hall, 1, {"ann"});
    hall.joins("bob again", as("bob"));
    CHECK(hall.end_of("bob") == MemberEnd::replaced);
    CHECK(hall["bob again"].nick() == "bob");
    hall.joins("another five", as("five", "192.0.2.1", 5)); // protocol 5 says nothing
    CHECK_FALSE(hall.end_of("five"));
    for (const char* name : {"bob again", "five", "another five"})
        hall.leaves(name);
    hall.passes(2s);
    hall.joins_and_plays("ann again", as("ann"));
    CHECK(hall.end_of("ann") == MemberEnd::replaced);
    CHECK(hall["ann again"].nick() == "ann");
    CHECK(hall.look("ann again").ports == 0b1);
    CHECK(hall.hall.use() == HallUse{1, 1, 0});
}

TEST_CASE("a full room has room for one who replaces itself")
{
    RoomSettings settings;
    settings.members = 2;
    settings.members_per_address = 2;
    Dialogue hall(settings);
    hall.joins_and_plays("ann", as("ann"));
    hall.joins("bob", as("bob"));
    seconds(hall, 7, {"ann"});
    hall.joins("bob again", as("bob"));
    CHECK(hall.is_in("bob again"));
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
}

TEST_CASE("one frontend gets four pads at the most")
{
    Dialogue hall;
    hall.joins("ann", as("ann"));
    hall.forget_what_was_told();
    hall.plays("ann", {false, 0, 0xFFFF});
    hall.plays("ann", {false, 0, 0b11111});
    CHECK(hall.told("ann") == Words{"REFUSED 4", "REFUSED 4"});
    CHECK(hall.look("ann").in_line == 0);  // it cannot be, whoever leaves
    hall.plays("ann", {false, 0, 0b1111}); // four friends on a sofa
    CHECK(hall.look("ann").ports == 0b1111);
}

TEST_CASE("two addresses leave places of a room for everybody to others")
{
    const bool is_private = GENERATE(false, true);
    RoomSettings settings;
    settings.password = is_private ? "friends" : "";
    Dialogue hall(settings);
    Words players;
    const auto comes = [&](const std::string& name, const char* address, std::uint16_t ports) {
        Visit visit = as(name, address);
        visit.password = settings.password;
        hall.joins(name, visit);
        seconds(hall, 6, players);
        hall.plays(name, {false, 0, ports});
        if (hall[name].is_playing()) players.push_back(name);
        return hall[name].is_playing();
    };
    CHECK(comes("one", "192.0.2.1", 0xF));
    CHECK(comes("two", "192.0.2.2", 0xF0));
    CHECK(comes("three", "192.0.2.1", 0xF00));
    CHECK(comes("four", "192.0.2.2", 0xF000) == is_private);
    if (is_private) return;
    CHECK_FALSE(comes("five", "192.0.2.1", 0));
    CHECK(hall.look("five").in_line == 2);
    CHECK_FALSE(comes("greedy", "192.0.2.3", 0x3000)); // one each
    CHECK(comes("ann", "192.0.2.4", 0));
    hall.watches("greedy");
    CHECK(comes("bob", "192.0.2.5", 0));
    CHECK(comes("cat", "192.0.2.6", 0));
    CHECK(comes("dan", "192.0.2.7", 0));
    CHECK_FALSE(comes("eve", "192.0.2.8", 0));
    CHECK(hall.look("eve").in_line == 1); // before those who have some
    hall.leaves("ann");
    std::erase(players, "ann");
    a_frame(hall, players);
    CHECK(hall["eve"].is_playing());
}

TEST_CASE("friends of one house take all places of a small game")
{
    Dialogue hall(with_players(5)); // a multitap
    for (const char* name : {"ann", "bob", "cat", "dan", "eve"})
        hall.joins_and_plays(name, as(name));
    CHECK(hall.look().taken == 5);
}

} // namespace netplay_relay::room
