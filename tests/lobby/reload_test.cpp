// New limits and reserved ids hold for what comes next; whoever the new lists deny has to go.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

template <class Change>
Words reloaded(Script& talk, Change change)
{
    Policy policy = talk.lobby.policy();
    change(policy);
    const Words words = talk.reloads(policy);
    CHECK(talk.lobby.policy() == policy);
    return words;
}

template <class Change>
void reload(Script& talk, Change change)
{
    CHECK(reloaded(talk, change) == Words{});
}

} // namespace

TEST_CASE("fewer connections: those that are there stay")
{
    Script talk;
    talk.hosts("host", "192.0.2.1");
    talk.links("guest", "host");
    reload(talk, [](Policy& policy) { policy.limits.connections = 1; });
    CHECK(talk.lobby.use().connections == 3);
    CHECK(talk.arrives("late") == Words{"close late connections_full"});
    reload(talk, [](Policy& policy) {
        policy.limits.connections = 100;
        policy.limits.connections_per_address = 1;
    });
    CHECK(talk.arrives("here", "192.0.2.1") == Words{"close here address_connections_full"});
    CHECK(talk.arrives("elsewhere") == Words{});
}

TEST_CASE("another rate of arrival holds for addresses that are known")
{
    Script talk;
    REQUIRE(talk.arrives("a", "192.0.2.1") == Words{});
    REQUIRE(talk.arrives("b", "192.0.2.1") == Words{});
    reload(talk, [](Policy& policy) { policy.limits.new_connections_per_second_per_address = 1; });
    CHECK(talk.arrives("c", "192.0.2.1") == Words{"close c arriving_too_fast"});
    CHECK(talk.passes(1s) == Words{});
    CHECK(talk.arrives("d", "192.0.2.1") == Words{});
}

TEST_CASE("another greeting limit holds for the next")
{
    Script talk;
    REQUIRE(talk.arrives("first") == Words{});
    reload(talk, [](Policy& policy) { policy.limits.greeting = 2s; });
    REQUIRE(talk.arrives("second") == Words{});
    CHECK(talk.passes(2s) == Words{"close second greeting_timeout"});
    CHECK(talk.passes(8s) == Words{"close first greeting_timeout"});
}

TEST_CASE("fewer sessions: a host that was asked to wait a moment is judged by the new limit")
{
    Script talk;
    talk.hosts("first");
    REQUIRE(talk.asks("second") == Words{});
    reload(talk, [](Policy& policy) { policy.limits.sessions = 1; });
    CHECK(talk.passes(lost_guest_watch) == Words{"close second sessions_full"});
    CHECK(talk.is_here("first"));
    reload(talk, [](Policy& policy) {
        policy.limits.sessions = 10;
        policy.limits.sessions_per_address = 0;
    });
    CHECK(talk.asks("third") == Words{"close third address_sessions_full"});
}

TEST_CASE("whoever may host no more goes at once, and its games with it")
{
    Script talk;
    talk.hosts("host", "192.0.2.1");
    talk.links_from("192.0.2.1", "guest", "host");
    talk.waits("waiting", "host");
    talk.hosts("other");
    talk.links("friend", "other");
    REQUIRE(talk.asks("asking") == Words{});
    (void)talk.events();
    const auto deny = [](Policy& policy) {
        policy.host.deny = {*wire::parse_network("192.0.2.1")};
    };
    CHECK(reloaded(talk, deny) == Words{"close host host_denied, without a reply",
                                        "close waiting session_ended",
                                        "close link guest host_denied"});
    CHECK(talk.events() == Words{"session of host closed, host_denied",
                                 "waiting turned away, session_ended",
                                 "link of guest closed, host_denied",
                                 "reloaded, without 1 sessions, without 1 links"});
    CHECK(talk.passes(lost_guest_watch) == Words{"asking <- RATS"});
    CHECK(talk.is_here("friend"));
    CHECK(talk.is_here("other"));
    CHECK(talk.said(CloseReason::host_denied) == 2);
}

TEST_CASE("the links of a host that is denied go though its session had ended")
{
    Script talk;
    talk.hosts("host", "192.0.2.1");
    talk.links_from("192.0.2.1", "guest", "host");
    REQUIRE(talk.leaves("host") == Words{});
    CHECK(reloaded(talk, [](Policy& policy) {
              policy.host.allow = {*wire::parse_network("203.0.113.0/24")};
          }) == Words{"close link guest host_denied"});
    CHECK(talk.lobby.session_keys().empty());
}

TEST_CASE("whoever may join no more goes at once: guests, those who wait, and members of rooms")
{
    Policy policy = quiet_policy();
    policy.manual_ip = ManualIp::room;
    Script talk(policy);
    talk.hosts("host", "203.0.113.1");
    for (const char* name : {"guest", "waiting", "member", "entering"})
        REQUIRE(talk.arrives(name, "192.0.2.1") == Words{});
    talk.links("guest", "host");
    talk.waits("waiting", "host");
    talk.comes("member");
    talk.comes_as("entering", wire::ManualCaller::client, {});
    tests::MemberTraits ann;
    ann.nick = "ann";
    talk.comes("ann", ann);
    (void)talk.events();
    const auto deny = [](Policy& next) { next.join.deny = {*wire::parse_network("192.0.2.1")}; };
    CHECK(reloaded(talk, deny) == Words{"close link guest join_denied", "close waiting join_denied",
                                        "close member join_denied, without a reply",
                                        "close entering join_denied, without a reply"});
    const Words events = talk.events();
    REQUIRE_FALSE(events.empty());
    CHECK(events.back() == "reloaded, without 1 links, without 1 waiting, without 2 members");
    CHECK(talk.said(CloseReason::join_denied) == 4);
    CHECK(talk.is_here("ann"));
    CHECK(talk.is_here("host"));
    CHECK(talk.lobby.use().members == 1);
    CHECK(talk.lobby.use().entering == 0);
    CHECK(reloaded(talk, deny) == Words{});
    CHECK(talk.events() == Words{});
}

TEST_CASE("a reload says what lowered limits do to those inside")
{
    Policy policy = quiet_policy();
    policy.manual_ip = ManualIp::room;
    Script talk(policy);
    talk.hosts("first", "192.0.2.1");
    talk.hosts("second", "192.0.2.1");
    talk.links("guest", "first");
    talk.comes("member");
    (void)talk.events();
    reload(talk, [](Policy& next) {
        next.limits.sessions = 1;
        next.limits.sessions_per_address = 1;
        next.limits.links_per_session = 5;
        next.rooms.password = "moon";
        next.rooms.rooms = 0;
    });
    CHECK(talk.events() == Words{"reloaded, limits.sessions 1, limits.links_per_session 0, "
                                 "limits.sessions_per_address 1, rooms.password 1, rooms.rooms 1"});
    reload(talk, [](Policy& next) { next.limits.sessions = 9; });
    CHECK(talk.events() == Words{}); // raised: nobody can be the worse for it
}

TEST_CASE("a reload says of removed reservations that their sessions keep them")
{
    Script talk(promising({{club, {*wire::parse_network("192.0.2.1")}}}));
    talk.hosts("host", "192.0.2.1");
    (void)talk.events();
    reload(talk, [](Policy& next) { next.reserved.clear(); });
    CHECK(talk.events() == Words{"reloaded, reserved_sessions 1"});
    CHECK(talk.session_of("host") == club);
}

TEST_CASE("fewer waiting joins: those that wait go on waiting")
{
    Script talk;
    talk.hosts("host");
    talk.waits("first", "host");
    talk.waits("second", "host");
    reload(talk, [](Policy& policy) { policy.limits.waiting_joins_per_session = 1; });
    CHECK(talk.joins("third", "host") == Words{"close third waiting_full"});
    CHECK(talk.accepts("side1", "first") == Words{"join first side1"});
    CHECK(talk.accepts("side2", "second") == Words{"join second side2"});
    reload(talk, [](Policy& policy) {
        policy.limits.waiting_joins_per_session = 8;
        policy.limits.waiting_joins_per_address = 0;
    });
    CHECK(talk.joins("fourth", "host") == Words{"close fourth address_waiting_full"});
}

TEST_CASE("fewer links: links stay, and a guest that waits is told that there is no seat")
{
    Script talk;
    talk.hosts("host");
    talk.links("first", "host");
    talk.links("second", "host");
    talk.waits("third", "host");
    reload(talk, [](Policy& policy) { policy.limits.links_per_session = 1; });
    CHECK(talk.accepts("side", "third") ==
          Words{"close side session_full", "close third session_full"});
    CHECK(talk.look_at("host").seats == 2);
    REQUIRE(talk.leaves("first") == Words{});
    CHECK(talk.joins("fourth", "host") == Words{"close fourth session_full"});
    REQUIRE(talk.leaves("second") == Words{});
    talk.links("fifth", "host");
}

TEST_CASE("another wait for the host holds for the next guest")
{
    Script talk;
    talk.hosts("host");
    talk.waits("first", "host");
    reload(talk, [](Policy& policy) { policy.limits.join_wait = 1s; });
    talk.waits("second", "host");
    CHECK(talk.passes(1s) == Words{"close second host_did_not_answer"});
    CHECK(talk.passes(9s) == Words{"close first host_did_not_answer"});
}

TEST_CASE("other idle limits hold from the next look at a link")
{
    Script talk(policy_with([](Limits& limits) { limits.link_idle = 100s; }));
    talk.hosts("host");
    talk.links("first", "host");
    talk.links("second", "host");
    reload(talk, [](Policy& policy) {
        policy.limits.link_idle = 1000s;
        policy.limits.half_closed = 10s;
    });
    REQUIRE(talk.finishes("second") == Words{});
    CHECK(talk.passes(10s) == Words{"check second", "close link second idle"});
    CHECK(talk.passes(90s) == Words{"check first"});
    CHECK(talk.passes(900s) == Words{"check first", "close link first idle"});
}

TEST_CASE("another ping interval holds after the running one")
{
    Script talk(policy_with([](Limits& limits) { limits.host_ping = 30s; }));
    talk.hosts("host");
    reload(talk, [](Policy& policy) { policy.limits.host_ping = 60s; });
    CHECK(talk.passes(60s - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"host <- RATP"});
    reload(talk, [](Policy& policy) { policy.limits.host_ping = Seconds{0}; });
    CHECK(talk.pongs("host") == Words{});
    CHECK(talk.passes(1h) == Words{});
}

TEST_CASE("reserved ids can be added and taken back while sessions have them")
{
    Script talk;
    reload(talk, [](Policy& policy) {
        policy.reserved = {{club, {*wire::parse_network("192.0.2.1")}}};
    });
    talk.hosts("host", "192.0.2.1");
    CHECK(talk.session_of("host") == club);
    reload(talk, [](Policy& policy) { policy.reserved.clear(); });
    talk.links("guest", "host");
    CHECK(talk.look_at("host").reserved);
    REQUIRE(talk.leaves("host") == Words{});
    talk.hosts("next", "192.0.2.1");
    CHECK_FALSE(talk.session_of("next") == club);
}
