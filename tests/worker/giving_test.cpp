// The workers of one process: games that are opened, and go on, with another one than newcomers
// look for them at.
#include "worker_crowd.hpp"

#include "party/code.hpp"
#include "support/catch.hpp"
#include "support/party_game.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

TEST_CASE("hosts and parties are opened where they are wanted, and stay there")
{
    Process process;
    for (const auto& one : process.workers)
        (void)one->worker.order(lobby::SetPlacing{{0, 1, 3}});
    std::vector<int> got(worker_count);
    for (worker::Handle host = 1; host <= 8; ++host) {
        const std::string id = process.hosts(0, host, "10.1.0." + std::to_string(host));
        CHECK(id[1] == static_cast<char>(process.homes.at(host)));
        ++got[process.homes.at(host)];
    }
    CHECK(got == std::vector<int>{0, 2, 6});
    process.arrive(0, 20);
    process.say(20, text_of(PartyGame::hosts()));
    CHECK(process.homes.at(20) != 0);
    for (const auto& one : process.workers)
        (void)one->worker.order(lobby::SetPlacing{});
    CHECK(process.hosts(0, 30)[1] == 0);
}

TEST_CASE("a session that is given away is found by its id, its tickets, and by who names none")
{
    Process process;
    const std::string id = process.hosts(1, 1);
    process.arrive(0, 2);
    process.say(2, "RATS" + id + "hello");
    const std::string waiting = process.heard(1).substr(4);
    REQUIRE(process.give(1, 2)); // with one that waits
    process.arrive(0, 3);
    const std::string header = text_of(NetplayMember().start());
    process.say(3, "RATL" + waiting + header);
    CHECK(process.homes.at(3) == 2);
    CHECK(process.heard(3) == "hello");
    CHECK(process.use(2).links == 1);

    process.arrive(1, 4); // the home itself
    process.say(4, "RATS" + id + "later");
    CHECK(process.homes.at(4) == 2);
    const std::string later = process.heard(1).substr(4);
    CHECK(later.substr(0, 5) == id.substr(0, 5));
    process.arrive(2, 5); // the one that has it
    process.say(5, "RATL" + later);
    CHECK(process.heard(5) == "later");

    process.arrive(0, 6);
    process.say(6, header);
    CHECK(process.homes.at(6) == 2);
    CHECK(process.use(2).waiting_joins == 1);

    // A ticket of nobody's ends there, and costs no way to and fro.
    process.passed_on = 0;
    process.arrive(0, 7);
    process.say(7, "RATL" + id.substr(0, 5) + "xxxxxxx");
    CHECK(process.passed_on == 2);
    CHECK(process.reasons(2, wire::CloseReason::unknown_ticket) == 1);
}

TEST_CASE("the home of a session knows when it has ended elsewhere")
{
    Process process;
    const std::string id = process.hosts(1, 1);
    REQUIRE(process.give(1, 2));
    REQUIRE(process.give(2, 0));
    CHECK(process.workers[1]->worker.lobby().games_away() == 1);
    process.network.lines.at(1).ended = true;
    process.workers[0]->ready(1);
    process.settle();
    CHECK(process.workers[1]->worker.lobby().games_away() == 0);
    process.arrive(2, 2);
    process.say(2, "RATS" + id + "hello");
    CHECK(process.reasons(1, wire::CloseReason::expired_session) == 1);
    CHECK(process.passed_on == 1);
}

TEST_CASE("a session comes home again, and nobody looks elsewhere")
{
    Process process;
    const std::string id = process.hosts(1, 1);
    REQUIRE(process.give(1, 2));
    REQUIRE(process.give(2, 1));
    CHECK(process.workers[1]->worker.lobby().games_away() == 0);
    process.arrive(1, 2);
    process.say(2, "RATS" + id + "hello");
    CHECK(process.use(1).waiting_joins == 1);
}

TEST_CASE("what is not found elsewhere stays")
{
    lobby::Policy policy = policy_of(lobby::ManualIp::off);
    SECTION("a promised session id")
    {
        wire::SessionId id;
        id.bytes[11] = 1;
        policy.reserved = {{id, {*wire::parse_network("192.0.2.0/24")}}};
        Process process(policy);
        (void)process.hosts(0, 1, "192.0.2.1");
        CHECK_FALSE(process.give(0, 1));
    }
    SECTION("a port of its own")
    {
        policy.join_ports = {50000, 50009};
        Process process(policy);
        (void)process.hosts(0, 1);
        CHECK_FALSE(process.give(0, 1));
    }
    SECTION("what is too large to go at once")
    {
        Process process(policy);
        (void)process.hosts(0, 1);
        const lobby::Game game = process.workers[0]->worker.lobby().games().at(0);
        CHECK_FALSE(process.workers[0]->worker.give(game, 10).has_value());
        CHECK(process.use(0).sessions == 1);
    }
}

TEST_CASE("a room that is given away is found by what is played in it")
{
    lobby::Policy policy = policy_of(lobby::ManualIp::room);
    SECTION("without a password") {}
    SECTION("with one") { policy.rooms.password = "sun"; }
    Process process(policy);
    MemberTraits traits;
    traits.password = policy.rooms.password;
    traits.nick = "first";
    process.comes(0, 1, traits);
    const std::size_t home = process.homes.at(1);
    REQUIRE(process.give(home, (home + 1) % worker_count));
    for (std::size_t at = 0; at < worker_count; ++at) {
        traits.nick = "nick" + std::to_string(at);
        const auto handle = static_cast<worker::Handle>(10 + at);
        process.comes(at, handle, traits);
        CHECK(process.homes.at(handle) == (home + 1) % worker_count);
    }
    CHECK(process.use((home + 1) % worker_count).members == 1 + worker_count);
    REQUIRE(process.give((home + 1) % worker_count, (home + 2) % worker_count));
    traits.nick = "last";
    process.comes(home, 20, traits);
    CHECK(process.homes.at(20) == (home + 2) % worker_count);
    // When the last one has left, the next room is at home.
    for (auto& [handle, line] : process.network.lines) {
        line.ended = true;
        if (process.homes.at(handle) == (home + 2) % worker_count)
            process.workers[process.homes.at(handle)]->ready(handle);
    }
    process.settle();
    CHECK(process.workers[home]->worker.lobby().games_away() == 0);
    process.comes((home + 1) % worker_count, 30, traits);
    CHECK(process.homes.at(30) == home);
    CHECK(process.use(home).members == 1);
}

TEST_CASE("whenever a room is given away, who is on the way into it comes to it")
{
    for (int exchanges = 0; exchanges <= 5; ++exchanges) {
        INFO("after " << exchanges << " exchanges");
        Process process(policy_of(lobby::ManualIp::room));
        process.comes(0, 1, named("first"));
        const std::size_t home = process.homes.at(1);
        const std::size_t other = (home + 1) % worker_count;
        process.arrive(home, 2);
        NetplayMember member(named("second"));
        std::string said = text_of(member.start());
        bool is_given = false;
        for (int at = 0; !said.empty() || !is_given; ++at) {
            if (at == exchanges) is_given = process.give(home, other);
            if (!said.empty()) process.say(2, said);
            const std::string answer = process.heard(2);
            said = text_of(member.hears(std::vector<std::uint8_t>(answer.begin(), answer.end())));
        }
        CHECK(process.homes.at(2) == other);
        CHECK(process.use(other).rooms == 1);
        CHECK(process.use(other).members == 2);
        CHECK(process.use(home).connections == 0);
    }
}

// As if one of them had been opened by somebody who did not find the other.
TEST_CASE("a room that comes home is looked for nowhere else, though there is another one")
{
    Process process(policy_of(lobby::ManualIp::room));
    process.comes(0, 1, named("first"));
    const std::size_t home = process.homes.at(1);
    const std::size_t other = (home + 1) % worker_count;
    const lobby::Game game = process.workers[home]->worker.lobby().games().at(0);
    const auto name = process.workers[home]->worker.lobby().name_of(game);
    REQUIRE(name);
    REQUIRE(process.give(home, other));
    (void)process.workers[home]->worker.order( // wrongly
        lobby::GameMoved{*name, static_cast<std::uint16_t>(home), false});
    process.comes(home, 2, named("second"));
    REQUIRE(process.use(home).rooms == 1);
    (void)process.workers[home]->worker.order(
        lobby::GameMoved{*name, static_cast<std::uint16_t>(other), false});
    REQUIRE(process.give(other, home));
    CHECK(process.use(home).rooms == 2);
    CHECK(process.workers[home]->worker.lobby().games_away() == 0);
}

TEST_CASE("a party that is given away is found by its code and its tokens")
{
    Process process;
    std::map<worker::Handle, PartyGame> games;
    const auto heard = [&](worker::Handle handle) {
        return games[handle].hears(process.heard(handle));
    };
    process.arrive(0, 1);
    process.say(1, text_of(PartyGame::hosts()));
    const std::string code = PartyGame::value(heard(1).at(0), "code");
    REQUIRE(process.give(0, 2));
    process.arrive(1, 2);
    process.say(2, text_of(PartyGame::joins(code, 7)));
    CHECK(process.homes.at(2) == 2);
    const std::string token = PartyGame::value(heard(2).at(0), "token");
    REQUIRE(process.give(2, 1));
    process.network.lines.at(2).ended = true;
    process.workers[1]->ready(2);
    process.arrive(0, 3);
    process.say(3, PartyGame::head() +
                       text_of(PartyGame::text(R"({"return":")" + token + R"(","got":0})")));
    CHECK(process.homes.at(3) == 1);
    CHECK(heard(3).at(0).find(R"("again":true)") != std::string::npos);
    CHECK(process.workers[0]->worker.lobby().games_away() == 1);
    (void)process.workers[1]->worker.order(
        lobby::EndParty{process.workers[1]->worker.lobby().parties().at(0)});
    process.pass(5s);
    CHECK(process.workers[0]->worker.lobby().games_away() == 0);
    CHECK(process.workers[1]->worker.lobby().games().empty());
}

TEST_CASE("who guesses has no more tries where there are more workers")
{
    SECTION("codes of parties")
    {
        Process process;
        int unknown = 0;
        for (int tries = 0; tries < 30; ++tries) {
            const auto handle = static_cast<worker::Handle>(tries + 1);
            process.arrive(static_cast<std::size_t>(tries) % worker_count, handle, "192.0.2.1");
            std::string code = "BCDFGHJK";
            code[0] = party::code_letters[static_cast<std::size_t>(tries) % 20];
            process.say(handle, text_of(PartyGame::joins(code, 7)));
            unknown += process.heard(handle).find("unknown_code") != std::string::npos ? 1 : 0;
        }
        CHECK(unknown == 10);
    }
    SECTION("the password of rooms")
    {
        lobby::Policy policy = policy_of(lobby::ManualIp::room);
        policy.rooms.password = "sun";
        Process process(policy);
        MemberTraits traits;
        traits.password = "moon";
        for (int tries = 0; tries < 12; ++tries) {
            const auto handle = static_cast<worker::Handle>(tries + 1);
            process.arrive(static_cast<std::size_t>(tries) % worker_count, handle, "192.0.2.1");
            traits.nick = "nick" + std::to_string(tries);
            process.talks(handle, traits);
        }
        std::uint64_t wrong = 0;
        for (std::size_t at = 0; at < worker_count; ++at)
            wrong += process.reasons(at, wire::CloseReason::wrong_password);
        CHECK(wrong == 3); // the next has to wait
    }
}
