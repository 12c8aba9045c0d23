// A host's line was lost, and it asks again while its old connection is still held.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

const wire::SessionId home{{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 2}};

const ReservedSession for_club{club, {*wire::parse_network("192.0.2.0/24")}};
const ReservedSession for_home{home, {*wire::parse_network("192.0.2.0/24")}};

constexpr Duration soon = 200ms; // until it is known who is there

} // namespace

TEST_CASE("a promised id is there again when its host's line was lost")
{
    Script talk(promising({for_club}));
    talk.hosts("old", "192.0.2.1");
    talk.dead = {"old"};
    REQUIRE(talk.arrives("new", "192.0.2.1") == Words{});
    REQUIRE(talk.asks("new") == Words{});
    CHECK(talk.passes(lost_guest_watch) == Words{"old <- RATP"});
    CHECK(talk.passes(doubt_limit - 1ms) == Words{});
    CHECK(talk.passes(soon) == Words{"close old host_lost", "new <- RATS"});
    CHECK(talk.session_of("new") == club);
    CHECK(talk.look_at("new").reserved);
    CHECK(talk.events() == Words{"session of old opened, reserved",
                                 "session of old closed, host_lost",
                                 "session of new opened, reserved"});
}

TEST_CASE("a host that is only paused keeps its id, and the other gets one of its own at once")
{
    Script talk(promising({for_club}));
    talk.hosts("paused", "192.0.2.1");
    REQUIRE(talk.arrives("new", "192.0.2.1") == Words{});
    REQUIRE(talk.asks("new") == Words{});
    CHECK(talk.passes(soon) == Words{"paused <- RATP", "new <- RATS"});
    CHECK_FALSE(talk.session_of("new") == club);
    CHECK(talk.is_here("paused"));
    SECTION("it is not asked again so soon")
    {
        REQUIRE(talk.arrives("third", "192.0.2.1") == Words{});
        REQUIRE(talk.asks("third") == Words{});
        CHECK(talk.passes(soon) == Words{"third <- RATS"});
    }
    SECTION("later it is, though its frontend has not answered the first time")
    {
        REQUIRE(talk.passes(2s) == Words{});
        REQUIRE(talk.arrives("third", "192.0.2.1") == Words{});
        REQUIRE(talk.asks("third") == Words{});
        CHECK(talk.passes(soon) == Words{"paused <- RATP", "third <- RATS"});
        CHECK(talk.pongs("paused") == Words{});
        CHECK(talk.pongs("paused") == Words{});
    }
}

// As strangers may bring about: a ticket announced is a message to the host.
TEST_CASE("a host to whom something is always on its way keeps its id while it acknowledges")
{
    Script talk(promising({for_club}));
    talk.hosts("busy", "192.0.2.1");
    REQUIRE(talk.arrives("new", "192.0.2.1") == Words{});
    REQUIRE(talk.asks("new") == Words{});
    SECTION("within some milliseconds")
    {
        talk.slow_lines["busy"] = 40ms;
        CHECK(talk.passes(2s) == Words{"busy <- RATP", "new <- RATS"});
        CHECK(talk.is_here("busy"));
    }
    SECTION("what it has acknowledged before it was asked does not count")
    {
        talk.slow_lines["busy"] = 5s;
        CHECK(talk.passes(2s) == Words{"busy <- RATP", "close busy host_lost", "new <- RATS"});
    }
}

TEST_CASE("who asks and hangs up at once leaves no doubt behind")
{
    Script talk(promising({for_club}));
    talk.hosts("busy", "192.0.2.1");
    talk.slow_lines["busy"] = 40ms;
    REQUIRE(talk.arrives("hasty", "192.0.2.1") == Words{});
    REQUIRE(talk.asks("hasty") == Words{});
    REQUIRE(talk.passes(lost_guest_watch) == Words{"busy <- RATP"});
    REQUIRE(talk.leaves("hasty") == Words{});
    REQUIRE(talk.passes(60s) == Words{});
    talk.slow_lines["busy"] = 60s; // and a moment ago something was sent to it
    REQUIRE(talk.arrives("new", "192.0.2.1") == Words{});
    REQUIRE(talk.asks("new") == Words{});
    CHECK(talk.passes(lost_guest_watch) == Words{"busy <- RATP"});
    CHECK(talk.is_here("busy"));
    talk.slow_lines["busy"] = 10ms;
    CHECK(talk.passes(soon) == Words{"new <- RATS"});
    CHECK(talk.is_here("busy"));
}

TEST_CASE("who is not promised an id has nobody asked, and waits for nobody")
{
    Script talk(promising({for_club}));
    talk.hosts("old", "192.0.2.1");
    talk.dead = {"old"};
    talk.hosts("stranger", "203.0.113.1");
    CHECK(talk.is_here("old"));
}

TEST_CASE("a host gets the id it had before another that is free")
{
    Script talk(promising({for_club, for_home}));
    talk.hosts("old", "192.0.2.1");
    REQUIRE(talk.session_of("old") == club);
    talk.dead = {"old"};
    SECTION("from the same address")
    {
        REQUIRE(talk.arrives("new", "192.0.2.1") == Words{});
        REQUIRE(talk.asks("new") == Words{});
        CHECK(talk.passes(2s) == Words{"old <- RATP", "close old host_lost", "new <- RATS"});
        CHECK(talk.session_of("new") == club);
    }
    SECTION("from another of its networks it gets the free one")
    {
        talk.hosts("new", "192.0.2.2");
        CHECK(talk.session_of("new") == home);
    }
}

TEST_CASE("two that ask for the same: one gets it, and nobody waits twice")
{
    Script talk(promising({for_club}));
    talk.hosts("old", "192.0.2.1");
    talk.dead = {"old"};
    for (const char* name : {"one", "two"}) {
        REQUIRE(talk.arrives(name, "192.0.2.1") == Words{});
        REQUIRE(talk.asks(name) == Words{});
    }
    CHECK(talk.passes(2s) ==
          Words{"old <- RATP", "close old host_lost", "one <- RATS", "two <- RATS"});
    CHECK(talk.session_of("one") == club);
    CHECK_FALSE(talk.session_of("two") == club);
}

TEST_CASE("dead sessions of an address are not counted for long when it asks for one more")
{
    Script talk(policy_with([](Limits& limits) { limits.sessions_per_address = 2; }));
    talk.hosts("first", "192.0.2.1");
    talk.hosts("second", "192.0.2.1");
    REQUIRE(talk.arrives("third", "192.0.2.1") == Words{});
    REQUIRE(talk.asks("third") == Words{});
    SECTION("one of them is dead")
    {
        talk.dead = {"second"};
        CHECK(talk.passes(2s) ==
              Words{"first <- RATP", "second <- RATP", "close second host_lost", "third <- RATS"});
    }
    SECTION("both are there")
    {
        CHECK(talk.passes(2s) ==
              Words{"first <- RATP", "second <- RATP", "close third address_sessions_full"});
    }
}

TEST_CASE("a listener has an id of its own, whatever the address of who hosts through it")
{
    Script talk;
    talk.hosts("elsewhere", "192.0.2.1");
    talk.profile.reserved = club;
    talk.hosts("host", "192.0.2.1");
    CHECK(talk.session_of("host") == club);
    CHECK(talk.look_at("host").reserved);
    CHECK_FALSE(talk.session_of("elsewhere") == club);
    SECTION("its line is lost, and it comes from a new address")
    {
        talk.dead = {"host"};
        REQUIRE(talk.arrives("again", "198.51.100.7") == Words{});
        REQUIRE(talk.asks("again") == Words{});
        CHECK(talk.passes(2s) == Words{"host <- RATP", "close host host_lost", "again <- RATS"});
        CHECK(talk.session_of("again") == club);
    }
    SECTION("a second host there gets another id while the first is there")
    {
        REQUIRE(talk.asks("second") == Words{});
        CHECK(talk.passes(2s) == Words{"host <- RATP", "second <- RATS"});
        CHECK_FALSE(talk.session_of("second") == club);
    }
    SECTION("who types its address alone is a guest of that host")
    {
        talk.profile.manual_ip = ManualIp::tunnel;
        CHECK(talk.comes_as("friend", wire::ManualCaller::client, {}) ==
              Words{"host <- RATL friend"});
    }
}

TEST_CASE("a nick is its player's again when the old connection is dead, and not before")
{
    Policy policy = quiet_policy();
    policy.manual_ip = ManualIp::room;
    Script talk(policy);
    tests::MemberTraits bob;
    bob.nick = "bob";
    REQUIRE(talk.arrives("old", "192.0.2.1") == Words{});
    talk.comes("old", bob);
    REQUIRE(talk.arrives("ann", "192.0.2.1") == Words{});
    tests::MemberTraits ann;
    ann.nick = "ann";
    talk.comes("ann", ann);
    (void)talk.events();
    SECTION("dead")
    {
        talk.dead = {"old"};
        REQUIRE(talk.arrives("new", "192.0.2.1") == Words{});
        talk.comes("new", bob);
        CHECK_FALSE(talk.is_here("old"));
        CHECK(talk.said(CloseReason::replaced) == 1);
    }
    SECTION("alive: there are two of that name")
    {
        REQUIRE(talk.arrives("new", "192.0.2.1") == Words{});
        talk.comes("new", bob);
        CHECK(talk.is_here("old"));
        CHECK(talk.is_here("new"));
    }
}
