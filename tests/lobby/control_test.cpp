// What the operator ends, whom he sends away, and what he says.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

using tests::named;

// A host with a link and one that waits.
void play(Script& talk)
{
    talk.hosts("host");
    talk.links("guest", "host");
    talk.waits("waiting", "host");
    (void)talk.events();
}

std::size_t told(Script& talk, const std::string& who, const std::string& text)
{
    return static_cast<std::size_t>(std::ranges::count(talk.member(who).chats, text));
}

} // namespace

TEST_CASE("a session is ended with its links")
{
    Script talk;
    play(talk);
    talk.hosts("other");
    talk.links("friend", "other");
    (void)talk.events();
    CHECK(talk.tells(EndSession{talk.session_of("host")}) ==
          Words{"close link guest ended_by_operator", "close host ended_by_operator",
                "close waiting session_ended"});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.events() == Words{"link of guest closed, ended_by_operator",
                                 "session of host closed, ended_by_operator",
                                 "waiting turned away, session_ended"});
    CHECK(talk.is_here("friend"));
    CHECK(talk.said(CloseReason::ended_by_operator) == 2);
    CHECK(talk.joins("late", "host") == Words{"close late expired_session"});
}

TEST_CASE("the links of a session that has ended are ended by its id")
{
    Script talk;
    talk.hosts("host");
    talk.links("guest", "host");
    talk.leaves("host");
    CHECK(talk.tells(EndSession{talk.session_of("host")}) ==
          Words{"close link guest ended_by_operator"});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.lobby.session_keys().empty());
    CHECK(talk.tells(EndSession{talk.session_of("host")}) == Words{});
    CHECK(talk.outcome.met == 0);
}

TEST_CASE("a link is ended by its guest, and the others go on")
{
    Script talk;
    play(talk);
    talk.links("friend", "host");
    CHECK(talk.tells(EndLink{talk.id_of("waiting")}) == Words{});
    CHECK(talk.tells(EndLink{talk.id_of("guest-side")}) == Words{});
    CHECK(talk.tells(EndLink{ConnectionId{999}}) == Words{});
    CHECK(talk.outcome.met == 0);
    CHECK(talk.tells(EndLink{talk.id_of("guest")}) == Words{"close link guest ended_by_operator"});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.is_here("friend"));
    CHECK(talk.is_here("host"));
}

TEST_CASE("a room is ended, and nobody else")
{
    Script talk;
    talk.comes("ann", named("ann"));
    talk.comes("bob", named("bob"));
    talk.comes("cat", named("cat", "Chess"));
    (void)talk.events();
    const std::uint64_t room = talk.lobby.rooms().front();
    CHECK(talk.tells(EndRoom{room}) ==
          Words{"close ann ended_by_operator", "close bob ended_by_operator"});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.events() == Words{"ann gone, ended_by_operator", "bob gone, ended_by_operator",
                                 "room_closed " + std::to_string(room)});
    CHECK(talk.is_here("cat"));
    CHECK(talk.tells(EndRoom{room}) == Words{});
    CHECK(talk.outcome.met == 0);
}

TEST_CASE("whoever it is can be sent away")
{
    Script talk;
    REQUIRE(talk.arrives("newcomer") == Words{});
    REQUIRE(talk.asks("asking") == Words{});
    CHECK(talk.tells(SendAway{talk.id_of("newcomer")}) == Words{"close newcomer sent_away"});
    CHECK(talk.tells(SendAway{talk.id_of("asking")}) == Words{"close asking sent_away"});
    play(talk);
    CHECK(talk.tells(SendAway{talk.id_of("waiting")}) == Words{"close waiting sent_away"});
    CHECK(talk.tells(SendAway{talk.id_of("guest")}) == Words{"close link guest sent_away"});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.tells(SendAway{talk.id_of("guest")}) == Words{});
    CHECK(talk.outcome.met == 0);
    CHECK(talk.is_here("host"));
    talk.links("friend", "host");
    CHECK(talk.tells(SendAway{talk.id_of("friend-side")}) == Words{"close link friend sent_away"});
    CHECK(refusal_reply_for(CloseReason::sent_away) == wire::RefusalReply::none);
}

TEST_CASE("a host that is sent away takes its session along, and its guests have done nothing")
{
    Script talk;
    play(talk);
    CHECK(talk.tells(SendAway{talk.id_of("host")}) == Words{"close link guest session_ended",
                                                            "close host sent_away",
                                                            "close waiting session_ended"});
    CHECK(talk.lobby.use() == Use{.addresses = talk.lobby.use().addresses});
}

TEST_CASE("a member of a room is sent away and may come again, but has its place no more")
{
    Script talk;
    talk.comes("ann", named("ann"));
    talk.comes("bob", named("bob"));
    (void)talk.events();
    CHECK(talk.tells(SendAway{talk.id_of("bob")}) == Words{"close bob sent_away"});
    CHECK(talk.events() == Words{"bob gone, sent_away"});
    CHECK(talk.lobby.use().members == 1);
    CHECK(talk.comes("bob", named("bob")) == Words{"enter bob"});
    CHECK(talk.lobby.use().members == 2);
}

TEST_CASE("one on its way into a room is sent away as well")
{
    Script talk;
    CHECK(talk.comes_as("ann", wire::ManualCaller::client, {}) == Words{"enter ann"});
    CHECK(talk.tells(SendAway{talk.id_of("ann")}) == Words{"close ann sent_away"});
    CHECK(talk.lobby.use().entering == 0);
}

TEST_CASE("something is said in one room, or in all")
{
    Script talk;
    talk.comes("ann", named("ann"));
    talk.comes("cat", named("cat", "Chess"));
    const std::string said = talk.lobby.policy().rooms.nick + ": ";
    talk.tells(Say{talk.lobby.rooms().back(), "to some"});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.outcome.told == 1);
    talk.tells(Say{std::nullopt, "to all"});
    CHECK(talk.outcome.met == 2);
    CHECK(talk.outcome.told == 2);
    talk.tells(Say{std::uint64_t{999}, "to nobody"});
    CHECK(talk.outcome.met == 0);
    talk.tells(Say{std::nullopt, ""});
    CHECK(talk.outcome.told == 0);
    CHECK(told(talk, "ann", said + "to some") == 0);
    CHECK(told(talk, "cat", said + "to some") == 1);
    CHECK(told(talk, "ann", said + "to all") == 1);
    CHECK(told(talk, "cat", said + "to all") == 1);
}

TEST_CASE("what is too long is several chats, and who speaks an older protocol is told nothing")
{
    Script talk;
    tests::MemberTraits old = named("old");
    old.protocol = 5;
    talk.comes("ann", named("ann"));
    talk.comes("old", old);
    talk.tells(Say{std::nullopt, std::string(300, 'x')});
    CHECK(talk.outcome.told == 1);
    std::size_t letters = 0;
    for (const std::string& chat : talk.member("ann").chats) {
        CHECK(chat.size() <= talk.lobby.policy().rooms.nick.size() + 2 + 95);
        letters += static_cast<std::size_t>(std::ranges::count(chat, 'x'));
    }
    CHECK(talk.member("ann").chats.size() == 4);
    CHECK(letters >= 300);
    CHECK(talk.member("old").chats.empty());
}

TEST_CASE("bans that were kept are adopted all at once")
{
    Script talk;
    talk.arrives("one", "203.0.113.7");
    talk.arrives("two", "198.51.100.7");
    talk.arrives("three", "192.0.2.99");
    const auto ban = [](const char* text) {
        Ban made;
        made.network = wire::parse_network(text).value();
        return made;
    };
    Ban past = ban("192.0.2.0/24");
    past.until = talk.now;
    talk.tells(AdoptBans{{ban("203.0.113.0/24"), ban("198.51.100.0/24"), past}});
    CHECK(talk.outcome.met == 2);
    CHECK(talk.outcome.gone == 2);
    CHECK(talk.is_here("three"));
    CHECK_FALSE(talk.is_here("one"));
    Ban other = ban("203.0.113.0/24");
    other.until = talk.now + 1s; // that for good holds
    talk.tells(AdoptBans{{other}});
    CHECK(talk.outcome.met == 0);
    CHECK_FALSE(talk.lobby.bans().back().until.has_value());
    // But for those of a clock that was set.
    talk.tells(AdoptBans{{other}, /*replaces=*/true});
    CHECK(talk.lobby.bans().back().until == other.until);
    other.until = talk.now;
    talk.tells(AdoptBans{{other}, /*replaces=*/true});
    CHECK(talk.outcome.met == 0);
    CHECK(talk.lobby.bans().size() == 1);
    talk.tells(SetBan{ban("::/16")});
    CHECK(talk.outcome.gone == 0);
    CHECK(talk.is_here("three"));
}

TEST_CASE("in a room of an older protocol there is somebody, and nobody hears")
{
    Script talk;
    tests::MemberTraits old = named("old");
    old.protocol = 5;
    talk.comes("old", old);
    REQUIRE(talk.lobby.rooms().size() == 1);
    talk.tells(Say{talk.lobby.rooms().front(), "hello"});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.outcome.told == 0);
}
