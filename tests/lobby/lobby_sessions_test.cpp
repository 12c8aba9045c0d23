// Hosts and their sessions.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

wire::TicketId ticket_ending_in(std::uint8_t last)
{
    wire::TicketId ticket;
    ticket.bytes.back() = last;
    return ticket;
}

} // namespace

TEST_CASE("a host gets its session after a moment of listening")
{
    Script talk;
    CHECK(talk.asks("host") == Words{});
    CHECK(talk.lobby.use().greeting == 1);
    CHECK(talk.passes(lost_guest_watch - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"host <- RATS"});
    CHECK(talk.events() == Words{"session of host opened"});
    CHECK(talk.lobby.use().greeting == 0);
    CHECK(talk.lobby.use().sessions == 1);
}

TEST_CASE("a session id is node, worker and ten random bytes")
{
    Script talk;
    talk.random.script = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
    talk.hosts("host");
    CHECK(talk.session_of("host").bytes ==
          std::array<std::uint8_t, 12>{0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
}

TEST_CASE("in a fleet an id begins with the node, and a ticket does")
{
    Policy policy = quiet_policy();
    policy.node = 19;
    policy.reserved = {{club, {*wire::parse_network("192.0.2.1")}}};
    Script talk(policy);
    talk.hosts("host", "192.0.2.2");
    CHECK(talk.session_of("host").bytes[0] == 19);
    CHECK(talk.session_of("host").bytes[1] == 0);
    talk.waits("guest", "host");
    CHECK(talk.ticket_of("guest").bytes[0] == 19);
    CHECK(wire::node_of(talk.ticket_of("guest")) == 19);
}

TEST_CASE("an id is given out by the node that it names, and by no other")
{
    for (const std::uint8_t node : std::initializer_list<std::uint8_t>{0, 9, 19}) {
        Policy policy = quiet_policy();
        policy.node = node;
        policy.reserved = {{club, {*wire::parse_network("192.0.2.1")}}};
        Script talk(policy);
        talk.hosts("host", "192.0.2.1");
        const bool is_clubs = node == wire::node_of(club);
        CHECK((talk.session_of("host") == club) == is_clubs);
        CHECK(wire::node_of(talk.session_of("host")) == node);
        // A guest's ticket leads to the node that has the session, whatever its id is.
        talk.waits("guest", "host");
        CHECK(talk.ticket_of("guest").bytes[0] == node);
    }
}

TEST_CASE("every id belongs to a node")
{
    for (unsigned byte = 0; byte < 256; ++byte) {
        wire::SessionId id;
        id.bytes[0] = static_cast<std::uint8_t>(byte);
        id.bytes[1] = 7;
        CHECK(wire::node_of(id) == byte % 20);
        wire::TicketId ticket;
        ticket.bytes = id.bytes;
        CHECK(wire::node_of(ticket) == byte % 20);
    }
}

TEST_CASE("a session id is neither zero nor taken nor promised to another")
{
    Policy policy = quiet_policy();
    wire::SessionId promised;
    promised.bytes.back() = 7;
    policy.reserved = {{promised, {*wire::parse_network("192.0.2.1")}}};
    Script talk(policy);
    talk.hosts("first"); // 1
    const std::vector<std::uint8_t> zero(10);
    std::vector<std::uint8_t> taken = zero;
    taken.back() = 1;
    std::vector<std::uint8_t> other = zero;
    other.back() = 7;
    talk.random.script = {zero, taken, other};
    talk.hosts("second");
    CHECK(talk.random.script.empty());
    CHECK(talk.session_of("second").bytes.back() == 2);
}

TEST_CASE("a guest whose session id was mistyped is no host")
{
    Script talk;
    SECTION("its header came in the same piece")
    {
        CHECK(talk.asks("lost", true) == Words{"close lost lost_guest"});
    }
    SECTION("its header came a little later")
    {
        CHECK(talk.asks("lost") == Words{});
        CHECK(talk.passes(lost_guest_watch - 1ns) == Words{});
        CHECK(talk.speaks_like_guest("lost") == Words{"close lost lost_guest"});
    }
    SECTION("its header came late, but before our timer")
    {
        CHECK(talk.asks("lost") == Words{});
        talk.now += lost_guest_watch + 5ms;
        CHECK(talk.speaks_like_guest("lost") == Words{"close lost lost_guest"});
    }
    CHECK(talk.events() == Words{"lost turned away, lost_guest"});
    CHECK(talk.lobby.totals().sessions == 0);
    CHECK(talk.said(CloseReason::lost_guest) == 1);
}

TEST_CASE("a lost guest that was taken for a host loses the session again")
{
    Script talk;
    talk.hosts("lost");
    CHECK(talk.speaks_like_guest("lost") == Words{"close lost lost_guest"});
    CHECK(talk.events() == Words{"session of lost opened", "session of lost closed, lost_guest"});
    CHECK(talk.lobby.use().sessions == 0);
}

TEST_CASE("who asks for a session and says anything else before the answer is no host")
{
    Script talk;
    REQUIRE(talk.asks("eager") == Words{});
    CHECK(talk.pongs("eager") == Words{"close eager unknown_message"});
    REQUIRE(talk.asks("other") == Words{});
    CHECK(talk.is_refused("other", wire::Refusal::unknown_message) ==
          Words{"close other unknown_message"});
}

TEST_CASE("there is a limit to sessions in all, also for those who asked at the same time")
{
    Script talk(policy_with([](Limits& limits) { limits.sessions = 1; }));
    CHECK(talk.asks("first") == Words{});
    CHECK(talk.asks("second") == Words{});
    CHECK(talk.passes(lost_guest_watch) == Words{"first <- RATS", "close second sessions_full"});
    CHECK(talk.asks("third") == Words{"close third sessions_full"});
    CHECK(talk.leaves("first") == Words{});
    talk.hosts("fourth");
}

TEST_CASE("there is a limit to sessions of one address")
{
    Script talk(policy_with([](Limits& limits) { limits.sessions_per_address = 1; }));
    talk.hosts("first", "2001:db8::1");
    REQUIRE(talk.arrives("second", "2001:db8::2") == Words{});
    CHECK(talk.asks("second") == Words{}); // until it is known that the first is still there
    CHECK(talk.passes(200ms) == Words{"first <- RATP", "close second address_sessions_full"});
    talk.hosts("third", "2001:db8:0:1::1");
    CHECK(talk.leaves("first") == Words{});
    talk.hosts("fourth", "2001:db8::2");
}

TEST_CASE("who may host is the operator's decision")
{
    Policy policy = quiet_policy();
    policy.host.allow = {*wire::parse_network("192.0.2.0/24")};
    policy.host.deny = {*wire::parse_network("192.0.2.66")};
    Script talk(policy);
    talk.hosts("friend", "192.0.2.65");
    REQUIRE(talk.arrives("villain", "192.0.2.66") == Words{});
    CHECK(talk.asks("villain") == Words{"close villain host_denied"});
    REQUIRE(talk.arrives("stranger", "192.0.3.1") == Words{});
    CHECK(talk.asks("stranger") == Words{"close stranger host_denied"});
    CHECK(talk.joins("guest", "friend").size() == 1); // guests are another list
}

TEST_CASE("a reserved id goes to a host of its networks while it is free")
{
    Policy policy = quiet_policy();
    wire::SessionId home;
    home.bytes = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 2};
    policy.reserved = {
        {club, {*wire::parse_network("192.0.2.0/24"), *wire::parse_network("2001:db8::/32")}},
        {home, {*wire::parse_network("192.0.2.1")}}};
    Script talk(policy);

    talk.hosts("stranger", "203.0.113.1");
    CHECK(talk.session_of("stranger").bytes.front() == 0);
    talk.hosts("first", "192.0.2.1");
    CHECK(talk.session_of("first") == club);
    REQUIRE(talk.arrives("second", "192.0.2.1") == Words{});
    REQUIRE(talk.asks("second") == Words{});
    CHECK(talk.passes(200ms) == Words{"first <- RATP", "second <- RATS"});
    CHECK(talk.session_of("second") == home);
    talk.hosts("third", "2001:db8::5");
    CHECK(talk.session_of("third").bytes.front() == 0);
    CHECK(talk.events() == Words{"session of stranger opened", "session of first opened, reserved",
                                 "session of second opened, reserved", "session of third opened"});
    CHECK(talk.look_at("first").reserved);
    CHECK_FALSE(talk.look_at("third").reserved);

    REQUIRE(talk.leaves("first") == Words{});
    CHECK(talk.joins("late", club, Guest::speaking) == Words{"close late expired_session"});
    talk.hosts("fourth", "2001:db8::5");
    CHECK(talk.session_of("fourth") == club);
    CHECK(talk.joins("guest", club, Guest::speaking) == Words{"fourth <- RATL guest"});
}

TEST_CASE("a reserved id is free again although links of the last session are still open")
{
    Script talk(promising({{club, {*wire::parse_network("192.0.2.1")}}}));
    talk.hosts("host", "192.0.2.1");
    talk.links("orphan", "host");
    REQUIRE(talk.leaves("host") == Words{});
    talk.hosts("again", "192.0.2.1");
    CHECK(talk.session_of("again") == club);
    talk.links("guest", "again");
    CHECK(talk.lobby.session_keys().size() == 2);
    CHECK(talk.leaves("orphan") == Words{});
    CHECK(talk.lobby.session_keys().size() == 1);
    CHECK(talk.look_at("again").seats == 1);
}

TEST_CASE("every query is answered once, with its ticket and the guest's address")
{
    Script talk;
    talk.hosts("host", "192.0.2.1");
    REQUIRE(talk.arrives("guest", "2001:db8::7") == Words{});
    talk.waits("guest", "host");
    CHECK(talk.queries("host", "guest") == Words{"host <- RATA guest 2001:db8::7"});
    CHECK(talk.queries("host", "guest") == Words{"host <- RATA guest 2001:db8::7"});
    SECTION("a linked guest")
    {
        REQUIRE(talk.accepts("side", "guest") == Words{"join guest side"});
        CHECK(talk.queries("host", "guest") == Words{"host <- RATA guest 2001:db8::7"});
    }
    SECTION("a guest that has left, for a while")
    {
        REQUIRE(talk.leaves("guest") == Words{});
        REQUIRE(talk.passes(departed_ticket_memory - 1ns) == Words{});
        CHECK(talk.queries("host", "guest") == Words{"host <- RATA guest 2001:db8::7"});
        REQUIRE(talk.passes(1ns) == Words{});
        CHECK(talk.queries("host", "guest") == Words{"host <- RATA guest ::"});
    }
    SECTION("a guest that waited too long")
    {
        REQUIRE(talk.passes(10s) == Words{"close guest host_did_not_answer"});
        CHECK(talk.queries("host", "guest") == Words{"host <- RATA guest 2001:db8::7"});
    }
    SECTION("a ticket nobody has")
    {
        CHECK(talk.queries("host", ticket_ending_in(99)).size() == 1);
    }
    SECTION("no ticket: the host's own address")
    {
        CHECK(talk.queries("host", wire::TicketId{}) == Words{"host <- RATA ? 192.0.2.1"});
    }
    SECTION("the guest of another host is nobody's business")
    {
        talk.hosts("curious");
        CHECK(talk.queries("curious", "guest") == Words{"curious <- RATA guest ::"});
    }
}

TEST_CASE("a host is pinged, and never dropped for being silent")
{
    Script talk(policy_with([](Limits& limits) { limits.host_ping = 30s; }));
    talk.hosts("host");
    CHECK(talk.passes(30s - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"host <- RATP"});
    CHECK(talk.look_at("host").unanswered == talk.now);
    CHECK_FALSE(talk.look_at("host").ping.has_value());

    CHECK(talk.passes(1h) == Words{});                  // in the pause menu: not even another ping
    CHECK(talk.pongs("host") == Words{"host <- RATP"}); // the next one was due long ago
    CHECK(talk.look_at("host").ping == Duration(1h));
    CHECK(talk.look_at("host").unanswered == talk.now);
    CHECK(talk.passes(20ms) == Words{});
    CHECK(talk.pongs("host") == Words{});
    CHECK(talk.look_at("host").ping == Duration(20ms));
    CHECK_FALSE(talk.look_at("host").unanswered.has_value());
    CHECK(talk.passes(30s - 20ms) == Words{"host <- RATP"});
}

TEST_CASE("a pong that nobody asked for means nothing")
{
    Script talk;
    talk.hosts("host");
    CHECK(talk.pongs("host") == Words{});
    CHECK_FALSE(talk.look_at("host").ping.has_value());
}

TEST_CASE("a paused host keeps its session and gets its next guests")
{
    Script talk(policy_with([](Limits& limits) { limits.host_ping = 30s; }));
    talk.hosts("host");
    talk.waits("first", "host");
    CHECK(talk.passes(10min) == Words{"close first host_did_not_answer", "host <- RATP"});
    CHECK(talk.is_here("host"));
    talk.waits("second", "host");
    CHECK(talk.pongs("host").size() <= 1);
    CHECK(talk.queries("host", "first") == Words{"host <- RATA first ::"});
    CHECK(talk.accepts("stale", "first") == Words{"close stale unknown_ticket"});
    CHECK(talk.queries("host", "second").size() == 1);
    CHECK(talk.accepts("side", "second") == Words{"join second side"});
}

TEST_CASE("the end of a session has a reason, and frees what it took")
{
    Script talk(policy_with([](Limits& limits) { limits.sessions = 1; }));
    talk.hosts("host");
    talk.waits("guest", "host");
    (void)talk.events();
    CloseReason reason{};
    SECTION("the host left")
    {
        CHECK(talk.leaves("host") == Words{"close guest session_ended"});
        reason = CloseReason::host_left;
    }
    SECTION("the host is dead")
    {
        CHECK(talk.leaves("host", CloseReason::lost) == Words{"close guest session_ended"});
        reason = CloseReason::host_lost;
    }
    SECTION("the host took none of our answers")
    {
        CHECK(talk.leaves("host", CloseReason::too_slow) == Words{"close guest session_ended"});
        reason = CloseReason::too_slow;
    }
    SECTION("the host held memory that others need")
    {
        CHECK(talk.leaves("host", CloseReason::memory_short) == Words{"close guest session_ended"});
        reason = CloseReason::memory_short;
    }
    SECTION("the host said what we do not know")
    {
        CHECK(talk.is_refused("host", wire::Refusal::unknown_message) ==
              Words{"close host unknown_message", "close guest session_ended"});
        reason = CloseReason::unknown_message;
    }
    CHECK(talk.events() == Words{"session of host closed, " + std::string(word(reason)),
                                 "guest turned away, session_ended"});
    CHECK(talk.said(reason) == 1);
    CHECK(talk.lobby.use().sessions == 0);
    talk.hosts("next");
}

TEST_CASE("an ended session is told from one that never was")
{
    Script talk;
    talk.hosts("host");
    REQUIRE(talk.leaves("host") == Words{});
    CHECK(talk.joins("late", "host") == Words{"close late expired_session"});
    wire::SessionId mistyped = talk.session_of("host");
    mistyped.bytes[0] = 1;
    CHECK(talk.joins("lost", mistyped, Guest::speaking) == Words{"close lost unknown_session"});
}

TEST_CASE("only so many ended sessions are remembered")
{
    Script talk;
    talk.hosts("first");
    REQUIRE(talk.leaves("first") == Words{});
    for (std::size_t more = 0; more + 1 < expired_sessions_remembered; ++more) {
        talk.hosts("host");
        REQUIRE(talk.leaves("host") == Words{});
    }
    CHECK(talk.joins("late", "first") == Words{"close late expired_session"});
    talk.hosts("last");
    REQUIRE(talk.leaves("last") == Words{});
    CHECK(talk.joins("later", "first") == Words{"close later unknown_session"});
    CHECK(talk.joins("other", "last") == Words{"close other expired_session"});
}
