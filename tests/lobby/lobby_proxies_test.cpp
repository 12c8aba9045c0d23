// Proxies that begin with a PROXY header: who comes through one is who it says.
#include "script.hpp"

#include "support/catch.hpp"
#include "support/party_game.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

Policy behind_proxies(std::uint32_t connections_per_address = 128)
{
    return quiet_policy_with([&](Policy& policy) {
        policy.trusted_proxies = {*wire::parse_network("192.0.2.0/24")};
        policy.proxy_protocol = true;
        policy.limits.connections_per_address = connections_per_address;
    });
}

Words is_introduced(Script& talk, const std::string& name, std::string_view client)
{
    if (!talk.is_here(name)) REQUIRE(talk.arrives(name, "192.0.2.1") == Words{});
    return talk.tells(Introduced{talk.id_of(name), wire::parse_endpoint(client)});
}

Words looks(Script& talk, const std::string& name) // as a health check does
{
    return talk.tells(Introduced{talk.id_of(name), std::nullopt});
}

Words hangs_up(Script& talk, const std::string& name, bool is_mute)
{
    return talk.tells(Left{talk.id_of(name), CloseReason::lost, is_mute});
}

} // namespace

TEST_CASE("a host and its guest come through a proxy and have their own addresses")
{
    Script talk(behind_proxies());
    REQUIRE(is_introduced(talk, "host", "198.51.100.7:5000") == Words{"host is 198.51.100.7"});
    REQUIRE(talk.asks("host") == Words{});
    REQUIRE(talk.passes(lost_guest_watch) == Words{"host <- RATS"});
    REQUIRE(is_introduced(talk, "guest", "[2001:db8::7]:5001") == Words{"guest is 2001:db8::7"});
    talk.waits("guest", "host");
    // What its host is told of it.
    CHECK(talk.queries("host", "guest") == Words{"host <- RATA guest 2001:db8::7"});
    REQUIRE(is_introduced(talk, "side", "198.51.100.7:5002") == Words{"side is 198.51.100.7"});
    CHECK(talk.accepts("side", "guest") == Words{"join guest side"});
    CHECK(wire::to_text(talk.look_at("host").host_peer) == "198.51.100.7:5000");
    CHECK(talk.lobby.use().addresses == 3); // the proxy's as well, for a moment
}

TEST_CASE("limits are the player's, and a proxy has none")
{
    Script talk(behind_proxies(1));
    REQUIRE(is_introduced(talk, "ann", "198.51.100.7:5000") == Words{"ann is 198.51.100.7"});
    REQUIRE(talk.arrives("bob", "192.0.2.1") == Words{});
    CHECK(is_introduced(talk, "bob", "198.51.100.7:5001") ==
          Words{"close bob address_connections_full"});
    CHECK(talk.said(CloseReason::address_connections_full) == 1);
    CHECK(is_introduced(talk, "carl", "198.51.100.8:5000") == Words{"carl is 198.51.100.8"});
    // One proxy behind the other.
    CHECK(is_introduced(talk, "dan", "192.0.2.2:5000") == Words{"dan is 192.0.2.2"});
    CHECK(is_introduced(talk, "eve", "192.0.2.2:5001") == Words{"eve is 192.0.2.2"});
}

TEST_CASE("who is refused behind a proxy is told as who it is")
{
    Script talk(behind_proxies(1));
    REQUIRE(is_introduced(talk, "ann", "198.51.100.7:5000").size() == 1);
    REQUIRE(talk.arrives("bob", "192.0.2.1") == Words{});
    Output output;
    talk.lobby.handle(Introduced{talk.id_of("bob"), wire::parse_endpoint("198.51.100.7:5001")},
                      talk.now, output);
    REQUIRE(output.events.size() == 1);
    const auto* away = std::get_if<TurnedAway>(output.events.data());
    REQUIRE(away != nullptr);
    CHECK(wire::to_text(away->peer) == "198.51.100.7:5001");
}

TEST_CASE("a ban meets the player and nobody else")
{
    Script talk(behind_proxies());
    for (const auto* name : {"ann", "bob"})
        REQUIRE(is_introduced(talk, name, *name == 'a' ? "198.51.100.7:5000" : "198.51.100.8:5000")
                    .size() == 1);
    Ban ban;
    ban.network = *wire::parse_network("198.51.100.7");
    CHECK(talk.tells(SetBan{ban}) == Words{"close ann banned_address"});
    CHECK(is_introduced(talk, "carl", "198.51.100.7:5001") == Words{"close carl banned_address"});
    CHECK(is_introduced(talk, "dan", "198.51.100.8:5001") == Words{"dan is 198.51.100.8"});
    ban.network = *wire::parse_network("192.0.2.1");
    CHECK(talk.tells(SetBan{ban}) == Words{});
    CHECK(talk.arrives("eve", "192.0.2.1") == Words{"close eve banned_address"});
}

TEST_CASE("a proxy that looks whether the relay is there is not counted")
{
    Script talk(behind_proxies());
    REQUIRE(talk.arrives("plain", "192.0.2.1") == Words{});
    CHECK(hangs_up(talk, "plain", true) == Words{});
    REQUIRE(talk.arrives("local", "192.0.2.1") == Words{});
    CHECK(looks(talk, "local") == Words{});
    CHECK(hangs_up(talk, "local", true) == Words{});
    CHECK(talk.said(CloseReason::left_early) == 0);
    CHECK(talk.lobby.use().connections == 0);
    // But a player is, and so is who begins to say something.
    REQUIRE(is_introduced(talk, "ann", "198.51.100.7:5000").size() == 1);
    CHECK(hangs_up(talk, "ann", true) == Words{});
    REQUIRE(talk.arrives("half", "192.0.2.1") == Words{});
    CHECK(hangs_up(talk, "half", false) == Words{});
    CHECK(talk.said(CloseReason::left_early) == 2);
    REQUIRE(talk.arrives("slow", "192.0.2.1") == Words{});
    CHECK(talk.passes(Policy().limits.greeting) == Words{"close slow greeting_timeout"});
}

TEST_CASE("a proxy without PROXY headers may look as well")
{
    Policy policy = behind_proxies();
    policy.proxy_protocol = false;
    Script talk(policy);
    REQUIRE(talk.arrives("plain", "192.0.2.1") == Words{});
    CHECK(hangs_up(talk, "plain", true) == Words{});
    CHECK(talk.said(CloseReason::left_early) == 0);
    REQUIRE(talk.arrives("stranger") == Words{});
    CHECK(hangs_up(talk, "stranger", true) == Words{});
    CHECK(talk.said(CloseReason::left_early) == 1);
}

TEST_CASE("X-Forwarded-For counts when the PROXY header names a proxy that is trusted")
{
    Script talk(behind_proxies());
    const auto enters = [&](const std::string& name, std::string_view client) {
        REQUIRE(is_introduced(talk, name, client).size() == 1);
        REQUIRE(talk.tells(Greeted{talk.id_of(name), wire::WebRequest{}, true}) ==
                Words{"enter party " + name});
        return talk.says(name, tests::PartyGame::hosts("X-Forwarded-For: 203.0.113.9\r\n"));
    };
    CHECK(enters("ann", "192.0.2.2:5000") == Words{"ann is 203.0.113.9"});
    CHECK(enters("liar", "198.51.100.7:5000") == Words{});
    CHECK(talk.address_of("liar") == "198.51.100.7");
}
