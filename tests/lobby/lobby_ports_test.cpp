// Ports that lead to one session or room, and those that old lobby servers ask for.
#include "script.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

using tests::MemberTraits;
using wire::ManualCaller;

Policy join_ports(std::uint16_t first, std::uint16_t last)
{
    Policy policy = quiet_policy();
    policy.join_ports = {first, last};
    return policy;
}

Policy legacy_ports(std::uint16_t first, std::uint16_t last, std::uint32_t per_address = 4)
{
    Policy policy = quiet_policy();
    policy.legacy_ports.range = {first, last};
    policy.legacy_ports.per_address = per_address;
    policy.legacy_ports.expiry = 60s;
    return policy;
}

MemberTraits playing(const std::string& nick, const std::string& core)
{
    MemberTraits traits;
    traits.nick = nick;
    traits.core = core;
    return traits;
}

// A host with an open session; what followed from it.
Words opens_session(Script& talk, const std::string& host)
{
    REQUIRE(talk.asks(host) == Words{});
    return talk.passes(lost_guest_watch);
}

} // namespace

TEST_CASE("without a range nobody has a port")
{
    Script talk;
    CHECK(opens_session(talk, "host") == Words{"host <- RATS"});
    CHECK(talk.look_at("host").join_port == 0);
    CHECK(talk.comes("ann").size() == 1);
    CHECK(talk.ports().empty());
}

TEST_CASE("each session has a port of its own, which leads to it")
{
    Script talk(join_ports(5000, 5009));
    CHECK(opens_session(talk, "one") == Words{"one <- RATS", "open 5000 session of one"});
    CHECK(opens_session(talk, "two") == Words{"two <- RATS", "open 5001 session of two"});
    CHECK(talk.look_at("one").join_port == 5000);
    CHECK(talk.look_at("two").join_port == 5001);
    talk.profile = talk.ports().at(5001);
    CHECK(talk.comes("ann") == Words{"two <- RATL ann"});
    talk.profile = talk.ports().at(5000);
    CHECK(talk.comes("bob") == Words{"one <- RATL bob"});
    // Also where nobody may come by the address alone.
    talk.profile.manual_ip = ManualIp::off;
    CHECK(talk.comes("cat") == Words{"one <- RATL cat"});
}

TEST_CASE("a session's port is given back with it, and is not the next one's at once")
{
    Script talk(join_ports(5000, 5009));
    REQUIRE(opens_session(talk, "one").size() == 2);
    const ListenerProfile profile = talk.ports().at(5000);
    CHECK(talk.leaves("one") == Words{"close port 5000"});
    talk.profile = profile; // accepted just before
    CHECK(talk.comes("late") == Words{"close late no_single_session"});
    talk.profile = {};
    CHECK(opens_session(talk, "two") == Words{"two <- RATS", "open 5001 session of two"});
}

TEST_CASE("a port that cannot be opened is passed over")
{
    Script talk(join_ports(5000, 5009));
    talk.busy_ports = {5000, 5001};
    CHECK(opens_session(talk, "one") == Words{"one <- RATS", "open 5000 session of one",
                                              "open 5001 session of one",
                                              "open 5002 session of one"});
    CHECK(talk.look_at("one").join_port == 5002);
}

TEST_CASE("a session without a port is a session all the same")
{
    SECTION("all are busy")
    {
        Script talk(join_ports(5000, 5001));
        talk.busy_ports = {5000, 5001};
        // Each is tried once.
        CHECK(opens_session(talk, "one") ==
              Words{"one <- RATS", "open 5000 session of one", "open 5001 session of one"});
        CHECK(talk.events() == Words{"session of one opened", "session without port, 2 tried"});
        CHECK(talk.look_at("one").join_port == 0);
        CHECK(talk.ports().empty());
    }
    SECTION("all are taken")
    {
        Script talk(join_ports(5000, 5000));
        REQUIRE(opens_session(talk, "one").size() == 2);
        (void)talk.events();
        CHECK(opens_session(talk, "two") == Words{"two <- RATS"});
        CHECK(talk.events() ==
              Words{"session of two opened", "session without port, all are taken"});
        CHECK(talk.look_at("two").join_port == 0);
        CHECK(talk.leaves("two") == Words{});
        CHECK(talk.leaves("one") == Words{"close port 5000"});
        CHECK(opens_session(talk, "three") == Words{"three <- RATS", "open 5000 session of three"});
    }
}

TEST_CASE("a session that ends before its port is there leaves no port behind")
{
    Script talk(join_ports(5000, 5009));
    REQUIRE(talk.asks("host") == Words{});
    talk.now += lost_guest_watch;
    Output output;
    talk.lobby.handle(Tick{}, talk.now, output);
    REQUIRE(output.commands.size() == 3);
    REQUIRE(std::get<OpenPort>(output.commands[2]).port == 5000);
    output.clear();
    talk.lobby.handle(Left{talk.id_of("host"), CloseReason::left}, talk.now, output);
    REQUIRE(output.commands.size() == 1);
    CHECK(std::get<ClosePort>(output.commands[0]).port == 5000);
    output.clear();
    talk.lobby.handle(PortAnswer{5000, true}, talk.now, output);
    talk.lobby.handle(PortAnswer{5000, false}, talk.now, output);
    CHECK(output.commands.empty());
}

TEST_CASE("each room has a port of its own, which leads to it")
{
    Script talk(join_ports(5000, 5009));
    CHECK(talk.comes("ann", playing("ann", "Arena")) == Words{"enter ann", "open 5000 room 1"});
    CHECK(talk.comes("bob", playing("bob", "Chess")) == Words{"enter bob", "open 5001 room 2"});
    CHECK(talk.lobby.look_at_rooms().at(0).join_port == 5000);
    CHECK(talk.lobby.look_at_rooms().at(1).join_port == 5001);
    talk.profile = talk.ports().at(5001);
    CHECK(talk.comes("cat", playing("cat", "Chess")) == Words{"enter cat"});
    CHECK(talk.lobby.look_at_rooms().at(1).members.size() == 2);
    // It leads there only.
    CHECK(talk.comes("dan", playing("dan", "Arena")) ==
          Words{"enter dan", "close dan different_core"});
    talk.profile = {};
    CHECK(talk.leaves("ann") == Words{"close port 5000"});
    talk.profile.room = 1; // accepted just before
    CHECK(talk.comes("eve", playing("eve", "Arena")) ==
          Words{"enter eve", "close eve room_closed"});
    CHECK(talk.ports().size() == 1);
}

TEST_CASE("a room for which no port is left, or can be opened, is told of")
{
    Script talk(join_ports(5000, 5000));
    REQUIRE(talk.comes("ann", playing("ann", "Arena")).size() == 2);
    (void)talk.events();
    CHECK(talk.comes("bob", playing("bob", "Chess")) == Words{"enter bob"});
    const Words events = talk.events();
    CHECK(std::ranges::count(events, "room 2 without port, all are taken") == 1);
    // No word of it where nobody asked for ports.
    Script without;
    REQUIRE(without.comes("ann", playing("ann", "Arena")).size() == 1);
    for (const std::string& line : without.events())
        CHECK(line.find("without port") == std::string::npos);
}

TEST_CASE("of a long range no more than sixteen ports are tried")
{
    Script talk(join_ports(5000, 5099));
    for (std::uint16_t port = 5000; port < 5100; ++port)
        talk.busy_ports.insert(port);
    CHECK(opens_session(talk, "one").size() == 17);
    CHECK(talk.events() == Words{"session of one opened", "session without port, 16 tried"});
}

TEST_CASE("an old lobby server is given a port with a room of its own")
{
    Script talk(legacy_ports(5000, 5009));
    CHECK(talk.requests_port("server") ==
          Words{"open 5000 legacy", "server <- NEW_PORT 5000", "close server legacy_port_given"});
    CHECK(talk.events() == Words{"server turned away, legacy_port_given"});
    talk.profile = talk.ports().at(5000);
    CHECK(talk.comes("ann", playing("ann", "Arena")) == Words{"enter ann"});
    CHECK(talk.comes("bob", playing("bob", "Arena")) == Words{"enter bob"});
    CHECK(talk.lobby.look_at_rooms().at(0).join_port == 5000);
    CHECK(talk.lobby.look_at_rooms().at(0).members.size() == 2);
    // It has one room, whatever is played in it.
    CHECK(talk.comes("cat", playing("cat", "Chess")) ==
          Words{"enter cat", "close cat different_core"});
    // The same game elsewhere is another room.
    talk.profile = {};
    CHECK(talk.comes("dan", playing("dan", "Arena")) == Words{"enter dan"});
    CHECK(talk.lobby.use().rooms == 2);
}

TEST_CASE("a room on a legacy port has no second port")
{
    Policy policy = legacy_ports(5000, 5009);
    policy.join_ports = {6000, 6009};
    Script talk(policy);
    REQUIRE(talk.requests_port("server").size() == 3);
    talk.profile = talk.ports().at(5000);
    CHECK(talk.comes("ann") == Words{"enter ann"});
}

TEST_CASE("without a range for them old lobby servers are told that there is no port")
{
    Script talk;
    CHECK(talk.requests_port("server") ==
          Words{"server <- NEW_PORT 0", "close server legacy_ports_off"});
    CHECK(talk.lobby.use().connections == 0);
}

TEST_CASE("who may not host gets no port")
{
    Policy policy = legacy_ports(5000, 5009);
    policy.host.deny = {*wire::parse_network("192.0.2.0/24")};
    Script talk(policy);
    REQUIRE(talk.arrives("server", "192.0.2.1") == Words{});
    CHECK(talk.requests_port("server") ==
          Words{"server <- NEW_PORT 0", "close server host_denied"});
}

TEST_CASE("there is a limit to the ports of one address")
{
    Script talk(legacy_ports(5000, 5009, 1));
    for (const char* name : {"a", "b"})
        REQUIRE(talk.arrives(name, "192.0.2.1") == Words{});
    REQUIRE(talk.arrives("c", "192.0.2.2") == Words{});
    CHECK(talk.requests_port("a").front() == "open 5000 legacy");
    CHECK(talk.requests_port("b") == Words{"b <- NEW_PORT 0", "close b address_legacy_ports_full"});
    CHECK(talk.requests_port("c").front() == "open 5001 legacy");
}

TEST_CASE("an exhausted range is told as 0")
{
    Script talk(legacy_ports(5000, 5001));
    REQUIRE(talk.requests_port("a").size() == 3);
    REQUIRE(talk.requests_port("b").size() == 3);
    CHECK(talk.requests_port("c") == Words{"c <- NEW_PORT 0", "close c legacy_ports_full"});
    talk.busy_ports = {5000, 5001};
    CHECK(talk.passes(60s) == Words{"close port 5000", "close port 5001"});
    CHECK(talk.requests_port("d").back() == "close d legacy_ports_full");
    CHECK(talk.ports().empty());
}

TEST_CASE("a legacy port expires when nobody came, and is kept while somebody plays")
{
    Script talk(legacy_ports(5000, 5009));
    REQUIRE(talk.requests_port("a").size() == 3);
    REQUIRE(talk.requests_port("b").size() == 3);
    talk.profile = talk.ports().at(5001);
    REQUIRE(talk.comes("ann") == Words{"enter ann"});
    CHECK(talk.passes(60s) == Words{"close port 5000"});
    CHECK(talk.passes(60s) == Words{});
    CHECK(talk.is_here("ann"));
    CHECK(talk.leaves("ann") == Words{});
    CHECK(talk.passes(60s) == Words{"close port 5001"});
    CHECK(talk.ports().empty());
}

TEST_CASE("who is in the handshake of a port that expires has to go")
{
    Script talk(legacy_ports(5000, 5009));
    REQUIRE(talk.requests_port("a").size() == 3);
    talk.profile = talk.ports().at(5000);
    REQUIRE(talk.passes(55s) == Words{});
    REQUIRE(talk.comes_as("slow", ManualCaller::client, {}) == Words{"enter slow"});
    CHECK(talk.passes(5s) == Words{"close port 5000", "close slow room_closed"});
}

TEST_CASE("a lobby server that leaves before its answer")
{
    Script talk(legacy_ports(5000, 5009));
    REQUIRE(talk.arrives("server") == Words{});
    Output output;
    talk.lobby.handle(Greeted{talk.id_of("server"), wire::LegacyPortRequest{}, false}, talk.now,
                      output);
    REQUIRE(output.commands.size() == 2);
    CHECK(talk.leaves("server") == Words{});
    CHECK(talk.said(CloseReason::left_early) == 1);
    CHECK(talk.tells(PortAnswer{5000, true}) == Words{}); // open until it expires
    output.clear();
    talk.lobby.handle(Tick{}, talk.now + 60s, output);
    REQUIRE(output.commands.size() == 1);
    CHECK(std::get<ClosePort>(output.commands[0]).port == 5000);
}

TEST_CASE("a shutdown gives all ports back")
{
    Policy policy = legacy_ports(5000, 5009);
    policy.join_ports = {6000, 6009};
    Script talk(policy);
    REQUIRE(opens_session(talk, "host").size() == 2);
    REQUIRE(talk.requests_port("server").size() == 3);
    talk.profile.manual_ip = ManualIp::room;
    REQUIRE(talk.comes("ann") == Words{"enter ann", "open 6002 room 1"});
    REQUIRE(talk.ports().size() == 3);
    (void)talk.shuts_down();
    CHECK(talk.ports().empty());
    CHECK(talk.lobby.use().connections == 0);
    CHECK(talk.passes(1h) == Words{});
    CHECK_FALSE(talk.lobby.next_deadline().has_value());
}
