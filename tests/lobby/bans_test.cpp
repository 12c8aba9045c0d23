// A ban that meets more than go in one turn: the others go in the turns that follow.
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;

namespace {

constexpr std::size_t many = 2 * banned_per_turn + 5;
const char* const bad = "203.0.113.7";
const wire::Network bad_network = wire::parse_network("203.0.113.0/24").value();

Policy roomy_policy()
{
    return quiet_policy_with([](Policy& policy) {
        policy.limits.connections = policy.limits.sessions = 10000;
        policy.limits.connections_per_address = policy.limits.sessions_per_address = 10000;
        policy.limits.new_connections_per_second_per_address = 10000;
    });
}

// One turn, and no tick behind it as from Script::tells().
Output turn(Script& talk, const Event& event)
{
    Output output;
    talk.lobby.handle(event, talk.now, output);
    talk.lobby.check_consistency();
    return output;
}

bool is_due(const Script& talk) { return talk.lobby.next_deadline() == talk.now; }

std::uint64_t banned_in_all(const Script& talk)
{
    return talk.lobby.totals().close_reasons[static_cast<std::size_t>(CloseReason::banned_address)];
}

// Whom the commands close for a ban.
bool closes(const Output& output, ConnectionId who)
{
    return std::ranges::any_of(output.commands, [&](const Command& command) {
        const auto* close = std::get_if<Close>(&command);
        return close != nullptr && close->connection == who &&
               close->reason == CloseReason::banned_address;
    });
}

// So many hosts that are to go first, and the ban: some are gone then.
void ban_with_hosts(Script& talk)
{
    const Output output = turn(talk, SetBan{{bad_network, {}, {}, {}, {}}});
    REQUIRE(output.commands.size() == banned_per_turn);
    REQUIRE(is_due(talk));
}

void add_hosts(Script& talk)
{
    for (std::size_t at = 0; at < many; ++at)
        talk.hosts("bad " + std::to_string(at), bad);
}

void end_rest(Script& talk)
{
    while (is_due(talk))
        (void)turn(talk, Tick{});
}

} // namespace

TEST_CASE("a ban that meets many ends some of them in each turn, in the end all")
{
    Script talk(roomy_policy());
    for (std::size_t at = 1; at < many; ++at)
        REQUIRE(talk.arrives("bad " + std::to_string(at), bad) == Words{});
    talk.hosts("bad host", "203.0.113.1");
    talk.hosts("host");
    const Output first = turn(talk, SetBan{{bad_network, {}, {}, {}, {}}});
    CHECK(first.outcome.gone == many);
    CHECK(first.commands.size() == banned_per_turn);
    CHECK(closes(first, talk.id_of("bad host")));
    CHECK(is_due(talk));
    CHECK(turn(talk, Tick{}).commands.size() == banned_per_turn);
    CHECK(is_due(talk));
    CHECK(turn(talk, Tick{}).commands.size() == 5);
    CHECK_FALSE(is_due(talk));
    CHECK(turn(talk, Tick{}).commands.empty());
    CHECK(talk.lobby.use().connections == 1);
    CHECK(talk.lobby.use().sessions == 1);
    CHECK(banned_in_all(talk) == many);
}

TEST_CASE("nothing but a tick costs the others a turn of a ban")
{
    Script talk(roomy_policy());
    add_hosts(talk);
    REQUIRE(talk.arrives("good") == Words{});
    ban_with_hosts(talk);
    const std::size_t left = talk.lobby.use().sessions;
    (void)turn(talk, Left{talk.id_of("good"), CloseReason::left});
    CHECK(talk.lobby.use().sessions == left);
    end_rest(talk);
    CHECK(talk.lobby.use().sessions == 0);
}

TEST_CASE("who is banned comes in no more while others still have to go")
{
    Script talk(roomy_policy());
    add_hosts(talk);
    ban_with_hosts(talk);
    const ConnectionId late{1U << 30U};
    CHECK(closes(turn(talk, Arrived{late, *wire::parse_endpoint("203.0.113.9:1"), {}}), late));
}

TEST_CASE("who is banned and still here gets nothing new")
{
    Script talk(roomy_policy());
    add_hosts(talk);
    talk.hosts("host");
    for (const char* name : {"bad waiting", "bad entering", "bad joining", "bad opening"})
        REQUIRE(talk.arrives(name, bad) == Words{});
    talk.waits("bad waiting", "host");
    talk.comes_as("bad entering", wire::ManualCaller::client, {});
    REQUIRE(talk.arrives("side") == Words{});
    const wire::TicketId ticket = talk.ticket_of("bad waiting");
    ban_with_hosts(talk);
    const ConnectionId joining = talk.id_of("bad joining");
    const Greeted joins{joining, wire::JoinSession{talk.session_of("host")}, true};
    CHECK(closes(turn(talk, joins), joining));
    const ConnectionId opening = talk.id_of("bad opening");
    CHECK(closes(turn(talk, Greeted{opening, wire::NewSession{}, false}), opening));
    const ConnectionId host = talk.id_of("bad " + std::to_string(many - 1));
    CHECK(closes(turn(talk, Said{host, wire::AddressQuery{}}), host));
    const ConnectionId entering = talk.id_of("bad entering");
    CHECK(closes(turn(talk, SaidBytes{entering, {}}), entering));
    // Its host takes it in: too late.
    const Output accepted = turn(talk, Greeted{talk.id_of("side"), wire::AcceptTicket{ticket}});
    CHECK(closes(accepted, talk.id_of("bad waiting")));
    CHECK(talk.lobby.use().links == 0);
    end_rest(talk);
    CHECK(talk.lobby.use().connections == 1); // the host
}

TEST_CASE("nobody joins a host that is banned and still here")
{
    Script talk(roomy_policy());
    add_hosts(talk);
    REQUIRE(talk.arrives("good") == Words{});
    const std::string last = "bad " + std::to_string(many - 1);
    const wire::SessionId session = talk.session_of(last);
    ban_with_hosts(talk);
    const Output joins = turn(talk, Greeted{talk.id_of("good"), wire::JoinSession{session}, true});
    CHECK(closes(joins, talk.id_of(last)));
    CHECK(talk.lobby.use().waiting_joins == 0);
    CHECK_FALSE(talk.lobby.session_of(session));
}

TEST_CASE("who is still here when its ban is lifted stays")
{
    Script talk(roomy_policy());
    add_hosts(talk);
    ban_with_hosts(talk);
    (void)turn(talk, LiftBan{bad_network});
    end_rest(talk);
    CHECK(talk.lobby.use().sessions == many - banned_per_turn);
}

TEST_CASE("a ban that is being carried out goes on where its connections go")
{
    Script talk(roomy_policy());
    add_hosts(talk);
    ban_with_hosts(talk);
    Script other(roomy_policy());
    Output output;
    const std::vector<std::uint8_t> memory = talk.lobby.write_memory();
    REQUIRE_FALSE(other.lobby.adopt_memory(memory, other.now, {}, output));
    record::Writer writer;
    const auto key = talk.lobby.session_of(talk.session_of("bad " + std::to_string(many - 1)));
    const std::vector<Mover> parties = talk.lobby.write(key.value(), writer);
    record::Reader reader(writer.bytes(), {});
    REQUIRE_FALSE(other.lobby.adopt_session(reader, parties, other.now, output));
    REQUIRE(other.lobby.use().sessions == 1);
    CHECK(is_due(other));
    end_rest(other);
    CHECK(other.lobby.use().connections == 0);
}
