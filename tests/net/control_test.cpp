// What the operator wants, on real sockets: done when the engine's function returns.
#include "fixture.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

// Everybody here comes from there.
const wire::Network everybody = wire::parse_network("10.0.0.0/8").value();

struct Host
{
    net::UniqueFd control;
    wire::SessionId session;

    explicit Host(Fixture& fixture) : control(fixture.arrive())
    {
        write_all(control, std::string("RATS") + std::string(12, '\0'));
        const std::string id = fixture.hear(control, 16).substr(4);
        std::ranges::copy(id, session.bytes.begin());
    }
};

} // namespace

TEST_CASE("a session is ended, and its host hears the end")
{
    Fixture fixture;
    const Host host(fixture);
    CHECK(fixture.engine.end_session(host.session));
    CHECK_FALSE(fixture.engine.end_session(host.session));
    CHECK(fixture.engine.lobby().use().sessions == 0);
    std::string heard;
    CHECK(fixture.end_of(host.control, heard) == net::IoState::finished);
    CHECK(heard.empty());
    CHECK(fixture.said(wire::CloseReason::ended_by_operator) == 1);
}

TEST_CASE("one that is sent away is known by its id and its address until then")
{
    Fixture fixture;
    const Host host(fixture);
    const auto keys = fixture.engine.lobby().session_keys();
    const lobby::ConnectionId id = fixture.engine.lobby().look_at(keys.at(0))->host;
    REQUIRE(fixture.engine.peer_of(id));
    CHECK(everybody.contains(fixture.engine.peer_of(id)->address));
    CHECK(fixture.engine.send_away(id));
    CHECK_FALSE(fixture.engine.send_away(id));
    CHECK_FALSE(fixture.engine.end_link(id));
    CHECK_FALSE(fixture.engine.end_room(1));
    CHECK(fixture.engine.say(std::nullopt, "nobody hears it").told == 0);
    CHECK(fixture.said(wire::CloseReason::sent_away) == 1);
}

TEST_CASE("a ban is told of, and who is banned hears DENY")
{
    Fixture fixture;
    const Host host(fixture);
    std::size_t changes = 0;
    fixture.engine.when_bans_change([&] { ++changes; });
    CHECK(fixture.engine.can_ban(everybody));
    CHECK(fixture.engine.ban({everybody, {}, "all of them", "a test", {}}) == 1);
    CHECK(fixture.engine.bans().size() == 1);
    CHECK(changes == 1);
    const net::UniqueFd late = fixture.arrive();
    std::string heard;
    CHECK(fixture.end_of(late, heard) == net::IoState::finished);
    CHECK(heard.starts_with("DENY"));
    CHECK(fixture.said(wire::CloseReason::banned_address) == 2);
    CHECK(fixture.engine.lift_ban(everybody));
    CHECK_FALSE(fixture.engine.lift_ban(everybody));
    CHECK(changes == 2);
    CHECK(fixture.engine.ban({everybody, fixture.engine.now(), "", "", {}}) == 0); // over already
    CHECK(changes == 2);
    const Host again(fixture);
}

TEST_CASE("nothing new for a while, and draining that is thought better of")
{
    Fixture fixture;
    bool drained = false;
    fixture.engine.take_new(false);
    CHECK_FALSE(fixture.engine.takes_new());
    net::UniqueFd late = fixture.arrive();
    write_all(late, std::string("RATS") + std::string(12, '\0'));
    std::string heard;
    CHECK(fixture.end_of(late, heard) == net::IoState::finished);
    CHECK(heard.starts_with("FULL"));
    fixture.engine.take_new(true);
    {
        const Host host(fixture);
        fixture.engine.begin_draining([&] { drained = true; });
        fixture.engine.stop_draining();
        CHECK(fixture.engine.end_session(host.session));
    }
    const Host host(fixture);
    CHECK_FALSE(drained);
}

TEST_CASE("an id is promised and taken back")
{
    Fixture fixture;
    const auto id = fixture.engine.reserve({{}, {everybody}, {}});
    REQUIRE(id);
    CHECK_FALSE(fixture.engine.reserve({{}, {}, {}}));
    const Host host(fixture);
    CHECK(host.session == *id);
    CHECK(fixture.engine.reservations().size() == 1);
    CHECK(fixture.engine.lift_reservation(*id));
    CHECK_FALSE(fixture.engine.lift_reservation(*id));
}
