// Peers of parties: how they are written to and closed, and how they go on in another worker.
#include "memory_io.hpp"

#include "record/envelope.hpp"
#include "support/catch.hpp"
#include "support/party_game.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

namespace {

constexpr worker::Handle host = 1;
constexpr worker::Handle guest = 2;

std::string string_of(const PartyGame::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

bool says(const std::vector<std::string>& all, std::string_view part)
{
    return std::ranges::any_of(
        all, [&](const std::string& one) { return one.find(part) != std::string::npos; });
}

// A party of two in the first of two workers.
struct Party
{
    MemoryNetwork io;
    Relay first{io, 1};
    Relay second{io, 2};
    std::map<worker::Handle, PartyGame> games;
    std::string code;
    std::string token; // of the guest

    Party()
    {
        first.arrive(host);
        first.say(host, string_of(PartyGame::hosts()));
        code = PartyGame::value(heard(host).at(0), "code");
        join(first, guest, 7);
        REQUIRE(says(heard(host), R"({"joined":7})"));
        REQUIRE(first.worker.lobby().use().peers == 2);
    }

    void join(Relay& relay, worker::Handle handle, int id)
    {
        relay.arrive(handle);
        relay.say(handle, string_of(PartyGame::joins(code, id)));
        token = PartyGame::value(heard(handle).at(0), "token");
    }

    MemoryNetwork::Line& line(worker::Handle handle) { return io.lines.at(handle); }

    std::vector<std::string> heard(worker::Handle handle)
    {
        return games[handle].hears(std::exchange(line(handle).heard, {}));
    }

    worker::Moving release()
    {
        auto moving = first.worker.release_party(first.worker.lobby().parties().at(0));
        REQUIRE(moving.has_value());
        return *moving;
    }
};

} // namespace

TEST_CASE("a party goes on in another worker, in the midst of messages both ways")
{
    Party party;
    const std::string whole = string_of(PartyGame::packet(7, std::string(5000, 'x')));
    party.line(guest).window = 100;
    party.first.say(host, string_of(PartyGame::packet(7, "slow down")));
    party.first.say(host, string_of(PartyGame::packet(7, std::string(3000, 'y'))));
    party.first.say(host, whole.substr(0, 1234));
    party.line(guest).said = string_of(PartyGame::packet(1, "unread"));

    const worker::Moving moving = party.release();
    CHECK(moving.handles.size() == 2);
    CHECK((record::kind_of(moving.record) == record::Kind::party));
    CHECK(party.first.worker.size() == 0);
    CHECK(party.first.worker.lobby().use() == lobby::Use{});
    CHECK_FALSE(party.second.worker.adopt(moving).has_value());
    party.second.worker.lobby().check_consistency();
    CHECK(party.second.worker.adopt(moving) == record::Fault::occupied);

    party.line(guest).window = 1U << 20;
    party.second.ready(guest);
    party.second.say(host, whole.substr(1234));
    const std::vector<std::string> said = party.heard(guest);
    CHECK(says(said, "1: slow down"));
    CHECK(says(said, "1: " + std::string(3000, 'y')));
    CHECK(says(said, "1: " + std::string(5000, 'x')));
    CHECK(says(party.heard(host), "7: unread"));
    // Who comes later finds it by its code.
    party.join(party.second, 3, 8);
    CHECK(party.second.worker.lobby().use().peers == 3);
}

TEST_CASE("a party of which everybody is absent goes on, and waits for them")
{
    Party party;
    for (const worker::Handle handle : {host, guest}) {
        party.line(handle).ended = true;
        party.first.ready(handle);
    }
    CHECK(party.first.worker.size() == 0);
    const worker::Moving moving = party.release();
    CHECK(moving.handles.empty());
    CHECK_FALSE(party.second.worker.adopt(moving).has_value());
    CHECK(party.second.worker.lobby().use().absent_peers == 2);
    party.second.arrive(3);
    party.second.say(3, string_of(PartyGame::returns(party.token, 0)));
    CHECK(says(party.heard(3), R"("again":true)"));
}

TEST_CASE("all that write_all() tells is what a successor needs")
{
    Party party;
    party.first.arrive(3);
    party.first.say(3, PartyGame::head().substr(0, 50)); // on the way
    party.first.arrive(4);
    party.first.say(4, string_of(PartyGame::joins("BBBB-BBBB", 9))); // refused, and not gone
    std::vector<worker::Moving> parts;
    party.first.worker.write_all([&](const worker::Moving& part) { parts.push_back(part); });
    CHECK(parts.size() == 3);
    const auto memory = party.first.worker.write_memory();
    party.first.worker.abandon();
    CHECK_FALSE(party.second.worker.adopt_memory(memory).has_value());
    for (const worker::Moving& part : parts)
        CHECK_FALSE(party.second.worker.adopt(part).has_value());
    CHECK(party.second.worker.lobby().use().peers == 2);
    CHECK(party.second.worker.lobby().use().entering_peers == 2);
    party.second.say(3, PartyGame::head().substr(50) +
                            string_of(PartyGame::text(R"({"join":{"game":"test 1","code":")" +
                                                      party.code + R"(","id":9}})")));
    CHECK(says(party.heard(3), R"("welcome")"));
    CHECK(party.second.worker.lobby().totals().peers == 3);
}

TEST_CASE("who has to go hears all of it, and hangs up first")
{
    Party party;
    party.line(guest).window = 10;
    party.first.say(host, string_of(PartyGame::packet(7, std::string(200000, 'z'))));
    party.first.worker.shut_down();
    party.first.go_on();
    CHECK_FALSE(party.line(guest).hears_end);
    party.line(guest).window = 1U << 20;
    party.first.ready(guest);
    const std::vector<std::string> said = party.heard(guest);
    CHECK(says(said, "1: " + std::string(200000, 'z')));
    CHECK(says(said, R"("close":"shutdown")"));
    CHECK_FALSE(party.line(guest).hears_end);
    CHECK_FALSE(party.line(guest).is_closed);
    party.line(guest).ended = true;
    party.first.ready(guest);
    CHECK(party.line(guest).is_closed);
    // The host does not, and is hung up on.
    CHECK_FALSE(party.line(host).is_closed);
    party.first.pass(worker::linger_time + 200ms);
    CHECK(party.line(host).is_closed);
}

TEST_CASE("a web browser hears the end behind its answer")
{
    MemoryNetwork io;
    Relay relay{io, 1};
    relay.arrive(host);
    relay.say(host, std::string(PartyGame::plain_request));
    CHECK(io.lines.at(host).heard.starts_with("HTTP/1.1 426"));
    CHECK(io.lines.at(host).hears_end);
}

TEST_CASE("what peers are sent and say is counted")
{
    Party party;
    const worker::Traffic before = party.first.worker.traffic();
    const PartyGame::Bytes packet = PartyGame::packet(7, "hello");
    party.first.say(host, string_of(packet));
    const worker::Traffic& now = party.first.worker.traffic();
    CHECK(now.from_peers.bytes - before.from_peers.bytes == packet.size());
    CHECK(now.to_peers.bytes - before.to_peers.bytes == party.line(guest).heard.size());
    CHECK(now.from_members.bytes == 0);
    const auto facts = party.first.worker.facts_of({static_cast<std::uint64_t>(guest)});
    REQUIRE(facts.has_value());
    CHECK(facts->kept == 0);
}
