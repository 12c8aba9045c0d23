// What the lobby looks like from outside.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

TEST_CASE("use counts who is there, and as what")
{
    Script talk;
    CHECK(talk.lobby.use() == Use{});
    REQUIRE(talk.arrives("silent", "192.0.2.1") == Words{});
    CHECK(talk.lobby.use() == Use{1, 1, 0, 0, 0, 0, 0, 0, 1});
    REQUIRE(talk.asks("host") == Words{});
    CHECK(talk.lobby.use() == Use{2, 2, 0, 0, 0, 0, 0, 0, 2});
    REQUIRE(talk.passes(lost_guest_watch) == Words{"host <- RATS"});
    CHECK(talk.lobby.use() == Use{2, 1, 1, 0, 0, 0, 0, 0, 2});
    REQUIRE(talk.arrives("guest", "192.0.2.1") == Words{});
    talk.waits("guest", "host");
    CHECK(talk.lobby.use() == Use{3, 1, 1, 1, 0, 0, 0, 0, 2});
    REQUIRE(talk.arrives("side", "192.0.2.1") == Words{});
    REQUIRE(talk.accepts("side", "guest") == Words{"join guest side"});
    CHECK(talk.lobby.use() == Use{4, 1, 1, 0, 1, 0, 0, 0, 2});
    REQUIRE(talk.leaves("host") == Words{});
    CHECK(talk.lobby.use() == Use{3, 1, 0, 0, 1, 0, 0, 0, 2});
    REQUIRE(talk.leaves("side") == Words{});
    REQUIRE(talk.leaves("silent") == Words{});
    CHECK(talk.lobby.use() == Use{0, 0, 0, 0, 0, 0, 0, 0, 2});
    REQUIRE(talk.passes(1min) == Words{});
    CHECK(talk.lobby.use() == Use{});
}

TEST_CASE("totals count everything since the start")
{
    Script talk;
    talk.hosts("host");
    talk.links("guest", "host");
    talk.waits("waiting", "host");
    REQUIRE(talk.is_refused("scanner", wire::Refusal::http_greeting).size() == 1);
    REQUIRE(talk.leaves("guest") == Words{});
    REQUIRE(talk.leaves("host") == Words{"close waiting session_ended"});
    const Totals& totals = talk.lobby.totals();
    CHECK(totals.connections == 5);
    CHECK(totals.sessions == 1);
    CHECK(totals.joins == 2);
    CHECK(totals.links == 1);
    std::uint64_t close_reasons = 0;
    for (const std::uint64_t count : totals.close_reasons)
        close_reasons += count;
    CHECK(close_reasons == 4); // scanner, link, session, waiting
}

TEST_CASE("a session can be looked at")
{
    Script talk;
    talk.hosts("host", "192.0.2.1");
    const Instant opened = talk.now;
    REQUIRE(talk.passes(1min) == Words{});
    REQUIRE(talk.arrives("guest", "2001:db8::1") == Words{});
    talk.links("guest", "host");
    const Instant linked = talk.now;
    talk.waits("waiting", "host");
    talk.waits("gone", "host");
    REQUIRE(talk.leaves("gone") == Words{});
    REQUIRE(talk.passes(1s) == Words{});

    const SessionSnapshot session = talk.look_at("host");
    CHECK(session.id == talk.session_of("host"));
    CHECK(session.host_peer.address == *wire::parse_address("192.0.2.1"));
    CHECK(session.since == opened);
    CHECK_FALSE(session.reserved);
    CHECK_FALSE(session.host_gone);
    CHECK(session.seats == 1);
    CHECK(session.waiting_joins == 1);
    CHECK_FALSE(session.ping.has_value());
    CHECK_FALSE(session.unanswered.has_value());
    REQUIRE(session.links.size() == 1);
    CHECK(session.links[0].guest == talk.id_of("guest"));
    CHECK(session.links[0].host_side == talk.id_of("guest-side"));
    CHECK(to_text(session.links[0].guest_peer.address) == "2001:db8::1");
    CHECK(to_text(session.links[0].host_peer.address) == talk.address_of("guest-side"));
    CHECK(session.links[0].since == linked);
}

TEST_CASE("sessions are listed by age, and are gone with their last link")
{
    Script talk;
    talk.hosts("old");
    talk.hosts("young");
    const auto keys = talk.lobby.session_keys();
    REQUIRE(keys.size() == 2);
    CHECK(talk.lobby.look_at(keys[0])->host == talk.id_of("old"));
    CHECK(talk.lobby.look_at(keys[1])->host == talk.id_of("young"));
    talk.links("guest", "old");
    REQUIRE(talk.leaves("old") == Words{});
    CHECK(talk.lobby.look_at(keys[0])->host_gone);
    CHECK(talk.lobby.session_keys() == keys);
    CHECK(talk.lobby.session_after({}) == keys.front());
    CHECK(talk.lobby.session_after(keys.front()) == keys[1]);
    CHECK_FALSE(talk.lobby.session_after(keys.back()));
    REQUIRE(talk.leaves("guest") == Words{});
    CHECK_FALSE(talk.lobby.look_at(keys[0]).has_value());
    CHECK(talk.lobby.session_keys() == std::vector{keys[1]});
}
