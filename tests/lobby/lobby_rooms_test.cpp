// Those who name no session: which of them is a guest, who comes into a room, and how it ends.
#include "script.hpp"

#include "support/catch.hpp"

#include "netplay/password.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

using tests::MemberTraits;
using tests::named;
using wire::ManualCaller;

std::uint64_t address_count(const Script& talk) { return talk.lobby.use().addresses; }

std::string start_of(const std::vector<std::uint8_t>& bytes)
{
    return {bytes.begin(),
            bytes.begin() + static_cast<long>(std::min<std::size_t>(4, bytes.size()))};
}

} // namespace

TEST_CASE("room: always a room")
{
    Script talk(quiet_policy_with([](Policy& policy) { policy.manual_ip = ManualIp::room; }));
    talk.hosts("host");
    CHECK(talk.comes("ann") == Words{"enter ann"});
    CHECK(talk.member("ann").is_in_room());
}

TEST_CASE("tunnel: the only session, or nothing")
{
    Script talk(quiet_policy_with([](Policy& policy) { policy.manual_ip = ManualIp::tunnel; }));
    CHECK(talk.comes("early") == Words{"close early no_single_session"});
    talk.hosts("host");
    CHECK(talk.comes("ann") == Words{"host <- RATL ann"});
    talk.hosts("other");
    CHECK(talk.comes("late") == Words{"close late no_single_session"});
    CHECK(talk.leaves("other") == Words{});
    CHECK(talk.comes("bob") == Words{"host <- RATL bob"});
    CHECK(talk.lobby.totals().rooms == 0);
}

TEST_CASE("off: nobody comes in without a session id")
{
    Script talk(quiet_policy_with([](Policy& policy) { policy.manual_ip = ManualIp::off; }));
    talk.hosts("host");
    CHECK(talk.comes("ann") == Words{"close ann manual_ip_off"});
    CHECK(talk.comes_as("old", ManualCaller::old_client, {}) == Words{"close old old_version"});
    CHECK(talk.comes_as("probe", ManualCaller::probe, {}) == Words{"close probe probe"});
    CHECK(refusal_reply_for(CloseReason::manual_ip_off) == wire::RefusalReply::denied);
    CHECK(refusal_reply_for(CloseReason::old_version) == wire::RefusalReply::old_version);
    CHECK(refusal_reply_for(CloseReason::probe) == wire::RefusalReply::none);
    CHECK(talk.lobby.use().entering == 0);
}

TEST_CASE("a listener may have a rule of its own")
{
    Script talk(quiet_policy_with([](Policy& policy) { policy.manual_ip = ManualIp::off; }));
    talk.hosts("host");
    talk.profile.manual_ip = ManualIp::room;
    CHECK(talk.comes("ann") == Words{"enter ann"});
    talk.profile.manual_ip = ManualIp::tunnel;
    CHECK(talk.comes("bob") == Words{"host <- RATL bob"});
    talk.profile.manual_ip = {};
    CHECK(talk.comes("cat") == Words{"close cat manual_ip_off"});
}

TEST_CASE("a listener by password: who types the same meets, and no session is meant")
{
    Script talk;
    talk.hosts("host");
    talk.profile.by_password = true;
    MemberTraits one = named("ann");
    one.password = "moon";
    CHECK(talk.comes("ann", one) == Words{"enter ann"});
    REQUIRE(talk.member("ann").is_in_room());
    one.nick = "bob";
    CHECK(talk.comes("bob", one) == Words{"enter bob"});
    CHECK(talk.lobby.use().rooms == 1);
    one.nick = "cat";
    one.password = "sun";
    CHECK(talk.comes("cat", one) == Words{"enter cat"});
    CHECK(talk.lobby.use().rooms == 2);
    CHECK(talk.lobby.look_at_rooms().at(0).room.by_password);
    CHECK(talk.lobby.look_at_rooms().at(0).members.size() == 2);
}

TEST_CASE("access.join holds for rooms as for sessions")
{
    Script talk(quiet_policy_with(
        [](Policy& policy) { policy.join.deny = {*wire::parse_network("192.0.2.0/24")}; }));
    CHECK(talk.arrives("ann", "192.0.2.7") == Words{});
    CHECK(talk.comes("ann") == Words{"close ann join_denied"});
    CHECK(talk.arrives("bob", "198.51.100.7") == Words{});
    CHECK(talk.comes("bob") == Words{"enter bob"});
}

TEST_CASE("who asks whether this is a netplay server is told so by ourselves")
{
    const ManualIp manual_ip = GENERATE(ManualIp::automatic, ManualIp::room, ManualIp::tunnel);
    const std::size_t sessions = GENERATE(0U, 1U, 2U);
    Script talk(quiet_policy_with([&](Policy& policy) { policy.manual_ip = manual_ip; }));
    for (std::size_t at = 0; at < sessions; ++at)
        talk.hosts("host" + std::to_string(at));
    CHECK(talk.comes_as("probe", ManualCaller::probe, {'P', 'O', 'K', 'E'}) ==
          Words{"enter probe", "close probe probe"});
    CHECK(talk.heard_by("probe").size() == wire::netplay_header_size);
    CHECK(start_of(talk.heard_by("probe")) == "RANP");
    CHECK(talk.lobby.use().entering == 0);
    CHECK(talk.said(CloseReason::probe) == 1);
}

TEST_CASE("who says nothing more on the way into a room is sent away")
{
    Script talk;
    CHECK(talk.comes_as("mute", ManualCaller::client, {}) == Words{"enter mute"});
    CHECK(talk.lobby.use().entering == 1);
    CHECK(talk.lobby.next_deadline() == talk.now + room::handshake_limit);
    CHECK(talk.passes(room::handshake_limit - 1ns) == Words{});
    CHECK(talk.passes(1ns) == Words{"close mute entrance_timeout"});
    CHECK(talk.events() == Words{"mute gone, entrance_timeout"});
    CHECK(talk.lobby.use().entering == 0);
}

TEST_CASE("the greeting's deadline does not follow a member into its room")
{
    Script talk(quiet_policy_with([](Policy& policy) { policy.limits.greeting = 2s; }));
    REQUIRE(talk.comes("ann") == Words{"enter ann"});
    CHECK(talk.passes(5s) == Words{});
    CHECK(talk.is_here("ann"));
}

TEST_CASE("what is no handshake ends it, and what follows is of no interest")
{
    Script talk;
    REQUIRE(talk.comes_as("ann", ManualCaller::client, {}) == Words{"enter ann"});
    const std::vector<std::uint8_t> nonsense(40, 0xEE);
    CHECK(talk.says("ann", nonsense) == Words{"close ann not_netplay"});
    CHECK(talk.says("ann", nonsense) == Words{});
    CHECK(talk.said(CloseReason::not_netplay) == 1);
}

TEST_CASE("a member that has no protocol with us reads so once, in the header that answers it")
{
    Script talk;
    wire::NetplayHeader header; // speaks 8 and 9
    header.salt_or_highest = 9;
    header.protocol = 8;
    std::vector<std::uint8_t> first;
    wire::encode_opening(header, first);
    CHECK(talk.comes_as("new", ManualCaller::client, first) ==
          Words{"enter new", "close new no_common_protocol"});
    CHECK(talk.heard_by("new").size() == wire::netplay_header_size);
    CHECK(refusal_reply_for(CloseReason::no_common_protocol) == wire::RefusalReply::none);
}

TEST_CASE("a member may leave in the handshake and within, in every way there is")
{
    const auto [how, reason] = GENERATE(table<CloseReason, CloseReason>({
        {CloseReason::left, CloseReason::member_left},
        {CloseReason::lost, CloseReason::member_lost},
        {CloseReason::too_slow, CloseReason::member_backlog},
        {CloseReason::memory_short, CloseReason::memory_short},
    }));
    Script talk;
    REQUIRE(talk.comes("ann") == Words{"enter ann"});
    REQUIRE(talk.comes_as("bob", ManualCaller::client, {}) == Words{"enter bob"});
    (void)talk.events();
    CHECK(talk.leaves("bob", how) == Words{});
    CHECK(talk.leaves("ann", how) == Words{});
    const std::string how_told(word(reason));
    CHECK(talk.events() ==
          Words{"bob gone, " + how_told, "ann gone, " + how_told, "room_closed 1"});
    CHECK(talk.said(reason) == 2);
    CHECK(talk.passes(1min) == Words{});
    CHECK(talk.lobby.use() == Use{});
}

TEST_CASE("what is still to be said comes before the end, and the others are told")
{
    Script talk;
    REQUIRE(talk.comes("ann", named("ann")) == Words{"enter ann"});
    REQUIRE(talk.comes("bob", named("bob")) == Words{"enter bob"});
    REQUIRE(talk.says("ann", talk.member("ann").says(wire::Play{})) == Words{});
    REQUIRE(talk.member("ann").is_playing());
    // An INPUT for a frame that is not the next one.
    CHECK(talk.says("ann", talk.member("ann").plays(talk.member("ann").frame + 2)) ==
          Words{"close ann input_out_of_order"});
    CHECK(talk.is_here("bob"));
    CHECK(talk.lobby.use().members == 1);
}

TEST_CASE("members of a room play: what one says the others hear")
{
    Script talk;
    REQUIRE(talk.comes("ann", named("ann")) == Words{"enter ann"});
    REQUIRE(talk.says("ann", talk.member("ann").says(wire::Play{})) == Words{});
    const wire::Frame first = talk.member("ann").frame;
    REQUIRE(talk.comes("bob", named("bob")) == Words{"enter bob"});
    for (wire::Frame frame = first; frame < first + 5; ++frame) {
        REQUIRE(talk.says("ann", talk.member("ann").plays(frame)) == Words{});
        talk.now += 17ms;
    }
    CHECK(talk.member("bob").is_in_room());
    CHECK(talk.member("bob").states == 1);
    CHECK(talk.member("bob").inputs.size() >= 3);
}

TEST_CASE("a shutdown closes members, in rooms and on their way")
{
    Script talk;
    REQUIRE(talk.comes("ann") == Words{"enter ann"});
    REQUIRE(talk.comes("bob", named("bob", "Chess")) == Words{"enter bob"});
    REQUIRE(talk.comes_as("mute", ManualCaller::client, {}) == Words{"enter mute"});
    (void)talk.events();
    CHECK(talk.shuts_down() ==
          Words{"close mute shutdown", "close ann shutdown", "close bob shutdown"});
    CHECK(talk.said(CloseReason::shutdown) == 3);
    CHECK(talk.arrives("late") == Words{"close late shutdown"});
    CHECK(talk.lobby.use().members == 0);
    CHECK(talk.lobby.use().connections == 0);
}

TEST_CASE("there are limits to rooms, to those of one address, and to members")
{
    SECTION("rooms")
    {
        Script talk(quiet_policy_with([](Policy& policy) { policy.rooms.rooms = 1; }));
        CHECK(talk.comes("ann", named("ann")) == Words{"enter ann"});
        CHECK(talk.comes("bob", named("bob", "Chess")) ==
              Words{"enter bob", "close bob rooms_full"});
        CHECK(talk.comes("cat", named("cat")) == Words{"enter cat"});
    }
    SECTION("rooms of one address")
    {
        Script talk(quiet_policy_with([](Policy& policy) { policy.rooms.rooms_per_address = 1; }));
        REQUIRE(talk.arrives("ann", "192.0.2.1") == Words{});
        CHECK(talk.comes("ann", named("ann")) == Words{"enter ann"});
        REQUIRE(talk.arrives("bob", "192.0.2.1") == Words{});
        CHECK(talk.comes("bob", named("bob", "Chess")) ==
              Words{"enter bob", "close bob address_rooms_full"});
        REQUIRE(talk.arrives("cat", "192.0.2.2") == Words{});
        CHECK(talk.comes("cat", named("cat", "Chess")) == Words{"enter cat"});
    }
    SECTION("members of one room")
    {
        Script talk(quiet_policy_with([](Policy& policy) { policy.rooms.members = 2; }));
        CHECK(talk.comes("ann", named("ann")) == Words{"enter ann"});
        CHECK(talk.comes("bob", named("bob")) == Words{"enter bob"});
        CHECK(talk.comes("cat", named("cat")) == Words{"enter cat", "close cat room_full"});
        CHECK(talk.comes("dan", named("dan", "Chess")) == Words{"enter dan"});
    }
}

TEST_CASE("members count against the limits of connections")
{
    Script talk(quiet_policy_with([](Policy& policy) {
        policy.limits.connections = 3;
        policy.limits.connections_per_address = 1;
    }));
    REQUIRE(talk.arrives("ann", "192.0.2.1") == Words{});
    REQUIRE(talk.comes("ann", named("ann")) == Words{"enter ann"});
    CHECK(talk.arrives("bob", "192.0.2.1") == Words{"close bob address_connections_full"});
    REQUIRE(talk.comes("cat", named("cat")) == Words{"enter cat"});
    REQUIRE(talk.comes("dan", named("dan")) == Words{"enter dan"});
    CHECK(talk.arrives("eve") == Words{"close eve connections_full"});
    CHECK(address_count(talk) == 3);
}

TEST_CASE("a password of the rooms is asked for and looked at")
{
    Script talk(quiet_policy_with([](Policy& policy) { policy.rooms.password = "moon"; }));
    MemberTraits traits = named("ann");
    traits.password = "moon";
    CHECK(talk.comes("ann", traits) == Words{"enter ann"});
    CHECK(talk.member("ann").is_in_room());
    traits.password = "sun";
    CHECK(talk.comes("bob", traits) == Words{"enter bob", "close bob wrong_password"});
}

TEST_CASE("who has tried many passwords is told on arrival, and nobody else waits")
{
    Script talk(quiet_policy_with([](Policy& policy) { policy.rooms.password = "moon"; }));
    const auto tries = [&](const std::string& name, const char* password, const char* address) {
        (void)talk.arrives(name, address);
        MemberTraits traits = named(name);
        traits.password = password;
        return talk.comes(name, traits);
    };
    for (const char* name : {"1", "2", "3"})
        CHECK(
            tries(name, name, "192.0.2.66") ==
            Words{"enter " + std::string(name), "close " + std::string(name) + " wrong_password"});
    CHECK(tries("4", "4", "192.0.2.66") == Words{"enter 4"});
    CHECK(tries("also 4", "moon", "192.0.2.66") ==
          Words{"enter also 4", "close also 4 password_too_often, without a reply"});
    CHECK(talk.passes(1s) == Words{"close 4 wrong_password"});
    CHECK(tries("5", "5", "192.0.2.66") == Words{"enter 5"});
    CHECK(talk.passes(2s) == Words{"close 5 wrong_password"});
    CHECK(tries("6", "moon", "192.0.2.66") == Words{"close 6 password_too_often"});
    // It may ask what this is all the same, and host, and others come in.
    CHECK(talk.arrives("probe", "192.0.2.66") == Words{});
    CHECK(talk.comes_as("probe", ManualCaller::probe, {'P', 'O', 'K', 'E'}) ==
          Words{"enter probe", "close probe probe"});
    CHECK(tries("ann", "moon", "192.0.2.1") == Words{"enter ann"});
    CHECK(talk.member("ann").is_in_room());
    (void)talk.passes(4s);
    (void)tries("7", "moon", "192.0.2.66");
    CHECK(talk.member("7").is_in_room());
    CHECK(talk.said(CloseReason::password_too_often) == 2);
}

TEST_CASE("new settings of rooms hold for who comes next")
{
    Script talk;
    REQUIRE(talk.comes("ann", named("ann")) == Words{"enter ann"});
    Policy policy = talk.lobby.policy();
    policy.rooms.members = 1;
    (void)talk.reloads(policy);
    CHECK(talk.is_here("ann"));
    CHECK(talk.comes("bob", named("bob")) == Words{"enter bob", "close bob room_full"});
}
