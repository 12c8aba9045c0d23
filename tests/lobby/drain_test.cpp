// Draining: nothing new is taken in, what is there goes on, and its end is noticed.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

using tests::MemberTraits;
using tests::named;
using wire::ManualCaller;

} // namespace

TEST_CASE("a relay at which nobody is has drained at once")
{
    Script talk;
    CHECK_FALSE(talk.lobby.is_drained());
    CHECK(talk.tells(Drain{}) == Words{});
    CHECK(talk.lobby.is_drained());
}

TEST_CASE("an open session takes guests while the relay drains, and no other is opened")
{
    Script talk;
    talk.hosts("host");
    CHECK(talk.tells(Drain{}) == Words{});
    CHECK(talk.asks("late") == Words{"close late draining"});
    CHECK(talk.joins("guest", "host") == Words{"host <- RATL guest"});
    CHECK(talk.accepts("guest-side", "guest") == Words{"join guest guest-side"});
    CHECK_FALSE(talk.lobby.is_drained());
    CHECK(talk.said(CloseReason::draining) == 1);
}

TEST_CASE("one who had asked for a session before is turned away as well")
{
    Script talk;
    CHECK(talk.asks("host") == Words{});
    CHECK(talk.tells(Drain{}) == Words{});
    CHECK(talk.passes(lost_guest_watch) == Words{"close host draining"});
    CHECK(talk.lobby.is_drained());
}

TEST_CASE("drained is who has neither sessions nor links: a link may outlive its session")
{
    Script talk;
    talk.hosts("host");
    talk.links("guest", "host");
    talk.tells(Drain{});
    talk.leaves("host");
    CHECK_FALSE(talk.lobby.is_drained());
    talk.leaves("guest");
    CHECK(talk.lobby.is_drained());
}

TEST_CASE("who has just arrived keeps nobody waiting")
{
    Script talk;
    talk.tells(Drain{});
    CHECK(talk.arrives("somebody") == Words{});
    CHECK(talk.lobby.is_drained());
}

TEST_CASE("an open room takes members while the relay drains, and no other is opened")
{
    Script talk;
    talk.comes("ann", named("ann"));
    talk.tells(Drain{});
    CHECK(talk.comes("bob", named("bob")) == Words{"enter bob"});
    CHECK(talk.member("bob").is_in_room());
    CHECK(talk.comes("cat", named("cat", "Chess")) == Words{"enter cat", "close cat no_new_rooms"});
    talk.leaves("ann");
    CHECK_FALSE(talk.lobby.is_drained());
    talk.leaves("bob");
    CHECK(talk.lobby.is_drained());
}

TEST_CASE("without a room a manual connection is told so in words")
{
    Script talk;
    talk.tells(Drain{});
    CHECK(talk.comes("ann", named("ann")) == Words{"close ann draining"});
    CHECK(refusal_reply_for(CloseReason::draining) == wire::RefusalReply::full);
    CHECK(refusal_reply_for(CloseReason::no_new_rooms) ==
          wire::RefusalReply::none); // its handshake has begun
}

TEST_CASE("the only session is still found by the address alone")
{
    Policy policy = quiet_policy();
    policy.manual_ip = ManualIp::tunnel;
    Script talk(policy);
    talk.hosts("host");
    talk.tells(Drain{});
    CHECK(talk.comes("ann", named("ann")) == Words{"host <- RATL ann"});
}

TEST_CASE("who probes is answered")
{
    Script talk;
    talk.tells(Drain{});
    CHECK(talk.comes_as("scout", ManualCaller::probe, {'P', 'O', 'K', 'E'}).front() ==
          "enter scout");
}

TEST_CASE("no legacy port is given")
{
    Policy policy = quiet_policy();
    policy.legacy_ports.range = {5000, 5009};
    Script talk(policy);
    talk.tells(Drain{});
    CHECK(talk.requests_port("server") == Words{"server <- NEW_PORT 0", "close server draining"});
    CHECK(talk.ports().empty());
}

TEST_CASE("a reserved id is not opened either, and new settings do not end it")
{
    Script talk;
    talk.tells(Drain{});
    Policy policy = talk.lobby.policy();
    policy.rooms.rooms = 9;
    (void)talk.reloads(policy);
    CHECK(talk.asks("host") == Words{"close host draining"});
    CHECK(talk.comes("ann", named("ann")) == Words{"close ann draining"});
}
