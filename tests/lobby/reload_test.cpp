// New limits, lists and reserved ids hold for what comes next; nobody is thrown out for them.
#include "dialogue.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

template <class Change>
void reload(Dialogue& talk, Change change)
{
    Policy policy = talk.lobby.policy();
    change(policy);
    talk.lobby.adopt(policy);
    CHECK(talk.lobby.policy() == policy);
    talk.lobby.check_consistency();
    CHECK(talk.tells(Tick{}) == Words{});
}

} // namespace

TEST_CASE("fewer connections: those that are there stay")
{
    Dialogue talk;
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
    Dialogue talk;
    REQUIRE(talk.arrives("a", "192.0.2.1") == Words{});
    REQUIRE(talk.arrives("b", "192.0.2.1") == Words{});
    reload(talk, [](Policy& policy) { policy.limits.new_connections_per_second_per_address = 1; });
    CHECK(talk.arrives("c", "192.0.2.1") == Words{"close c arriving_too_fast"});
    CHECK(talk.passes(1s) == Words{});
    CHECK(talk.arrives("d", "192.0.2.1") == Words{});
}

TEST_CASE("another greeting limit holds for the next")
{
    Dialogue talk;
    REQUIRE(talk.arrives("first") == Words{});
    reload(talk, [](Policy& policy) { policy.limits.greeting = 2s; });
    REQUIRE(talk.arrives("second") == Words{});
    CHECK(talk.passes(2s) == Words{"close second greeting_timeout"});
    CHECK(talk.passes(8s) == Words{"close first greeting_timeout"});
}

TEST_CASE("fewer sessions: a host that was asked to wait a moment is judged by the new limit")
{
    Dialogue talk;
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

TEST_CASE("who may host and join no more is not thrown out")
{
    Dialogue talk;
    talk.hosts("host");
    talk.links("guest", "host");
    talk.waits("waiting", "host");
    REQUIRE(talk.asks("asking") == Words{});
    reload(talk, [](Policy& policy) {
        policy.host.deny = {*wire::parse_network("0.0.0.0/0")};
        policy.join.deny = policy.host.deny;
    });
    CHECK(talk.passes(lost_guest_watch) == Words{"close asking host_denied"});
    CHECK(talk.joins("late", "host") == Words{"close late join_denied"});
    CHECK(talk.accepts("leg", "waiting") == Words{"join waiting leg"});
    CHECK(talk.is_here("guest"));
}

TEST_CASE("fewer waiting joins: those that wait go on waiting")
{
    Dialogue talk;
    talk.hosts("host");
    talk.waits("first", "host");
    talk.waits("second", "host");
    reload(talk, [](Policy& policy) { policy.limits.waiting_joins_per_session = 1; });
    CHECK(talk.joins("third", "host") == Words{"close third waiting_full"});
    CHECK(talk.accepts("leg1", "first") == Words{"join first leg1"});
    CHECK(talk.accepts("leg2", "second") == Words{"join second leg2"});
    reload(talk, [](Policy& policy) {
        policy.limits.waiting_joins_per_session = 8;
        policy.limits.waiting_joins_per_address = 0;
    });
    CHECK(talk.joins("fourth", "host") == Words{"close fourth address_waiting_full"});
}

TEST_CASE("fewer links: links stay, and a guest that waits is told that there is no seat")
{
    Dialogue talk;
    talk.hosts("host");
    talk.links("first", "host");
    talk.links("second", "host");
    talk.waits("third", "host");
    reload(talk, [](Policy& policy) { policy.limits.links_per_session = 1; });
    CHECK(talk.accepts("leg", "third") ==
          Words{"close leg session_full", "close third session_full"});
    CHECK(talk.look_at("host").seats == 2);
    REQUIRE(talk.leaves("first") == Words{});
    CHECK(talk.joins("fourth", "host") == Words{"close fourth session_full"});
    REQUIRE(talk.leaves("second") == Words{});
    talk.links("fifth", "host");
}

TEST_CASE("another wait for the host holds for the next guest")
{
    Dialogue talk;
    talk.hosts("host");
    talk.waits("first", "host");
    reload(talk, [](Policy& policy) { policy.limits.join_wait = 1s; });
    talk.waits("second", "host");
    CHECK(talk.passes(1s) == Words{"close second host_did_not_answer"});
    CHECK(talk.passes(9s) == Words{"close first host_did_not_answer"});
}

TEST_CASE("other idle limits hold from the next look at a link")
{
    Dialogue talk(policy_with([](Limits& limits) { limits.link_idle = 100s; }));
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
    Dialogue talk(policy_with([](Limits& limits) { limits.host_ping = 30s; }));
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
    Dialogue talk;
    wire::SessionId club;
    club.bytes.front() = 9;
    reload(talk, [&](Policy& policy) {
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
