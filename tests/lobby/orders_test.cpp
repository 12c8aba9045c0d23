// What the operator says, and what holds from then on: bans, nothing new, promised ids.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

using tests::named;

wire::Network network(const char* text) { return wire::parse_network(text).value(); }

SetBan ban(const char* of, std::optional<Instant> until = {})
{
    return {{network(of), until, "rude", "uid 0", {}}};
}

Reserve promise(const char* to, const wire::SessionId& id = club, std::optional<Instant> until = {})
{
    return {{id, {network(to)}, until}};
}

} // namespace

TEST_CASE("who is banned is refused on arrival, and told so")
{
    Script talk;
    CHECK(talk.tells(ban("192.0.2.0/24")) == Words{});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.outcome.gone == 0);
    CHECK(talk.arrives("ann", "192.0.2.9") == Words{"close ann banned_address"});
    CHECK(talk.events() == Words{"ann turned away, banned_address"});
    CHECK(talk.arrives("bob", "192.0.3.9") == Words{});
    CHECK(talk.lobby.use().addresses == 1); // nothing is remembered of who is banned
    REQUIRE(talk.lobby.bans().size() == 1);
    CHECK(talk.lobby.bans()[0].reason == "rude");
    CHECK(talk.lobby.bans()[0].since == talk.now);
    CHECK(talk.tells(LiftBan{network("192.0.2.9")}) == Words{});
    CHECK(talk.outcome.met == 0);
    talk.tells(LiftBan{network("192.0.2.0/24")});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.arrives("ann", "192.0.2.9") == Words{});
}

TEST_CASE("who is banned is out at once, whatever it was doing")
{
    Script talk;
    const char* bad = "203.0.113.7";
    talk.hosts("bad host", bad);
    talk.links("guest", "bad host");
    talk.waits("waiting", "bad host");
    talk.hosts("host");
    REQUIRE(talk.arrives("bad guest", bad) == Words{});
    talk.links("bad guest", "host");
    REQUIRE(talk.arrives("bad waiting", bad) == Words{});
    talk.waits("bad waiting", "host");
    talk.links_from(bad, "pal", "host");
    talk.comes("ann", named("ann"));
    REQUIRE(talk.arrives("bad member", bad) == Words{});
    talk.comes("bad member", named("bad"));
    REQUIRE(talk.arrives("bad entering", bad) == Words{});
    talk.comes_as("bad entering", wire::ManualCaller::client, {});
    REQUIRE(talk.arrives("bad asking", bad) == Words{});
    REQUIRE(talk.asks("bad asking") == Words{});
    REQUIRE(talk.arrives("bad newcomer", bad) == Words{});
    CHECK(talk.tells(ban("203.0.113.0/24")) ==
          Words{"close bad host banned_address, without a reply", "close waiting session_ended",
                "close link bad guest banned_address", "close link pal banned_address",
                "close bad waiting banned_address",
                "close bad member banned_address, without a reply",
                "close bad entering banned_address, without a reply",
                "close bad asking banned_address", "close bad newcomer banned_address"});
    CHECK(talk.outcome.gone == 8);
    CHECK(talk.is_here("host"));
    CHECK(talk.is_here("guest")); // the host has other ends of it, from where it likes
    CHECK(talk.is_here("ann"));
}

TEST_CASE("a ban ends by itself")
{
    Script talk;
    talk.tells(ban("192.0.2.1", talk.now + 60s));
    CHECK(talk.lobby.next_deadline() == talk.now + 60s);
    CHECK(talk.arrives("ann", "192.0.2.1") == Words{"close ann banned_address"});
    talk.passes(60s);
    CHECK(talk.lobby.ban_count() == 0);
    CHECK(talk.arrives("ann", "192.0.2.1") == Words{});
    talk.tells(ban("192.0.2.1", talk.now));
    CHECK(talk.outcome.met == 0);
    CHECK(talk.lobby.ban_count() == 0);
    CHECK(talk.is_here("ann"));
}

TEST_CASE("a ban for longer than anybody thinks of is for good, and words have an end")
{
    Script talk;
    SetBan wanted = ban("192.0.2.1", talk.now + std::chrono::hours(24 * 365 * 200));
    wanted.ban.reason.assign(10000, 'x');
    talk.tells(wanted);
    CHECK_FALSE(talk.lobby.bans()[0].until.has_value());
    CHECK(talk.lobby.bans()[0].reason.size() == order_text_max);
    Script other;
    Output output;
    CHECK_FALSE(other.lobby.adopt_memory(talk.lobby.write_memory(), other.now, {}, output));
}

TEST_CASE("what is closed to new takes no session, room or port, and goes on as it is")
{
    Policy policy = quiet_policy();
    policy.legacy_ports.range = {5000, 5009};
    Script talk(policy);
    talk.hosts("host");
    talk.comes("ann", named("ann"));
    CHECK(talk.lobby.takes_new());
    CHECK(talk.tells(TakeNew{false}) == Words{});
    CHECK(talk.outcome.met == 1);
    CHECK_FALSE(talk.lobby.takes_new());
    CHECK(talk.asks("late") == Words{"close late closed_to_new"});
    CHECK(talk.joins("guest", "host") == Words{"host <- RATL guest"});
    CHECK(talk.comes("bob", named("bob")) == Words{"enter bob"});
    CHECK(talk.comes("cat", named("cat", "Chess")) ==
          Words{"enter cat", "close cat closed_to_new, without a reply"});
    CHECK(talk.requests_port("server") ==
          Words{"server <- NEW_PORT 0", "close server closed_to_new"});
    CHECK_FALSE(talk.lobby.is_drained());
    talk.leaves("ann");
    talk.leaves("bob");
    CHECK(talk.comes("dan", named("dan")) == Words{"close dan closed_to_new"});
    CHECK_FALSE(talk.lobby.is_drained());
    (void)talk.reloads(talk.lobby.policy());
    CHECK_FALSE(talk.lobby.takes_new());
    talk.tells(TakeNew{true});
    CHECK(talk.outcome.met == 1);
    CHECK(talk.comes("dan", named("dan")) == Words{"enter dan"});
    talk.hosts("late");
    talk.tells(TakeNew{true});
    CHECK(talk.outcome.met == 0);
}

TEST_CASE("who drains says so, and drains no more when the operator has thought better of it")
{
    Script talk;
    talk.tells(TakeNew{false});
    talk.tells(Drain{});
    CHECK(talk.asks("host") == Words{"close host draining"});
    CHECK(talk.lobby.is_drained());
    talk.tells(Undrain{});
    CHECK(talk.outcome.met == 1);
    CHECK_FALSE(talk.lobby.is_drained());
    CHECK(talk.asks("host") == Words{"close host closed_to_new"});
    talk.tells(TakeNew{true});
    talk.hosts("host");
    CHECK(talk.comes("ann", named("ann")) == Words{"enter ann"});
    talk.tells(Undrain{});
    CHECK(talk.outcome.met == 0);
}

TEST_CASE("an id is promised while the relay runs, and no reload takes it back")
{
    Script talk;
    talk.tells(promise("192.0.2.0/24"));
    CHECK(talk.outcome.met == 1);
    CHECK(talk.outcome.reserved == club);
    (void)talk.reloads(quiet_policy());
    talk.hosts("stranger");
    CHECK(talk.session_of("stranger") != club);
    talk.hosts("host", "192.0.2.1");
    CHECK(talk.session_of("host") == club);
    CHECK(talk.look_at("host").reserved);
    REQUIRE(talk.lobby.reservations().size() == 1);
    talk.tells(LiftReservation{club});
    CHECK(talk.outcome.met == 1);
    talk.tells(LiftReservation{club});
    CHECK(talk.outcome.met == 0);
    CHECK(talk.is_here("host")); // whoever has it keeps it
    talk.leaves("host");
    talk.hosts("again", "192.0.2.1");
    CHECK(talk.session_of("again") != club);
}

TEST_CASE("an id is made for who names none, and never given to others")
{
    Script talk;
    // Two that are taken are drawn first.
    talk.hosts("host");
    talk.tells(promise("192.0.2.0/24"));
    const auto drawn = [](const wire::SessionId& id) {
        return std::vector<std::uint8_t>(id.bytes.begin() + 2, id.bytes.end());
    };
    wire::SessionId free{};
    free.bytes[5] = 5;
    talk.random.script = {drawn(talk.session_of("host")), drawn(free)};
    talk.tells(promise("203.0.113.0/24", wire::SessionId{}));
    CHECK(talk.outcome.reserved == free);
    talk.random.script = {drawn(free)};
    talk.hosts("stranger");
    CHECK(talk.session_of("stranger") != free);
    talk.hosts("friend", "203.0.113.1");
    CHECK(talk.session_of("friend") == free);
}

TEST_CASE("a promise ends by itself, and is made to somebody")
{
    Script talk;
    talk.tells(promise("192.0.2.1", club, talk.now + 60s));
    CHECK(talk.lobby.next_deadline() == talk.now + 60s);
    talk.passes(60s);
    CHECK(talk.lobby.reservations().empty());
    talk.tells(promise("192.0.2.1", club, talk.now));
    CHECK(talk.outcome.met == 0);
    talk.tells(Reserve{{club, {}, {}}});
    CHECK(talk.outcome.met == 0);
    talk.tells(
        Reserve{{club, std::vector(networks_of_reservation_max + 1, network("10.0.0.0/8")), {}}});
    CHECK(talk.outcome.met == 0);
    CHECK(talk.lobby.reservations().empty());
}

TEST_CASE("there are so many promises and no more")
{
    Script talk;
    for (std::size_t number = 0; number < reservations_max; ++number)
        talk.tells(promise("192.0.2.1", wire::SessionId{}));
    CHECK(talk.outcome.met == 1);
    talk.tells(promise("192.0.2.1", wire::SessionId{}));
    CHECK(talk.outcome.met == 0);
    talk.tells(promise("192.0.2.2", talk.lobby.reservations().front().id));
    CHECK(talk.outcome.met == 1); // it is there
    CHECK(talk.lobby.reservations().size() == reservations_max);
}

TEST_CASE("what was ordered goes into a record, and both lobbies keep it")
{
    Script talk;
    talk.tells(ban("192.0.2.1", talk.now + 60s));
    talk.tells(ban("192.0.2.2"));
    talk.tells(promise("192.0.2.0/24", club, talk.now + 60s));
    talk.tells(TakeNew{false});
    Script other;
    other.now = talk.now + 1h;
    other.tells(ban("192.0.2.3"));
    other.tells(ban("192.0.2.1", other.now + 90s));
    wire::SessionId own{};
    own.bytes[0] = 7;
    other.tells(promise("192.0.2.0/24", own));
    REQUIRE(other.arrives("bad", "192.0.2.2") == Words{});
    Output output;
    const std::vector<std::uint8_t> memory = talk.lobby.release_memory(talk.now, output);
    REQUIRE_FALSE(other.lobby.adopt_memory(memory, other.now, 1h, output));
    other.lobby.check_consistency();
    CHECK(talk.lobby.bans().size() == 2);
    CHECK_FALSE(talk.lobby.takes_new());
    REQUIRE(other.lobby.bans().size() == 3);
    CHECK(other.lobby.bans()[0].until == other.now + 90s);
    CHECK(other.lobby.bans()[1].reason == "rude");
    CHECK_FALSE(other.lobby.takes_new());
    REQUIRE(other.lobby.reservations().size() == 2);
    CHECK(other.lobby.reservations()[1].until == other.now + 60s);
    // Whoever is banned elsewhere has to go here.
    REQUIRE(output.commands.size() == 1);
    CHECK(std::get<Close>(output.commands[0]).connection == other.id_of("bad"));
    CHECK(std::get<Close>(output.commands[0]).reason == CloseReason::banned_address);
}
