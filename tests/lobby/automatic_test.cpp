// manual_ip "auto": which session those are guests of who name none, and when it is none.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;

namespace {

using tests::MemberTraits;
using tests::named;
using wire::ManualCaller;

Policy automatic()
{
    return quiet_policy_with([](Policy& policy) { policy.manual_ip = ManualIp::automatic; });
}

// The host has shown that it is one.
void answers_somebody(Script& talk, const std::string& host)
{
    const std::string guest = "guest of " + host;
    talk.links(guest, host);
    REQUIRE(talk.is_answered(guest) == Words{});
    REQUIRE(talk.leaves(guest) == Words{});
    (void)talk.events();
}

} // namespace

TEST_CASE("automatic: without a session a netplay client comes into a room")
{
    Script talk(automatic());
    CHECK(talk.comes("ann", named("ann")) == Words{"enter ann"});
    CHECK(talk.member("ann").is_in_room());
    CHECK(talk.events() == Words{"room_opened 1", "member_joined 1 ann"});
    CHECK(talk.lobby.use() == Use{1, 0, 0, 0, 0, 1, 1, 0, 1});
    CHECK(talk.comes("bob", named("bob")) == Words{"enter bob"});
    CHECK(talk.lobby.use().members == 2);
    CHECK(talk.lobby.use().rooms == 1);
    CHECK(talk.lobby.totals().rooms == 1);
    CHECK(talk.lobby.totals().members == 2);
    CHECK(talk.comes("cat", named("cat", "Chess")) == Words{"enter cat"});
    CHECK(talk.lobby.use().rooms == 2);
    CHECK(talk.lobby.totals().rooms == 2);
}

TEST_CASE("automatic: with one session a netplay client is its guest")
{
    Script talk(automatic());
    talk.hosts("host");
    answers_somebody(talk, "host");
    CHECK(talk.comes("ann") == Words{"host <- RATL ann"});
    CHECK(talk.accepts("side", "ann") == Words{"join ann side"});
    CHECK(talk.lobby.use().links == 1);
    CHECK(talk.lobby.use().rooms == 0);
    // Also one of RetroArch 1.9 or earlier, which knows no session ids.
    CHECK(talk.comes_as("old", ManualCaller::old_client, {}) == Words{"host <- RATL old"});
}

TEST_CASE("automatic: with several sessions nobody knows which is meant: a room")
{
    Script talk(automatic());
    talk.hosts("host");
    answers_somebody(talk, "host");
    talk.hosts("other");
    answers_somebody(talk, "other");
    CHECK(talk.comes("ann") == Words{"enter ann"});
}

TEST_CASE("automatic: with somebody in a room the others come there, whatever is hosted")
{
    Script talk(automatic());
    REQUIRE(talk.comes("ann") == Words{"enter ann"});
    talk.hosts("host");
    answers_somebody(talk, "host");
    CHECK(talk.comes("bob", named("bob")) == Words{"enter bob"});
    CHECK(talk.lobby.use().members == 2);
    // When the last has left the session is meant again.
    REQUIRE(talk.leaves("ann") == Words{});
    REQUIRE(talk.leaves("bob") == Words{});
    CHECK(talk.lobby.use().rooms == 0);
    CHECK(talk.comes("cat") == Words{"host <- RATL cat"});
}

TEST_CASE("automatic: who is still in the handshake does not count as a room")
{
    Script talk(automatic());
    REQUIRE(talk.comes_as("slow", ManualCaller::client, {}) == Words{"enter slow"});
    CHECK(talk.lobby.use() == Use{1, 0, 0, 0, 0, 0, 0, 1, 1});
    talk.hosts("host");
    answers_somebody(talk, "host");
    CHECK(talk.comes("ann") == Words{"host <- RATL ann"});
}

TEST_CASE("automatic: a host that has answered nobody gets nobody who named no session")
{
    Script talk(automatic());
    talk.hosts("mute");
    CHECK_FALSE(talk.lobby.session_without_id());
    CHECK(talk.comes("ann") == Words{"enter ann"});
    REQUIRE(talk.leaves("ann") == Words{});
    // Nor for linking a guest and saying nothing to it.
    talk.links("bob", "mute");
    CHECK(talk.comes("cat") == Words{"enter cat"});
    REQUIRE(talk.leaves("cat") == Words{});
    REQUIRE(talk.is_answered("bob") == Words{});
    CHECK(talk.lobby.session_without_id() == talk.session_of("mute"));
    CHECK(talk.comes("dan") == Words{"mute <- RATL dan"});
}

TEST_CASE("automatic: where rooms have a password, nobody is asked for it by a stranger")
{
    const bool to_watch = GENERATE(false, true);
    Script talk(quiet_policy_with([&](Policy& policy) {
        policy.manual_ip = ManualIp::automatic;
        (to_watch ? policy.rooms.spectate_password : policy.rooms.password) = "moon";
    }));
    talk.hosts("host");
    answers_somebody(talk, "host");
    CHECK_FALSE(talk.lobby.session_without_id());
    MemberTraits traits = named("ann");
    traits.password = "moon";
    CHECK(talk.comes("ann", traits) == Words{"enter ann"});
    CHECK(talk.member("ann").is_in_room());
}

TEST_CASE("a listener with a multitap leads to rooms, and no session is meant")
{
    Script talk(automatic());
    talk.hosts("host");
    answers_somebody(talk, "host");
    talk.profile.multitap = true;
    CHECK(talk.comes("ann") == Words{"enter ann"});
    talk.profile.multitap = false;
    REQUIRE(talk.leaves("ann") == Words{});
    CHECK(talk.comes("bob") == Words{"host <- RATL bob"});
}
