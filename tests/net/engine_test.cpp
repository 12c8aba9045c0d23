#include "fixture.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

using namespace std::string_literals;

const std::string guest_header = "RANP\0\4\0\x08\0\0\0\1\0\0\0\6\0\0\0\5\0\0\4\x69"s;
const std::string host_header = "RANP\0\4\0\x08\0\0\0\1\0\0\0\0\0\0\0\6\0\0\4\x69"s;

std::string nick(const std::string& name)
{
    return "\0\0\0\x20\0\0\0\x20"s + name + std::string(32 - name.size(), '\0');
}

struct Game
{
    Fixture& fixture;
    net::UniqueFd control;
    net::UniqueFd guest;
    net::UniqueFd host;

    explicit Game(Fixture& in, const std::string& early = "header",
                  const std::string& host_early = "")
        : fixture(in), control(fixture.arrive())
    {
        write_all(control, std::string("RATS") + std::string(12, '\0'));
        const std::string id = fixture.hear(control, 16).substr(4);
        guest = fixture.arrive();
        write_all(guest, "RATS" + id + early);
        const std::string ticket = fixture.hear(control, 16).substr(4);
        host = fixture.arrive();
        write_all(host, "RATL" + ticket + host_early);
        fixture.run_until([&] { return fixture.engine.lobby().use().links == 1; });
    }
};

} // namespace

TEST_CASE("a game through the engine: early bytes first, then both ways")
{
    Fixture fixture;
    Game game(fixture, "guest's header", "host's first word");
    CHECK(fixture.hear(game.host, 14) == "guest's header");
    CHECK(fixture.hear(game.guest, 17) == "host's first word");
    write_all(game.guest, "input");
    CHECK(fixture.hear(game.host, 5) == "input");
    write_all(game.host, "more input");
    CHECK(fixture.hear(game.guest, 10) == "more input");

    const auto keys = fixture.engine.lobby().session_keys();
    REQUIRE(keys.size() == 1);
    const auto session = fixture.engine.lobby().look_at(keys[0]);
    REQUIRE(session);
    CHECK(fixture.engine.join_text(*session) == "relay|9|" + wire::to_text(session->id));
    const auto facts = fixture.engine.facts(session->links.at(0));
    REQUIRE(facts);
    CHECK(facts->guest.received == 14 + 5);
    CHECK(facts->host.received == 17 + 10);
}

TEST_CASE("a half-close goes through, and the answer to it comes back")
{
    Fixture fixture;
    Game game(fixture);
    CHECK(fixture.hear(game.host, 6) == "header");
    write_all(game.guest, "bye");
    net::finish_writing(game.guest.value());
    std::string heard;
    CHECK(fixture.end_of(game.host, heard) == net::IoState::finished);
    CHECK(heard == "bye");
    write_all(game.host, "farewell");
    net::finish_writing(game.host.value());
    heard.clear();
    CHECK(fixture.end_of(game.guest, heard) == net::IoState::finished);
    CHECK(heard == "farewell");
    CHECK(fixture.engine.lobby().use().links == 0);
    CHECK(fixture.said(wire::CloseReason::guest_left) == 1);
    CHECK(fixture.engine.figures().bytes_moved == 6 + 3 + 8);
}

TEST_CASE("what a slow reader has not taken arrives before the end does")
{
    Fixture fixture;
    Game game(fixture);
    std::string expected = "header";
    // Neither end reads or runs while this goes in: it fills the sockets and what the relay keeps.
    for (int round = 0; round < 50; ++round) {
        expected += fill(game.guest);
        fixture.engine.turn({});
    }
    net::finish_writing(game.guest.value());
    std::string heard;
    CHECK(fixture.end_of(game.host, heard) == net::IoState::finished);
    CHECK(heard == expected);
}

TEST_CASE("one end gone: the other gets what was said, and the end")
{
    Fixture fixture;
    Game game(fixture);
    write_all(game.host, "the last frame");
    game.host = net::UniqueFd();
    std::string heard;
    CHECK(fixture.end_of(game.guest, heard) == net::IoState::finished);
    CHECK(heard == "the last frame");
    game.guest = net::UniqueFd();
    fixture.run_until([&] { return fixture.engine.lobby().use().links == 0; });
    CHECK(fixture.said(wire::CloseReason::host_dropped_guest) == 1);
    CHECK(fixture.engine.lobby().use().sessions == 1);
}

TEST_CASE("a refused guest reads why")
{
    lobby::Policy policy;
    policy.join.deny.push_back(*wire::parse_network("10.0.0.1"));
    Fixture fixture(policy);
    const net::UniqueFd guest = fixture.arrive();
    write_all(guest, "RATS" + std::string(12, 'x') + "header");
    std::string heard;
    CHECK(fixture.end_of(guest, heard) == net::IoState::finished);
    CHECK(heard.size() == 24);
    CHECK(heard.substr(0, 4) == "DENY");
}

TEST_CASE("a guest that says more than is kept loses nothing")
{
    lobby::Policy policy;
    policy.limits.buffered_bytes_per_connection = 4096;
    Fixture fixture(policy);
    const net::UniqueFd control = fixture.arrive();
    write_all(control, std::string("RATS") + std::string(12, '\0'));
    const std::string id = fixture.hear(control, 16).substr(4);
    const net::UniqueFd guest = fixture.arrive();
    write_all(guest, "RATS" + id);
    const std::string early = fill(guest);
    const std::string ticket = fixture.hear(control, 16).substr(4);
    for (int round = 0; round < 10; ++round)
        fixture.engine.turn({});
    const net::UniqueFd host = fixture.arrive();
    write_all(host, "RATL" + ticket);
    CHECK(fixture.hear(host, early.size()) == early);
}

TEST_CASE("a guest whose session id was mistyped never opens a session")
{
    Fixture fixture;
    const net::UniqueFd guest = fixture.arrive();
    write_all(guest, std::string("RATS") + std::string(12, '\0'));
    fixture.run_until([&] { return fixture.engine.lobby().use().connections == 1; });
    fixture.engine.turn({});
    write_all(guest, "RANP");
    std::string heard;
    (void)fixture.end_of(guest, heard);
    CHECK(heard.empty());
    CHECK(fixture.said(wire::CloseReason::lost_guest) == 1);
    CHECK(fixture.engine.lobby().totals().sessions == 0);
}

TEST_CASE("a link that nobody reads along on tells nothing of its game")
{
    Fixture fixture;
    const Game game(fixture, guest_header);
    CHECK_FALSE(fixture.game_facts().has_value());
}

TEST_CASE("who reads along sees early bytes and late ones")
{
    Fixture fixture;
    fixture.engine.inspect_new_links(true);
    Game game(fixture, guest_header, host_header);
    CHECK(fixture.hear(game.guest, host_header.size()) == host_header);
    REQUIRE(fixture.game_facts().has_value());
    CHECK(fixture.game_facts()->protocol == 6);
    fixture.engine.inspect_new_links(false); // this link has begun
    write_all(game.guest, nick("bob"));
    write_all(game.host, nick("alice"));
    CHECK(fixture.hear(game.host, 24 + 40) == guest_header + nick("bob"));
    CHECK(fixture.hear(game.guest, 40) == nick("alice"));
    CHECK(fixture.game_facts()->guest.nick == "bob");
    CHECK(fixture.game_facts()->host.nick == "alice");
}

TEST_CASE("who reads along gives up in silence, and nothing of the link changes")
{
    Fixture fixture;
    fixture.engine.inspect_new_links(true);
    Game game(fixture, guest_header, host_header);
    const std::string noise(1000, '\xff');
    write_all(game.host, noise);
    CHECK(fixture.hear(game.guest, 24 + noise.size()) == host_header + noise);
    CHECK_FALSE(fixture.game_facts().has_value());
    write_all(game.guest, nick("bob"));
    CHECK(fixture.hear(game.host, 24 + 40) == guest_header + nick("bob"));
    CHECK(fixture.engine.lobby().use().links == 1);
    CHECK_FALSE(fixture.game_facts().has_value());
}

TEST_CASE("shutting down lets the last bytes out, then tells that all is done")
{
    Fixture fixture;
    Game game(fixture);
    write_all(game.guest, "nearly there");
    fixture.engine.turn({});
    bool done = false;
    fixture.engine.shut_down(std::chrono::seconds(10), [&] { done = true; });
    std::string heard;
    (void)fixture.end_of(game.host, heard);
    CHECK(heard == "headernearly there");
    game.host = net::UniqueFd();
    game.guest = net::UniqueFd();
    game.control = net::UniqueFd();
    fixture.run_until([&] { return done; });
    CHECK(fixture.engine.lobby().use().connections == 0);
}

TEST_CASE("shutting down waits no longer than its grace")
{
    Fixture fixture;
    Game game(fixture);
    bool done = false;
    fixture.engine.shut_down(std::chrono::seconds(0), [&] { done = true; });
    fixture.run_until([&] { return done; });
}
