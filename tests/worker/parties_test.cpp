// Peers of parties: how they are written to and closed, and how they go on in another worker.
#include "memory_io.hpp"

#include "record/envelope.hpp"
#include "support/catch.hpp"
#include "support/party_game.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

namespace {

constexpr worker::Handle host_line = 1;
constexpr worker::Handle guest_line = 2;

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
        first.arrive(host_line);
        first.say(host_line, string_of(PartyGame::hosts()));
        code = PartyGame::value(heard(host_line).at(0), "code");
        join(first, guest_line, 7);
        REQUIRE(says(heard(host_line), R"({"joined":7})"));
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
    party.line(guest_line).window = 100;
    party.first.say(host_line, string_of(PartyGame::packet(7, "slow down")));
    party.first.say(host_line, string_of(PartyGame::packet(7, std::string(3000, 'y'))));
    party.first.say(host_line, whole.substr(0, 1234));
    party.line(guest_line).said = string_of(PartyGame::packet(1, "unread"));

    const worker::Moving moving = party.release();
    CHECK(moving.handles.size() == 2);
    CHECK((record::kind_of(moving.record) == record::Kind::party));
    CHECK(party.first.worker.size() == 0);
    CHECK(party.first.worker.lobby().use().connections == 0);
    CHECK(party.first.worker.lobby().use().parties == 0);
    CHECK(party.first.worker.lobby().use().kept_packet_bytes == 0);
    CHECK_FALSE(party.second.worker.adopt(moving).has_value());
    party.second.worker.lobby().check_consistency();
    CHECK(party.second.worker.adopt(moving) == record::Fault::occupied);

    party.line(guest_line).window = 1U << 20;
    party.second.ready(guest_line);
    party.second.say(host_line, whole.substr(1234));
    const std::vector<std::string> said = party.heard(guest_line);
    CHECK(says(said, "1: slow down"));
    CHECK(says(said, "1: " + std::string(3000, 'y')));
    CHECK(says(said, "1: " + std::string(5000, 'x')));
    CHECK(says(party.heard(host_line), "7: unread"));
    // Who comes later finds it by its code.
    party.join(party.second, 3, 8);
    CHECK(party.second.worker.lobby().use().peers == 3);
}

TEST_CASE("many messages of one moment are written together, in their order")
{
    Party party;
    std::string all;
    for (int n = 0; n < 200; ++n)
        all += string_of(PartyGame::packet(7, std::to_string(n)));
    all += string_of(PartyGame::packet(7, std::string(5000, 'x')));
    party.line(guest_line).writes = 0;
    party.first.say(host_line, all);
    CHECK(party.line(guest_line).writes < 10);
    std::vector<std::string> wanted;
    for (int n = 0; n < 200; ++n)
        wanted.push_back("1: " + std::to_string(n));
    wanted.push_back("1: " + std::string(5000, 'x'));
    CHECK(party.heard(guest_line) == wanted);
    // Who is on the way into a party is answered a few, and has to go then.
    party.first.arrive(3);
    party.first.say(3, PartyGame::head());
    (void)party.heard(3);
    std::string pings;
    for (int n = 0; n < 1000; ++n)
        pings += string_of(PartyGame::frame(websocket::Kind::ping, "x"));
    party.line(3).writes = 0;
    party.first.say(3, pings);
    CHECK(party.line(3).writes <= party::early_controls_max + 1);
}

TEST_CASE("what waits for many who go in that moment is not lost")
{
    Party party;
    party.line(guest_line).window = 100;
    std::string all;
    for (int n = 0; n < 200; ++n)
        all += string_of(PartyGame::packet(7, std::to_string(n)));
    party.first.say(host_line, all + string_of(PartyGame::frame(websocket::Kind::close, "")));
    party.line(guest_line).window = 1U << 20;
    party.first.ready(guest_line);
    const std::vector<std::string> said = party.heard(guest_line);
    CHECK(says(said, "1: 199"));
    CHECK(says(said, R"("close":"host_gone")"));
}

TEST_CASE("a party of which everybody is absent goes on, and waits for them")
{
    Party party;
    for (const worker::Handle handle : {host_line, guest_line}) {
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
    party.line(guest_line).window = 10;
    party.first.say(host_line, string_of(PartyGame::packet(7, std::string(200000, 'z'))));
    party.first.worker.shut_down();
    party.first.go_on();
    CHECK_FALSE(party.line(guest_line).hears_end);
    party.line(guest_line).window = 1U << 20;
    party.first.ready(guest_line);
    const std::vector<std::string> said = party.heard(guest_line);
    CHECK(says(said, "1: " + std::string(200000, 'z')));
    CHECK(says(said, R"("close":"shutdown")"));
    CHECK_FALSE(party.line(guest_line).hears_end);
    CHECK_FALSE(party.line(guest_line).is_closed);
    party.line(guest_line).ended = true;
    party.first.ready(guest_line);
    CHECK(party.line(guest_line).is_closed);
    // The host does not, and is hung up on.
    CHECK_FALSE(party.line(host_line).is_closed);
    party.first.pass(worker::linger_time + 200ms);
    CHECK(party.line(host_line).is_closed);
}

TEST_CASE("however many there are, nobody's stream ends behind the word that all ends")
{
    MemoryNetwork io;
    Relay relay{io, 1};
    const int count = static_cast<int>(worker::lingering_max) + 20;
    for (int handle = 1; handle <= count; ++handle) {
        relay.arrive(handle, "10.0." + std::to_string(handle / 100) + ".1");
        relay.say(handle, PartyGame::head());
    }
    relay.worker.shut_down();
    relay.go_on();
    for (int handle = 1; handle <= count; ++handle) {
        CHECK_FALSE(io.lines.at(handle).is_closed);
        CHECK_FALSE(io.lines.at(handle).hears_end);
    }
}

TEST_CASE("a web browser hears the end behind its answer")
{
    MemoryNetwork io;
    Relay relay{io, 1};
    relay.arrive(host_line);
    relay.say(host_line, std::string(PartyGame::plain_request));
    CHECK(io.lines.at(host_line).heard.starts_with("HTTP/1.1 426"));
    CHECK(io.lines.at(host_line).hears_end);
}

TEST_CASE("what peers are sent and say is counted")
{
    Party party;
    const worker::Traffic before = party.first.worker.traffic();
    const PartyGame::Bytes packet = PartyGame::packet(7, "hello");
    party.first.say(host_line, string_of(packet));
    const worker::Traffic& now = party.first.worker.traffic();
    CHECK(now.from_peers.bytes - before.from_peers.bytes == packet.size());
    CHECK(now.to_peers.bytes - before.to_peers.bytes == party.line(guest_line).heard.size());
    CHECK(now.from_members.bytes == 0);
    const auto facts = party.first.worker.facts_of({static_cast<std::uint64_t>(guest_line)});
    REQUIRE(facts.has_value());
    CHECK(facts->kept == 0);
}
