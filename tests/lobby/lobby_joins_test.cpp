// Guests before they are linked.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

std::string numbered(const char* name, std::size_t number) { return name + std::to_string(number); }

} // namespace

TEST_CASE("a guest is announced to its host at once, and linked when the host accepts")
{
    Script talk;
    talk.hosts("host");
    CHECK(talk.joins("guest", "host") == Words{"host <- RATL guest"});
    CHECK(talk.lobby.use().waiting_joins == 1);
    CHECK(talk.look_at("host").seats == 0); // waiting takes no seat
    CHECK(talk.queries("host", "guest").size() == 1);
    CHECK(talk.accepts("side", "guest") == Words{"join guest side"});
    CHECK(talk.lobby.use().waiting_joins == 0);
    CHECK(talk.look_at("host").seats == 1);
    CHECK(talk.events() == Words{"session of host opened", "link of guest opened"});
}

TEST_CASE("a ticket is seven random bytes behind what its session id begins with")
{
    Script talk;
    talk.hosts("host");
    REQUIRE(talk.joins("guest", "host").size() == 1);
    CHECK(talk.random.last_size == 7);
    CHECK_FALSE(talk.ticket_of("guest").is_zero());
}

TEST_CASE("a host that does not answer costs its guest less than the 11 s it would wait")
{
    Script talk;
    talk.hosts("host");
    talk.waits("guest", "host");
    CHECK(talk.passes(10s - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"close guest host_did_not_answer"});
    CHECK(Limits{}.join_wait < 11s);
    CHECK(talk.lobby.use().waiting_joins == 0);
}

TEST_CASE("who may join is the operator's decision")
{
    Policy policy = quiet_policy();
    policy.join.deny = {*wire::parse_network("2001:db8:bad::/48")};
    Script talk(policy);
    talk.hosts("host", "2001:db8:bad::1"); // hosts are another list
    REQUIRE(talk.arrives("villain", "2001:db8:bad::2") == Words{});
    CHECK(talk.joins("villain", "host") == Words{"close villain join_denied"});
    REQUIRE(talk.arrives("friend", "2001:db8:900d::2") == Words{});
    talk.links("friend", "host");
}

TEST_CASE("a guest that leaves while it waits stops waiting, and its host hears no more of it")
{
    Script talk;
    talk.hosts("host");
    talk.waits("guest", "host");
    CHECK(talk.leaves("guest") == Words{});
    CHECK(talk.said(CloseReason::left_while_waiting) == 1);
    CHECK(talk.lobby.use().waiting_joins == 0);
    CHECK(talk.accepts("side", "guest") == Words{"close side guest_gone"});
    CHECK(talk.accepts("again", "guest") == Words{"close again unknown_ticket"});
}

TEST_CASE("a ticket can be accepted once")
{
    Script talk;
    talk.hosts("host");
    talk.links("guest", "host");
    CHECK(talk.accepts("twice", "guest") == Words{"close twice unknown_ticket"});
    wire::TicketId bogus;
    bogus.bytes.fill(0xAB);
    CHECK(talk.accepts("bogus", bogus) == Words{"close bogus unknown_ticket"});
    CHECK(talk.accepts("zero", wire::TicketId{}) == Words{"close zero unknown_ticket"});
    CHECK(talk.look_at("host").seats == 1);
}

TEST_CASE("a host is told of at most eight guests at a time, of seven if none has spoken")
{
    Script talk;
    talk.hosts("host");
    for (std::size_t n = 1; n <= silent_slots; ++n)
        talk.waits(numbered("mute", n), "host", Guest::silent);
    CHECK(talk.joins("mute8", "host", Guest::silent) == Words{});
    CHECK(talk.joins("first", "host") == Words{"host <- RATL first"});
    CHECK(talk.joins("second", "host") == Words{});

    // The host reacts: one slot is free, and who has spoken goes first.
    CHECK(talk.accepts("side1", "mute1") == Words{"join mute1 side1", "host <- RATL second"});
    CHECK(talk.accepts("side2", "mute2") == Words{"join mute2 side2"});
    CHECK(talk.accepts("side3", "mute3") == Words{"join mute3 side3", "host <- RATL mute8"});
    CHECK(talk.joins("third", "host") == Words{"host <- RATL third"});
}

TEST_CASE("eight slots are for eight that have spoken")
{
    Script talk;
    talk.hosts("host");
    for (std::size_t n = 1; n <= host_pending_slots; ++n)
        talk.waits(numbered("guest", n), "host");
    CHECK(talk.joins("guest9", "host") == Words{});
    CHECK(talk.leaves("guest1") == Words{}); // the host was told, and has not reacted
    CHECK(talk.accepts("side2", "guest2") == Words{"join guest2 side2", "host <- RATL guest9"});
}

TEST_CASE("a slot of a guest that has left is free when the host has reacted, or never did")
{
    Script talk;
    talk.hosts("host");
    for (std::size_t n = 1; n <= host_pending_slots; ++n)
        talk.waits(numbered("guest", n), "host");
    REQUIRE(talk.leaves("guest1") == Words{});
    REQUIRE(talk.joins("late", "host") == Words{});
    SECTION("reacted")
    {
        CHECK(talk.accepts("side", "guest1") ==
              Words{"close side guest_gone", "host <- RATL late"});
    }
    SECTION("never did")
    {
        REQUIRE(talk.passes(10s).size() == 8);
        REQUIRE(talk.joins("later", "host") == Words{});
        REQUIRE(talk.passes(departed_ticket_memory - 15s) ==
                Words{"close later host_did_not_answer"});
        CHECK(talk.joins("last", "host") == Words{});
        CHECK(talk.passes(5s) == Words{"host <- RATL last"});
    }
}

TEST_CASE("a guest that was never announced leaves no trace")
{
    Script talk;
    talk.hosts("host");
    for (std::size_t n = 1; n <= silent_slots; ++n)
        talk.waits(numbered("mute", n), "host", Guest::silent);
    REQUIRE(talk.joins("unseen", "host", Guest::silent) == Words{});
    REQUIRE(talk.leaves("unseen") == Words{});
    CHECK(talk.accepts("side", "unseen") == Words{"close side unknown_ticket"});
    CHECK(talk.queries("host", "unseen") == Words{"host <- RATA unseen ::"});
}

TEST_CASE("a guest that speaks while it waits is announced before the silent ones")
{
    Script talk;
    talk.hosts("host");
    for (std::size_t n = 1; n <= silent_slots; ++n)
        talk.waits(numbered("mute", n), "host", Guest::silent);
    REQUIRE(talk.joins("slow1", "host", Guest::silent) == Words{});
    REQUIRE(talk.joins("slow2", "host", Guest::silent) == Words{});
    CHECK(talk.speaks("slow2") == Words{"host <- RATL slow2"});
    CHECK(talk.speaks("mute1") == Words{}); // is announced already
    CHECK(talk.accepts("side1", "mute1") == Words{"join mute1 side1"});
    CHECK(talk.speaks("slow1") == Words{"host <- RATL slow1"});
}

TEST_CASE("when several slots are free at once, those that have spoken come first")
{
    Script talk;
    talk.hosts("host");
    talk.waits("early1", "host");
    talk.waits("early2", "host");
    REQUIRE(talk.leaves("early1") == Words{});
    REQUIRE(talk.leaves("early2") == Words{});
    REQUIRE(talk.passes(departed_ticket_memory - 5s) == Words{});
    for (std::size_t n = 3; n <= host_pending_slots; ++n)
        talk.waits(numbered("guest", n), "host");
    REQUIRE(talk.joins("mute", "host", Guest::silent) == Words{});
    REQUIRE(talk.joins("spoken", "host") == Words{});
    CHECK(talk.passes(5s) == Words{"host <- RATL spoken"});
}

TEST_CASE("there is a limit to waiting joins of a session; silent ones make room for others")
{
    Script talk(policy_with([](Limits& limits) { limits.waiting_joins_per_session = 3; }));
    talk.hosts("host");
    talk.waits("spoken", "host");
    talk.waits("mute1", "host", Guest::silent);
    talk.waits("mute2", "host", Guest::silent);
    CHECK(talk.joins("mute3", "host", Guest::silent) == Words{"close mute3 waiting_full"});
    CHECK(talk.joins("next", "host") == Words{"close mute1 displaced", "host <- RATL next"});
    CHECK(talk.joins("third", "host") == Words{"close mute2 displaced", "host <- RATL third"});
    CHECK(talk.joins("fourth", "host") == Words{"close fourth waiting_full"});
    talk.hosts("other");
    talk.waits("fifth", "other"); // another session has room of its own
    CHECK(talk.accepts("gone", "mute1") == Words{"close gone guest_gone"});
}

TEST_CASE("there is a limit to waiting joins of an address, also across sessions")
{
    Script talk(policy_with([](Limits& limits) { limits.waiting_joins_per_address = 2; }));
    talk.hosts("host");
    talk.hosts("other");
    const auto arrives_here = [&](const char* name) {
        REQUIRE(talk.arrives(name, "192.0.2.1") == Words{});
    };
    for (const char* name : {"mute1", "mute2", "mute3", "first", "second", "third", "fourth"})
        arrives_here(name);
    talk.waits("mute1", "host", Guest::silent);
    talk.waits("mute2", "other", Guest::silent);
    CHECK(talk.joins("mute3", "host", Guest::silent) == Words{"close mute3 address_waiting_full"});
    CHECK(talk.joins("first", "host") == Words{"close mute1 displaced", "host <- RATL first"});
    // The one that is silent waits for another host: that is not this one's to take.
    CHECK(talk.joins("second", "host") == Words{"close second address_waiting_full"});
    CHECK(talk.joins("elsewhere", "host") == Words{"host <- RATL elsewhere"});
    REQUIRE(talk.accepts("side", "first") == Words{"join first side"});
    CHECK(talk.joins("third", "host") == Words{"host <- RATL third"});
    CHECK(talk.leaves("third") == Words{});
    CHECK(talk.joins("fourth", "host") == Words{"host <- RATL fourth"});
}

TEST_CASE("only a silent guest of the same address makes room where the address has too many")
{
    Script talk(policy_with([](Limits& limits) { limits.waiting_joins_per_address = 1; }));
    talk.hosts("host");
    talk.waits("mute", "host", Guest::silent);
    REQUIRE(talk.arrives("here", "192.0.2.1") == Words{});
    REQUIRE(talk.arrives("also", "192.0.2.1") == Words{});
    talk.waits("here", "host");
    CHECK(talk.joins("also", "host") == Words{"close also address_waiting_full"});
    CHECK(talk.is_here("mute"));
}

TEST_CASE("there is a limit to links of a session, also for those that wait already")
{
    Script talk(policy_with([](Limits& limits) { limits.links_per_session = 1; }));
    talk.hosts("host");
    talk.waits("second", "host");
    talk.links("first", "host");
    CHECK(talk.joins("third", "host") == Words{"close third session_full"});
    CHECK(talk.accepts("side", "second") ==
          Words{"close side session_full", "close second session_full"});
    CHECK(talk.leaves("first") == Words{});
    talk.links("fourth", "host");
}

TEST_CASE("a silent link gives its seat to a guest that speaks, and to no other")
{
    Script talk(policy_with([](Limits& limits) { limits.links_per_session = 2; }));
    talk.hosts("host");
    talk.links("mute", "host", Guest::silent);
    talk.links("spoken", "host");
    CHECK(talk.joins("still", "host", Guest::silent) == Words{"close still session_full"});
    CHECK(talk.joins("guest", "host") == Words{"close link mute displaced", "host <- RATL guest"});
    CHECK(talk.is_here("spoken"));
    CHECK(talk.accepts("side", "guest") == Words{"join guest side"});
    CHECK(talk.joins("late", "host") == Words{"close late session_full"});
}

TEST_CASE("where seats are free, a silent link has a moment of grace")
{
    Script talk;
    talk.hosts("host");
    talk.links("mute", "host", Guest::silent);
    REQUIRE(talk.passes(silent_link_grace - 1ns) == Words{});
    CHECK(talk.joins("early", "host") == Words{"host <- RATL early"});
    REQUIRE(talk.passes(1ns) == Words{});
    CHECK(talk.joins("later", "host") == Words{"close link mute displaced", "host <- RATL later"});
}

TEST_CASE("silent links go also when a guest that waits begins to speak, and when seats are free")
{
    // They take connections of the host, of which it has few.
    Script talk;
    talk.hosts("host");
    talk.links("mute1", "host", Guest::silent);
    REQUIRE(talk.passes(silent_link_grace) == Words{});
    talk.waits("slow", "host", Guest::silent);
    talk.links("mute2", "host", Guest::silent);
    CHECK(talk.speaks("slow") == Words{"close link mute1 displaced"});
    REQUIRE(talk.passes(silent_link_grace) == Words{});
    CHECK(talk.joins("next", "host") == Words{"close link mute2 displaced", "host <- RATL next"});
}

TEST_CASE("a guest that waits in vain for a dead session is told at once")
{
    Script talk;
    talk.hosts("host");
    talk.waits("told", "host");
    for (std::size_t n = 1; n <= silent_slots; ++n)
        talk.joins(numbered("mute", n), "host", Guest::silent);
    REQUIRE(talk.leaves("told") == Words{});
    const Words closed = talk.leaves("host");
    CHECK(closed.size() == silent_slots);
    CHECK(talk.said(CloseReason::session_ended) == silent_slots);
    CHECK(talk.lobby.use().waiting_joins == 0);
    CHECK(talk.accepts("side", "told") == Words{"close side unknown_ticket"});
}

TEST_CASE("a ticket is worth nothing in another session, but its own host may be anywhere")
{
    // Who knows the ticket is the host: its new connection can come from another address.
    Script talk;
    talk.hosts("host", "192.0.2.1");
    talk.waits("guest", "host");
    REQUIRE(talk.arrives("side", "2001:db8::1") == Words{});
    CHECK(talk.accepts("side", "guest") == Words{"join guest side"});
    CHECK(talk.look_at("host").links.at(0).host_peer.address ==
          *wire::parse_address("2001:db8::1"));
}

TEST_CASE("a guest that speaks gets the seat of a silent one, however young that is")
{
    Script talk(policy_with([](Limits& limits) { limits.links_per_session = 7; }));
    talk.hosts("host");
    for (int n = 1; n <= 7; ++n)
        talk.waits("mute" + std::to_string(n), "host", Guest::silent);
    talk.waits("player", "host");
    for (int n = 1; n <= 7; ++n)
        (void)talk.accepts("side" + std::to_string(n), "mute" + std::to_string(n));
    REQUIRE(talk.passes(100ms) == Words{});
    CHECK(talk.accepts("side", "player").back() == "join player side");
    CHECK(talk.lobby.use().links == 7);
}
