// Those who come with a WebSocket: into a party, out of it, and what the operator has to say.
#include "script.hpp"

#include "support/catch.hpp"
#include "support/party_game.hpp"

#include <map>

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

using tests::PartyGame;

bool says(const std::vector<std::string>& all, std::string_view part)
{
    return std::ranges::any_of(
        all, [&](const std::string& one) { return one.find(part) != std::string::npos; });
}

// A lobby with games that are called by names, and what each of them has heard.
struct Parties
{
    Script talk;
    std::map<std::string, PartyGame> games;

    explicit Parties(Policy policy = quiet_policy()) : talk(std::move(policy)) {}

    std::vector<std::string> heard(const std::string& name)
    {
        std::vector<std::string> said = games[name].hears(talk.heard_by(name));
        talk.forget_heard(name);
        return said;
    }

    Words comes(const std::string& name, const PartyGame::Bytes& first,
                std::string_view address = {})
    {
        REQUIRE(talk.requests_web(name, address) == Words{"enter party " + name});
        return talk.says(name, first);
    }

    // Its code.
    std::string hosts(const std::string& name)
    {
        REQUIRE(comes(name, PartyGame::hosts()) == Words{});
        const std::vector<std::string> said = heard(name);
        REQUIRE(said.size() == 1);
        return PartyGame::value(said.front(), "code");
    }

    // Its token.
    std::string joins(const std::string& name, const std::string& code, int id,
                      std::string_view address = {})
    {
        REQUIRE(comes(name, PartyGame::joins(code, id), address) == Words{});
        return PartyGame::value(heard(name).at(0), "token");
    }

    // Why it was refused; it has been closed when this returns.
    std::string refusal_of(const std::string& name, const PartyGame::Bytes& first,
                           std::string_view address = {})
    {
        REQUIRE(comes(name, first, address) == Words{});
        const std::vector<std::string> said = heard(name);
        REQUIRE(said.size() == 1);
        const std::string reason = PartyGame::value(said.front(), "close");
        CHECK(talk.passes(party::hang_up_limit) ==
              Words{"close " + name + " " + reason + ", which hangs up first"});
        return reason;
    }
};

} // namespace

TEST_CASE("a host opens a party, and who has its code comes into it")
{
    Parties all;
    const std::string code = all.hosts("host");
    CHECK(code.size() == 9);
    CHECK(all.talk.events() == Words{"party_opened 1 host"});
    (void)all.joins("guest", code, 7);
    CHECK(all.talk.events() == Words{"peer_joined 7 guest"});
    CHECK(says(all.heard("host"), R"({"joined":7})"));
    CHECK(all.talk.says("guest", PartyGame::packet(1, "hello")) == Words{});
    CHECK(says(all.heard("host"), "7: hello"));

    const Use use = all.talk.lobby.use();
    CHECK(use.parties == 1);
    CHECK(use.peers == 2);
    CHECK(use.entering_peers == 0);
    CHECK(all.talk.lobby.totals().parties == 1);
    CHECK(all.talk.lobby.totals().peers == 2);
    CHECK(all.talk.lobby.party_counts().packets_passed == 1);
    const auto seen = all.talk.lobby.look_at_parties();
    REQUIRE(seen.size() == 1);
    REQUIRE(seen.front().peers.size() == 2);
    CHECK(wire::to_text(seen.front().peers[1].endpoint->address) == all.talk.address_of("guest"));
}

TEST_CASE("who leaves says so, and may be hung up on at once")
{
    Parties all;
    const std::string code = all.hosts("host");
    (void)all.joins("guest", code, 7);
    (void)all.talk.events();
    CHECK(all.talk.says("guest", PartyGame::frame(websocket::Kind::close, "")) ==
          Words{"close guest peer_left"});
    CHECK(all.talk.events() == Words{"guest gone, peer_left", "peer_left 7 guest, as peer_left"});
    CHECK(says(all.heard("host"), R"({"left":7)"));
    CHECK(all.talk.leaves("host") == Words{});
    CHECK(all.talk.said(CloseReason::peer_absent) == 1); // it has not said that it goes
    CHECK(all.talk.passes(10s) == Words{});
    CHECK(all.talk.said(CloseReason::peer_lost) == 1);
    CHECK(all.talk.lobby.use().parties == 0);
}

TEST_CASE("a place is held, and its game goes on by another connection")
{
    Parties all;
    const std::string code = all.hosts("host");
    const std::string token = all.joins("guest", code, 7);
    CHECK(all.talk.leaves("guest", CloseReason::lost) == Words{});
    CHECK(all.talk.lobby.use().absent_peers == 1);
    CHECK(says(all.heard("host"), R"({"absent":7})"));
    CHECK(all.talk.says("host", PartyGame::packet(7, "meanwhile")) == Words{});
    CHECK(all.comes("again", PartyGame::returns(token, 0)) == Words{});
    CHECK(says(all.heard("again"), "1: meanwhile"));
    CHECK(all.talk.lobby.use().absent_peers == 0);
    CHECK(all.talk.lobby.use().peers == 2);
    // The old one is gone for it even while it looks alive.
    CHECK(all.comes("third", PartyGame::returns(token, 0)) == Words{"close again returned"});
}

TEST_CASE("web browsers are told what this is, and others that they are wrong here")
{
    Parties all;
    const std::string page(PartyGame::plain_request);
    CHECK(all.comes("browser", {page.begin(), page.end()}) == Words{"close browser no_websocket"});
    CHECK(all.heard("browser").empty());
    CHECK(all.games["browser"].answer().starts_with("HTTP/1.1 426"));
    CHECK(all.talk.events() == Words{"browser gone, no_websocket"});
    std::string other = PartyGame::head();
    other.replace(other.find("godot.1"), 7, "godot.9");
    CHECK(all.comes("odd", {other.begin(), other.end()}) == Words{"close odd bad_request"});
}

TEST_CASE("whoever says nothing whole is not waited for")
{
    Parties all;
    REQUIRE(all.talk.requests_web("mute") == Words{"enter party mute"});
    CHECK(all.talk.lobby.use().entering_peers == 1);
    CHECK(all.talk.passes(10s) == Words{"close mute entrance_timeout, which hangs up first"});
    REQUIRE(all.talk.requests_web("hasty") == Words{"enter party hasty"});
    CHECK(all.talk.leaves("hasty") == Words{});
    CHECK(all.talk.said(CloseReason::left_early) == 1);
}

TEST_CASE("the lists of who may host and who may join hold for games")
{
    Parties all(quiet_policy_with([](Policy& policy) {
        policy.host.deny = {*wire::parse_network("192.0.2.1")};
        policy.join.deny = {*wire::parse_network("192.0.2.2")};
    }));
    CHECK(all.refusal_of("one", PartyGame::hosts(), "192.0.2.1") == "host_denied");
    const std::string code = all.hosts("host");
    CHECK(all.refusal_of("two", PartyGame::joins(code, 2), "192.0.2.2") == "join_denied");
    (void)all.joins("three", code, 3, "192.0.2.1");
}

TEST_CASE("no new parties while draining, or while the operator allows none")
{
    Parties all;
    const std::string code = all.hosts("host");
    CHECK(all.talk.tells(Drain{}) == Words{});
    CHECK(all.refusal_of("late", PartyGame::hosts()) == "draining");
    (void)all.joins("guest", code, 7); // who may still come
    CHECK_FALSE(all.talk.lobby.is_drained());
    CHECK(all.talk.tells(Undrain{}) == Words{});
    CHECK(all.talk.tells(TakeNew{false}) == Words{});
    CHECK(all.refusal_of("later", PartyGame::hosts()) == "closed_to_new");
    CHECK(all.talk.tells(TakeNew{true}) == Words{});
    (void)all.hosts("other");
    CHECK(all.talk.tells(Drain{}) == Words{});
    for (const std::string name : {"guest", "host", "other"})
        (void)all.talk.says(name, PartyGame::frame(websocket::Kind::close, ""));
    CHECK(all.talk.lobby.is_drained());
}

TEST_CASE("the operator ends a party, and sends a peer away, absent or not")
{
    Parties all;
    const std::string code = all.hosts("host");
    (void)all.joins("guest", code, 7);
    (void)all.joins("other", code, 8);
    const std::uint64_t party = all.talk.lobby.parties().at(0);
    CHECK(all.talk.tells(SendAway{all.talk.id_of("guest")}) == Words{});
    CHECK(all.talk.outcome.met == 1);
    CHECK(says(all.heard("guest"), "sent_away"));
    CHECK(all.talk.leaves("guest") == Words{}); // hangs up as it is to
    CHECK(all.talk.said(CloseReason::sent_away) == 1);

    CHECK(all.talk.leaves("other", CloseReason::lost) == Words{});
    CHECK(all.talk.tells(SendPeerAway{party, 8}) == Words{});
    CHECK(all.talk.outcome.met == 1);
    CHECK(all.talk.tells(SendPeerAway{party, 9}) == Words{});
    CHECK(all.talk.outcome.met == 0);

    CHECK(all.talk.tells(EndParty{party}) == Words{});
    CHECK(all.talk.outcome.met == 1);
    CHECK(says(all.heard("host"), "ended_by_operator"));
    CHECK(all.talk.passes(party::farewell_limit) ==
          Words{"close host ended_by_operator, which hangs up first"});
    CHECK(all.talk.tells(EndParty{party}) == Words{});
    CHECK(all.talk.outcome.met == 0);
}

TEST_CASE("who is banned goes, whatever it is on the way to")
{
    Parties all;
    const std::string code = all.hosts("host");
    (void)all.joins("guest", code, 7, "192.0.2.7");
    REQUIRE(all.talk.requests_web("entering", "192.0.2.7") == Words{"enter party entering"});
    CHECK(all.talk.tells(SetBan{{*wire::parse_network("192.0.2.0/24"), {}, {}, {}, {}}}) ==
          Words{"close entering banned_address, which hangs up first"});
    CHECK(all.talk.outcome.gone == 2);
    CHECK(says(all.heard("guest"), "banned_address"));
}

TEST_CASE("another policy sends away whom its lists deny, and tells what stays")
{
    Parties all;
    const std::string code = all.hosts("host");
    (void)all.joins("guest", code, 7, "192.0.2.7");
    (void)all.talk.events();
    Policy policy = quiet_policy();
    policy.join.deny = {*wire::parse_network("192.0.2.7")};
    policy.parties.parties = 0;
    CHECK(all.talk.reloads(policy) == Words{});
    CHECK(says(all.talk.events(), "reloaded, parties.parties 1, without 1 peers"));
    CHECK(says(all.heard("guest"), "join_denied"));
    REQUIRE(all.talk.leaves("guest") == Words{});
    REQUIRE(all.talk.requests_web("late") == Words{"enter party late"});
    CHECK(all.talk.says("late", PartyGame::hosts()) == Words{"close late parties_off"});
}

TEST_CASE("everything ends at once when the process does, and all are told")
{
    Parties all;
    const std::string code = all.hosts("host");
    (void)all.joins("guest", code, 7);
    CHECK(all.talk.shuts_down() == Words{"close host shutdown, which hangs up first",
                                         "close guest shutdown, which hangs up first"});
    CHECK(says(all.heard("guest"), R"("close":"shutdown")"));
    CHECK(all.talk.said(CloseReason::shutdown) == 2);
}

TEST_CASE("a proxy that is trusted tells whose a WebSocket is, and is not limited itself")
{
    Parties all(quiet_policy_with([](Policy& policy) {
        policy.trusted_proxies = {*wire::parse_network("192.0.2.0/24")};
        policy.limits.connections_per_address = 1;
    }));
    REQUIRE(all.talk.requests_web("ann", "192.0.2.1") == Words{"enter party ann"});
    REQUIRE(all.talk.requests_web("bob", "192.0.2.1") == Words{"enter party bob"});
    REQUIRE(all.talk.requests_web("cat", "192.0.2.1") == Words{"enter party cat"});
    CHECK(
        all.talk.says("ann", PartyGame::hosts("X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n")) ==
        Words{"ann is 198.51.100.7"});
    CHECK(all.talk.says("bob", PartyGame::hosts("X-Forwarded-For: 2001:db8::1\r\n"
                                                "X-Forwarded-For: 192.0.2.2\r\n")) ==
          Words{"bob is 2001:db8::1"});
    // One is all that this address may have.
    CHECK(all.talk.says("cat", PartyGame::hosts("X-Forwarded-For: 198.51.100.7:4000\r\n")) ==
          Words{});
    CHECK(says(all.heard("cat"), "address_connections_full"));
    // Who is no proxy is what it is.
    REQUIRE(all.talk.requests_web("liar", "198.51.100.99") == Words{"enter party liar"});
    CHECK(all.talk.says("liar", PartyGame::hosts("X-Forwarded-For: 203.0.113.9\r\n")) == Words{});
    CHECK(all.talk.address_of("liar") == "198.51.100.99");
}

TEST_CASE("an address that is refused when a proxy tells it leaves no record for ever")
{
    Parties all(quiet_policy_with([](Policy& policy) {
        policy.trusted_proxies = {*wire::parse_network("192.0.2.0/24")};
        policy.limits.new_connections_per_second_per_address = 0;
    }));
    REQUIRE(all.talk.requests_web("ann", "192.0.2.1") == Words{"enter party ann"});
    CHECK(all.talk.says("ann", PartyGame::hosts("X-Forwarded-For: 203.0.113.9\r\n")) == Words{});
    CHECK(says(all.heard("ann"), "arriving_too_fast"));
    for (int times = 0; times < 4; ++times)
        (void)all.talk.passes(6s);
    CHECK(all.talk.lobby.use().addresses == 0);
}
