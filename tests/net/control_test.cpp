// What the operator wants, on real sockets: done when the function returns, at whichever worker it
// is.
#include "crowd.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

// Everybody here comes from there.
const wire::Network everybody = wire::parse_network("10.0.0.0/8").value();

// One worker in the test's loop, or three in threads: an order is for the host's, and the host came
// to the last of them.
struct Ordered : Crowd
{
    Ordered() : Crowd(GENERATE(std::uint16_t{1}, std::uint16_t{3})) {}
    [[nodiscard]] std::uint16_t last() const
    {
        return static_cast<std::uint16_t>(workers.count() - 1);
    }
};

} // namespace

TEST_CASE("a session is ended, and its host hears the end")
{
    Ordered relay;
    const CrowdHost host(relay, relay.last());
    CHECK(relay.workers.end_session(host.session));
    CHECK_FALSE(relay.workers.end_session(host.session));
    CHECK(relay.use().sessions == 0);
    CHECK(relay.hear_end(host.control).empty());
    CHECK(relay.said(wire::CloseReason::ended_by_operator) == 1);
}

TEST_CASE("one that is sent away is known by its id and its address until then")
{
    Ordered relay;
    const CrowdHost host(relay, relay.last());
    const auto key = relay.workers.find(
        [&](net::Engine& engine) { return engine.lobby().session_of(host.session); });
    REQUIRE(key);
    const lobby::ConnectionId id = relay.workers.hold(relay.last())->lobby().look_at(*key)->host;
    REQUIRE(relay.workers.peer_of(id));
    CHECK(everybody.contains(relay.workers.peer_of(id)->address));
    CHECK(relay.workers.send_away(id));
    CHECK_FALSE(relay.workers.send_away(id));
    CHECK_FALSE(relay.workers.end_link(id));
    CHECK_FALSE(relay.workers.end_room(1));
    CHECK(relay.workers.say(std::nullopt, "nobody hears it").told == 0);
    CHECK(relay.said(wire::CloseReason::sent_away) == 1);
}

TEST_CASE("a ban is told of, and who is banned hears DENY")
{
    Ordered relay;
    const CrowdHost host(relay, relay.last());
    std::size_t changes = 0;
    relay.workers.when_bans_change([&] { ++changes; });
    CHECK(relay.workers.can_ban(everybody));
    CHECK(relay.workers.ban({everybody, {}, "all of them", "a test", {}}) == 1);
    CHECK(relay.workers.bans().size() == 1);
    CHECK(changes == 1);
    const net::UniqueFd late = relay.arrive(0);
    CHECK(relay.hear_end(late).starts_with("DENY"));
    CHECK(relay.said(wire::CloseReason::banned_address) == 2);
    CHECK(relay.workers.lift_ban(everybody));
    CHECK_FALSE(relay.workers.lift_ban(everybody));
    CHECK(changes == 2);
    CHECK(relay.workers.ban({everybody, relay.workers.now(), "", "", {}}) == 0); // over already
    CHECK(changes == 2);
    const CrowdHost again(relay, relay.last());
}

TEST_CASE("nothing new for a while, and draining that is thought better of")
{
    Ordered relay;
    bool drained = false;
    relay.workers.take_new(false);
    CHECK_FALSE(relay.workers.takes_new());
    net::UniqueFd late = relay.arrive(0);
    write_all(late, std::string("RATS") + std::string(12, '\0'));
    CHECK(relay.hear_end(late).starts_with("FULL"));
    relay.workers.take_new(true);
    {
        const CrowdHost host(relay, relay.last());
        relay.workers.begin_draining([&] { drained = true; });
        relay.workers.stop_draining();
        CHECK(relay.workers.end_session(host.session));
    }
    const CrowdHost host(relay, relay.last());
    CHECK_FALSE(drained);
}

TEST_CASE("an id is promised and taken back")
{
    Ordered relay;
    const auto id = relay.workers.reserve({{}, {everybody}, {}});
    REQUIRE(id);
    CHECK_FALSE(relay.workers.reserve({{}, {}, {}}));
    const CrowdHost host(relay, relay.last());
    CHECK(host.session == *id);
    CHECK(relay.workers.reservations().size() == 1);
    CHECK(relay.workers.lift_reservation(*id));
    CHECK_FALSE(relay.workers.lift_reservation(*id));
}
