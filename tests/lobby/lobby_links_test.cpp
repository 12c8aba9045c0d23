// Links: what keeps them, and what ends them.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

TEST_CASE("a link ends with whoever leaves first, for its own reason")
{
    const auto [who, how, reason] = GENERATE(table<std::string, CloseReason, CloseReason>({
        {"guest", CloseReason::left, CloseReason::guest_left},
        {"guest", CloseReason::lost, CloseReason::guest_lost},
        {"guest-side", CloseReason::left, CloseReason::host_dropped_guest},
        {"guest-side", CloseReason::lost, CloseReason::host_link_lost},
    }));
    Script talk;
    talk.hosts("host");
    talk.links("guest", "host");
    (void)talk.events();
    CHECK(talk.leaves(who, how) == Words{});
    CHECK(talk.events() == Words{"link of guest closed, " + std::string(word(reason))});
    CHECK(talk.said(reason) == 1);
    CHECK(talk.lobby.use().links == 0);
    CHECK(talk.lobby.use().sessions == 1);
}

TEST_CASE("a link on which no byte moves ends after the idle limit")
{
    Script talk(policy_with([](Limits& limits) { limits.link_idle = 4h; }));
    talk.hosts("host");
    talk.links("guest", "host");
    CHECK(talk.passes(4h - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"check guest", "close link guest idle"});
    CHECK(talk.events().back() == "link of guest closed, idle");
}

TEST_CASE("a byte in either direction keeps a link; the lobby asks no more often than it must")
{
    Script talk(policy_with([](Limits& limits) { limits.link_idle = 1h; }));
    talk.hosts("host");
    talk.links("guest", "host");
    CHECK(talk.passes(30min) == Words{});
    talk.bytes_move("guest");
    CHECK(talk.passes(30min) == Words{"check guest"});
    CHECK(talk.passes(30min - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"check guest", "close link guest idle"});
}

TEST_CASE("a host that is paused, with its control connection and its links, loses nothing")
{
    Script talk(policy_with([](Limits& limits) { limits.host_ping = 30s; }));
    talk.hosts("host");
    talk.links("guest", "host");
    CHECK(talk.passes(3h) == Words{"host <- RATP"});
    CHECK(talk.is_here("guest"));
    CHECK(talk.is_here("host"));
}

TEST_CASE("a linked guest that never says a word is sent away after the greeting limit")
{
    Script talk;
    talk.hosts("host");
    talk.links("mute", "host", Guest::silent);
    CHECK(talk.passes(10s - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"close link mute silent_guest"});
}

TEST_CASE("a linked guest that begins to speak is a guest as any other")
{
    Script talk;
    talk.hosts("host");
    talk.links("slow", "host", Guest::silent);
    CHECK(talk.passes(9s) == Words{});
    CHECK(talk.speaks("slow") == Words{});
    CHECK(talk.passes(3h) == Words{});
    REQUIRE(talk.joins("next", "host") == Words{"host <- RATL next"});
    CHECK(talk.is_here("slow"));
}

TEST_CASE("a guest that spoke while it waited is not silent when it is linked")
{
    Script talk;
    talk.hosts("host");
    talk.waits("slow", "host", Guest::silent);
    REQUIRE(talk.speaks("slow") == Words{});
    REQUIRE(talk.accepts("side", "slow") == Words{"join slow side"});
    CHECK(talk.passes(1min) == Words{});
}

TEST_CASE("a half-closed link lives as long as the other end goes on")
{
    const std::string who = GENERATE("guest", "guest-side");
    Script talk(policy_with([](Limits& limits) { limits.half_closed = 60s; }));
    talk.hosts("host");
    talk.links("guest", "host");
    REQUIRE(talk.passes(10min) == Words{});
    CHECK(talk.finishes(who) == Words{});
    talk.bytes_move("guest");
    CHECK(talk.passes(30s) == Words{});
    talk.bytes_move("guest");
    CHECK(talk.passes(30s) == Words{"check guest"});
    CHECK(talk.passes(30s) == Words{"check guest", "close link guest idle"});
}

TEST_CASE("a half-closed link waits no longer than any other")
{
    Script talk(policy_with([](Limits& limits) { limits.link_idle = 20s; }));
    talk.hosts("host");
    talk.links("guest", "host");
    REQUIRE(talk.finishes("guest") == Words{});
    CHECK(talk.passes(20s) == Words{"check guest", "close link guest idle"});
}

TEST_CASE("a silent guest that finished is given the time to hear the rest")
{
    Script talk;
    talk.hosts("host");
    talk.links("mute", "host", Guest::silent);
    REQUIRE(talk.finishes("mute") == Words{});
    CHECK(talk.passes(60s - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"check mute", "close link mute idle"});
}

TEST_CASE("links outlive their host's session until they have ended by themselves")
{
    Script talk;
    talk.hosts("host");
    talk.links("quick", "host");
    talk.links("slow", "host");
    talk.links("dead", "host");
    REQUIRE(talk.leaves("host") == Words{});
    CHECK(talk.lobby.use().links == 3);
    CHECK(talk.lobby.use().sessions == 0);
    CHECK(talk.look_at("host").host_gone);
    (void)talk.events();

    CHECK(talk.leaves("quick-side") == Words{});
    CHECK(talk.leaves("slow") == Words{});
    CHECK(talk.events() ==
          Words{"link of quick closed, session_ended", "link of slow closed, guest_left"});
    CHECK(talk.passes(60s) == Words{"check dead", "close link dead session_ended"});
    CHECK(talk.lobby.session_keys().empty());
}

TEST_CASE("an orphaned link that goes on is left alone")
{
    Script talk;
    talk.hosts("host");
    talk.links("guest", "host");
    REQUIRE(talk.leaves("host", CloseReason::lost) == Words{});
    for (int minutes = 0; minutes < 30; ++minutes) {
        talk.bytes_move("guest");
        const Words words = talk.passes(59s);
        CHECK((words.empty() || words == Words{"check guest"}));
    }
    CHECK(talk.is_here("guest"));
}

TEST_CASE("a silent link without a host is not called a silent guest")
{
    Script talk;
    talk.hosts("host");
    talk.links("mute", "host", Guest::silent);
    REQUIRE(talk.leaves("host") == Words{});
    CHECK(talk.passes(60s) == Words{"check mute", "close link mute session_ended"});
}
