// Arriving, greeting and leaving.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

TEST_CASE("who says nothing is sent away after the greeting limit")
{
    Script talk(policy_with([](Limits& limits) { limits.greeting = 10s; }));
    CHECK(talk.arrives("ann") == Words{});
    CHECK(talk.lobby.next_deadline() == talk.now + 10s);
    CHECK(talk.passes(10s - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"close ann greeting_timeout"});
    CHECK(talk.events() == Words{"ann turned away, greeting_timeout"});
}

TEST_CASE("a standstill of our own is nobody's fault")
{
    Script talk;
    talk.hosts("host");
    talk.waits("ann", "host");
    REQUIRE(talk.arrives("bob") == Words{});
    REQUIRE(talk.passes(9s) == Words{});
    talk.now += 6s; // and nothing was read meanwhile
    CHECK(talk.tells(StoodStill{6s}) == Words{});
    CHECK(talk.lobby.totals().standstills == 1);
    CHECK(talk.accepts("side", "ann") == Words{"join ann side"}); // said in time, read now
    CHECK(talk.passes(1s - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"close bob greeting_timeout"});
}

TEST_CASE("a deadline that is due is dealt with by any event, behind the event itself")
{
    Script talk;
    REQUIRE(talk.arrives("ann") == Words{});
    talk.now += 10s;
    CHECK(talk.arrives("bob") == Words{"close ann greeting_timeout"});
    talk.now += 10s;
    CHECK(talk.asks("bob") == Words{}); // just in time: the event comes first
}

TEST_CASE("who hangs up before greeting has left early")
{
    Script talk;
    REQUIRE(talk.arrives("ann") == Words{});
    CHECK(talk.leaves("ann") == Words{});
    CHECK(talk.arrives("bob") == Words{});
    CHECK(talk.asks("bob") == Words{});
    CHECK(talk.leaves("bob", CloseReason::lost) == Words{});
    CHECK(talk.said(CloseReason::left_early) == 2);
    CHECK(talk.passes(1h) == Words{});
}

TEST_CASE("first bytes that are no message are counted under their own reason")
{
    const auto [refusal, reason] = GENERATE(table<wire::Refusal, CloseReason>({
        {wire::Refusal::unknown_greeting, CloseReason::unknown_greeting},
        {wire::Refusal::http_greeting, CloseReason::http_greeting},
        {wire::Refusal::tls_greeting, CloseReason::tls_greeting},
        {wire::Refusal::ssh_greeting, CloseReason::ssh_greeting},
        {wire::Refusal::proxy_greeting, CloseReason::proxy_greeting},
        {wire::Refusal::no_proxy_header, CloseReason::no_proxy_header},
        {wire::Refusal::bad_proxy_header, CloseReason::bad_proxy_header},
        {wire::Refusal::unknown_message, CloseReason::unknown_message},
    }));
    Script talk;
    CHECK(talk.is_refused("ann", refusal) == Words{"close ann " + std::string(word(reason))});
    CHECK(talk.said(reason) == 1);
}

TEST_CASE("what happens to a connection that was sent away is of no interest")
{
    Script talk;
    REQUIRE(talk.is_refused("ann", wire::Refusal::tls_greeting).size() == 1);
    const ConnectionId gone = talk.id_of("ann");
    CHECK(talk.tells(Greeted{gone, wire::NewSession{}, false}) == Words{});
    CHECK(talk.tells(Refused{gone, wire::Refusal::tls_greeting}) == Words{});
    CHECK(talk.tells(Said{gone, wire::Pong{}}) == Words{});
    CHECK(talk.tells(SpokeLikeGuest{gone}) == Words{});
    CHECK(talk.tells(Spoke{gone}) == Words{});
    CHECK(talk.tells(Progressed{gone, talk.now}) == Words{});
    CHECK(talk.tells(HalfClosed{gone}) == Words{});
    CHECK(talk.tells(SaidBytes{gone, {}}) == Words{});
    CHECK(talk.tells(Greeted{gone, wire::ManualJoin{}, true}) == Words{});
    CHECK(talk.tells(Left{gone, CloseReason::left}) == Words{});
    CHECK(talk.said(CloseReason::tls_greeting) == 1);
    CHECK(talk.said(CloseReason::left_early) == 0);
}

TEST_CASE("there is a limit to connections in all")
{
    Script talk(policy_with([](Limits& limits) { limits.connections = 2; }));
    CHECK(talk.arrives("ann") == Words{});
    CHECK(talk.arrives("bob") == Words{});
    CHECK(talk.arrives("cat") == Words{"close cat connections_full"});
    CHECK(talk.events() == Words{"cat turned away, connections_full"});
    CHECK(talk.leaves("ann") == Words{});
    CHECK(talk.arrives("dan") == Words{});
    CHECK(talk.lobby.totals().connections == 4);
    CHECK(talk.lobby.use().connections == 2);
}

TEST_CASE("there is a limit to connections of one address, whatever they are")
{
    Script talk(policy_with([](Limits& limits) { limits.connections_per_address = 2; }));
    talk.hosts("host", "192.0.2.1");
    CHECK(talk.arrives("bob", "192.0.2.1") == Words{});
    CHECK(talk.arrives("cat", "192.0.2.1") == Words{"close cat address_connections_full"});
    CHECK(talk.arrives("dan", "192.0.2.2") == Words{});
    CHECK(talk.leaves("host") == Words{});
    CHECK(talk.arrives("eve", "192.0.2.1") == Words{});
}

TEST_CASE("an IPv6 network of 64 bits is one address, an IPv4 address is one by itself")
{
    Script talk(policy_with([](Limits& limits) { limits.connections_per_address = 1; }));
    CHECK(talk.arrives("a", "2001:db8:0:1::1") == Words{});
    CHECK(talk.arrives("b", "2001:db8:0:1:ffff::2") == Words{"close b address_connections_full"});
    CHECK(talk.arrives("c", "2001:db8:0:2::1") == Words{});
    CHECK(talk.arrives("d", "192.0.2.1") == Words{});
    CHECK(talk.arrives("e", "192.0.2.2") == Words{});
    CHECK(talk.arrives("f", "::ffff:192.0.2.2") == Words{"close f address_connections_full"});
    CHECK(talk.arrives("g", "::192.0.2.2") == Words{});
    CHECK(talk.lobby.use().addresses == 5);
}

TEST_CASE("there is a limit to the rate at which one address arrives, with twice as many at once")
{
    Script talk(
        policy_with([](Limits& limits) { limits.new_connections_per_second_per_address = 2; }));
    const auto knocks = [&](const std::string& name, std::string_view address) {
        const Words words = talk.arrives(name, address);
        if (words.empty()) talk.leaves(name);
        return words;
    };
    for (const char* name : {"a", "b", "c", "d"})
        CHECK(knocks(name, "192.0.2.1") == Words{});
    CHECK(knocks("e", "192.0.2.1") == Words{"close e arriving_too_fast"});
    CHECK(knocks("f", "192.0.2.2") == Words{});
    CHECK(talk.passes(500ms) == Words{});
    CHECK(knocks("g", "192.0.2.1") == Words{});
    CHECK(knocks("h", "192.0.2.1") == Words{"close h arriving_too_fast"});
    CHECK(talk.passes(2s) == Words{});
    for (const char* name : {"i", "j", "k", "l"})
        CHECK(knocks(name, "192.0.2.1") == Words{});
    CHECK(knocks("m", "192.0.2.1") == Words{"close m arriving_too_fast"});
}

TEST_CASE("arrivals that are refused do not prolong the refusing")
{
    Script talk(
        policy_with([](Limits& limits) { limits.new_connections_per_second_per_address = 1; }));
    int admitted = 0;
    for (int tenths = 0; tenths < 100; ++tenths) {
        const std::string name = "n" + std::to_string(tenths);
        if (talk.arrives(name, "192.0.2.1").empty()) {
            ++admitted;
            talk.leaves(name);
        }
        talk.passes(100ms);
    }
    CHECK(admitted >= 11); // two at once and one a second
    CHECK(admitted <= 12);
}

TEST_CASE("an address is forgotten when nothing of it is left and its rate has cooled")
{
    Script talk;
    talk.hosts("host", "192.0.2.1");
    REQUIRE(talk.leaves("host") == Words{});
    CHECK(talk.lobby.use().addresses == 1);
    REQUIRE(talk.lobby.next_deadline().has_value());
    CHECK(talk.passes(1min) == Words{});
    CHECK(talk.lobby.use() == Use{});
    CHECK_FALSE(talk.lobby.next_deadline().has_value());
}

TEST_CASE("a shutdown ends everything, and lets nobody in")
{
    Script talk;
    talk.hosts("host");
    talk.waits("waiting", "host");
    talk.links("guest", "host");
    talk.hosts("leaver");
    talk.links("orphan", "leaver");
    REQUIRE(talk.leaves("leaver") == Words{});
    REQUIRE(talk.asks("asker") == Words{});
    REQUIRE(talk.arrives("silent") == Words{});
    (void)talk.events();

    CHECK(talk.shuts_down() == Words{"close link guest shutdown", "close host shutdown",
                                     "close waiting shutdown", "close link orphan shutdown",
                                     "close asker shutdown", "close silent shutdown"});
    CHECK(talk.events() == Words{"link of guest closed, shutdown",
                                 "session of host closed, shutdown",
                                 "waiting turned away, shutdown", "link of orphan closed, shutdown",
                                 "asker turned away, shutdown", "silent turned away, shutdown"});
    CHECK(talk.arrives("late") == Words{"close late shutdown"});
    CHECK(talk.said(CloseReason::shutdown) == 7);
    CHECK(talk.passes(1min) == Words{});
    CHECK(talk.lobby.use() == Use{});
}

TEST_CASE("the next deadline is the soonest of all, and there is none where nobody waits")
{
    Script talk;
    CHECK_FALSE(talk.lobby.next_deadline().has_value());
    talk.hosts("host");
    CHECK_FALSE(talk.lobby.next_deadline().has_value());
    const Instant start = talk.now;
    REQUIRE(talk.arrives("silent") == Words{});
    CHECK(talk.lobby.next_deadline() == start + 10s);
    REQUIRE(talk.passes(1s) == Words{});
    talk.waits("guest", "host");
    CHECK(talk.lobby.next_deadline() == start + 10s);
    REQUIRE(talk.leaves("silent") == Words{});
    CHECK(talk.lobby.next_deadline() == start + 6s); // when the address of `silent` is forgotten
    REQUIRE(talk.passes(5s) == Words{});
    CHECK(talk.lobby.next_deadline() == start + 11s);
    REQUIRE(talk.accepts("side", "guest") == Words{"join guest side"});
    CHECK(talk.lobby.next_deadline() == talk.now + 4h);
}
