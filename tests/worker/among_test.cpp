// The workers of one process: whoever comes to one of them finds what another one has.
#include "worker_crowd.hpp"

#include "party/code.hpp"
#include "support/catch.hpp"
#include "support/party_game.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

TEST_CASE("a guest and the host's connection for it find the worker that has the session")
{
    Process process;
    const std::string id = process.hosts(2, 1);
    CHECK(id[1] == 2);
    process.arrive(0, 2);
    SECTION("at once") { process.say(2, "RATS" + id + "hello"); }
    SECTION("cut anywhere")
    {
        const std::string all = "RATS" + id + "hello";
        const auto cut = GENERATE(1U, 4U, 15U, 16U, 18U);
        process.say(2, all.substr(0, cut));
        process.say(2, all.substr(cut));
    }
    CHECK(process.homes.at(2) == 2);
    CHECK(process.use(0).connections == 0);
    const std::string announcement = process.heard(1);
    REQUIRE(announcement.size() == 16);
    process.arrive(1, 3);
    process.say(3, "RATL" + announcement.substr(4));
    CHECK(process.homes.at(3) == 2);
    CHECK(process.heard(3) == "hello");
    process.say(3, "and back");
    CHECK(process.heard(2) == "and back");
    CHECK(process.use(2).links == 1);
    CHECK(process.passed_on == 2);
}

TEST_CASE("a session id of no worker is unknown where it would be")
{
    Process process;
    process.arrive(0, 1);
    process.say(1, "RATS" + std::string("\0\x05", 2) + std::string(10, 'x') + "hello");
    CHECK(process.homes.at(1) == 2); // 5 of 3
    const auto& totals = process.workers[2]->worker.lobby().totals();
    CHECK(totals.close_reasons[static_cast<std::size_t>(wire::CloseReason::unknown_session)] == 1);
}

TEST_CASE("a promised session id is given out by the worker that it names")
{
    const auto promised = [](std::uint8_t worker, std::uint8_t last) {
        wire::SessionId id;
        id.bytes[1] = worker;
        id.bytes[11] = last;
        return lobby::ReservedSession{id, {*wire::parse_network("192.0.2.0/24")}};
    };
    lobby::Policy policy = policy_of(lobby::ManualIp::off);
    policy.reserved = {promised(1, 1), promised(2, 2)};
    Process process(policy);
    CHECK(process.hosts(0, 1, "192.0.2.1").back() == 1);
    CHECK(process.homes.at(1) == 1);
    CHECK(process.hosts(0, 2, "192.0.2.2").back() == 2); // the first is taken
    CHECK(process.homes.at(2) == 2);
    const std::string own = process.hosts(0, 3, "192.0.2.3"); // both are
    CHECK(process.homes.at(3) == 2);
    CHECK(own[1] == 2);
    CHECK(process.hosts(0, 4)[1] == 0); // somebody else's
    CHECK(process.homes.at(4) == 0);
}

TEST_CASE("who names no session is a guest of the only one, whoever has it")
{
    Process process;
    const std::string id = process.hosts(1, 1);
    process.arrive(0, 2);
    process.say(2, "RATS" + id + "hello");
    const std::string ticket = process.heard(1).substr(4);
    process.arrive(1, 3);
    const std::string header = text_of(NetplayMember().start());
    process.say(3, "RATL" + ticket + header); // its host has answered
    process.arrive(2, 4);
    process.say(4, header);
    CHECK(process.homes.at(4) == 1);
    CHECK(process.use(1).waiting_joins == 1);

    // With another session there is no only one.
    (void)process.hosts(2, 5);
    process.arrive(2, 6);
    process.say(6, header);
    CHECK(process.use(1).waiting_joins == 1);
    CHECK(process.use(2).entering == 1);
}

TEST_CASE("those who play the same meet in one room, whoever accepted them")
{
    lobby::Policy policy = policy_of(lobby::ManualIp::room);
    std::string password;
    SECTION("without a password") {}
    SECTION("with one") { password = policy.rooms.password = "sun"; }
    Process process(policy);
    std::size_t rooms = 0;
    for (std::uint32_t game = 1; game <= 6; ++game) {
        MemberTraits traits;
        traits.content_crc = game;
        traits.password = password;
        worker::Handle first = 0;
        for (std::size_t at = 0; at < worker_count; ++at) {
            const auto handle = static_cast<worker::Handle>(100 * game + at);
            traits.nick = "nick" + std::to_string(at);
            process.comes(at, handle, traits);
            if (at == 0) first = handle;
            CHECK(process.homes.at(handle) == process.homes.at(first));
        }
        ++rooms;
        std::size_t open = 0;
        std::size_t members = 0;
        for (std::size_t at = 0; at < worker_count; ++at) {
            open += process.use(at).rooms;
            members += process.use(at).members;
        }
        CHECK(open == rooms);
        CHECK(members == rooms * worker_count);
    }
    for (std::size_t at = 0; at < worker_count; ++at)
        CHECK(process.use(at).rooms > 0); // they are spread
}

TEST_CASE("a party is found by its code and its tokens, whoever accepted its peers")
{
    Process process;
    std::map<worker::Handle, PartyGame> games;
    const auto heard = [&](worker::Handle handle) {
        return games[handle].hears(process.heard(handle));
    };
    for (std::size_t home = 0; home < worker_count; ++home) {
        const auto host = static_cast<worker::Handle>(100 * (home + 1));
        process.arrive(home, host);
        process.say(host, text_of(PartyGame::hosts()));
        CHECK(process.homes.at(host) == home);
        const std::string code = PartyGame::value(heard(host).at(0), "code");
        CHECK(party::number_of(*party::parse_code(code)) % worker_count == home);
        for (std::size_t at = 0; at < worker_count; ++at) {
            const auto guest = static_cast<worker::Handle>(host + 1 + static_cast<int>(at));
            process.arrive(at, guest);
            // It does not wait for an answer.
            process.say(guest, text_of(PartyGame::joins(code, 10 + static_cast<int>(at))) +
                                   text_of(PartyGame::packet(1, "early")));
            CHECK(process.homes.at(guest) == home);
            const std::string welcome = heard(guest).at(0);
            CHECK(welcome.find("welcome") != std::string::npos);
            const std::vector<std::string> said = heard(host);
            const std::string early = std::to_string(10 + at) + ": early";
            CHECK(std::ranges::find(said, early) != said.end());

            process.network.lines.at(guest).ended = true; // its line breaks
            process.workers[home]->ready(guest);
            const auto again = static_cast<worker::Handle>(guest + 10);
            process.arrive((at + 1) % worker_count, again);
            process.say(again, PartyGame::head() +
                                   text_of(PartyGame::text(R"({"return":")" +
                                                           PartyGame::value(welcome, "token") +
                                                           R"(","got":0})")));
            CHECK(process.homes.at(again) == home);
            CHECK(heard(again).at(0).find(R"("again":true)") != std::string::npos);
        }
        CHECK(process.use(home).peers == 1 + worker_count);
    }
}
