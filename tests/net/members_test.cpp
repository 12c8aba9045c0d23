// Members of rooms on real sockets.
#include "fixture.hpp"

#include "support/netplay_member.hpp"
#include "worker/send_queue.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

using Bytes = std::vector<std::uint8_t>;

// A member with its socket.
struct Player
{
    Fixture& fixture;
    NetplayMember member;
    net::UniqueFd socket;
    Bytes unsent;

    Player(Fixture& in, const std::string& nick) : Player(in, nick, in.arrive()) {}

    Player(Fixture& in, const std::string& nick, net::UniqueFd connected)
        : fixture(in), member(traits_of(nick)), socket(std::move(connected))
    {
        say(member.start());
    }

    static MemberTraits traits_of(const std::string& nick)
    {
        MemberTraits traits;
        traits.nick = nick;
        return traits;
    }

    void say(const Bytes& bytes)
    {
        unsent.insert(unsent.end(), bytes.begin(), bytes.end());
        if (unsent.empty()) return;
        const auto sent = net::write_now(socket.value(), unsent);
        unsent.erase(unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(sent.bytes));
    }

    void listen()
    {
        const std::string heard = read_all(socket);
        say(member.hears({reinterpret_cast<const std::uint8_t*>(heard.data()), heard.size()}));
    }
};

void run_until(Fixture& fixture, const std::vector<Player*>& players,
               const std::function<bool()>& holds)
{
    fixture.run_until([&] {
        for (Player* player : players)
            player->listen();
        return holds();
    });
}

void come_in(Fixture& fixture, const std::vector<Player*>& players)
{
    run_until(fixture, players, [&] {
        return std::ranges::all_of(
            players, [](const Player* player) { return player->member.is_in_room(); });
    });
}

void begin_to_play(Fixture& fixture, Player& player, const std::vector<Player*>& players)
{
    player.say(player.member.says(wire::Play{}));
    run_until(fixture, players, [&] { return player.member.is_playing(); });
}

lobby::MemberSnapshot look_at(const Fixture& fixture, std::size_t at)
{
    const auto rooms = fixture.engine.lobby().look_at_rooms();
    REQUIRE(rooms.size() == 1);
    return rooms[0].members.at(at);
}

net::UniqueFd connect_to(std::uint16_t port)
{
    net::UniqueFd connected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connected.is_open());
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(connected.value(), reinterpret_cast<const sockaddr*>(&address),
                    sizeof(address)) == 0);
    REQUIRE(fcntl(connected.value(), F_SETFL, O_NONBLOCK) == 0);
    return connected;
}

// What is no savestate, and does not grow small when it is compressed.
Bytes noise(std::size_t size)
{
    Bytes bytes(size);
    std::uint32_t value = 1;
    for (std::uint8_t& byte : bytes) {
        value = value * 1664525 + 1013904223;
        byte = static_cast<std::uint8_t>(value >> 24);
    }
    return bytes;
}

} // namespace

TEST_CASE("two members come in by their bytes, and play")
{
    Fixture fixture;
    Player ann(fixture, "ann");
    come_in(fixture, {&ann});
    begin_to_play(fixture, ann, {&ann});
    Player bob(fixture, "bob");
    come_in(fixture, {&ann, &bob});
    CHECK(bob.member.states == 1);
    CHECK(fixture.engine.lobby().use().members == 2);
    CHECK(fixture.engine.lobby().use().links == 0);
    const wire::Frame first = ann.member.frame;
    for (wire::Frame frame = first; frame < first + 20; ++frame)
        ann.say(ann.member.plays(frame, frame));
    run_until(fixture, {&ann, &bob}, [&] { return bob.member.inputs.size() >= 20; });
    CHECK(bob.member.inputs.back() == first + 19);
    const auto facts = fixture.engine.facts_of(look_at(fixture, 0).member.connection);
    REQUIRE(facts);
    CHECK(facts->received > 20 * 12);
    CHECK(facts->sent == ann.member.heard);
    CHECK(facts->kept == 0);
    ann.socket = net::UniqueFd();
    run_until(fixture, {&bob}, [&] { return fixture.engine.lobby().use().members == 1; });
    CHECK(fixture.said(wire::CloseReason::member_left) == 1);
}

TEST_CASE("a member's first bytes may come one by one, or all at once")
{
    Fixture fixture;
    Player ann(fixture, "ann");
    come_in(fixture, {&ann});
    MemberTraits traits;
    traits.nick = "bob";
    NetplayMember bob(traits);
    const net::UniqueFd socket = fixture.arrive();
    for (const std::uint8_t byte : bob.start()) {
        write_all(socket, std::string(1, static_cast<char>(byte)));
        fixture.engine.turn({});
    }
    run_until(fixture, {&ann}, [&] {
        const std::string heard = read_all(socket);
        const Bytes reply =
            bob.hears({reinterpret_cast<const std::uint8_t*>(heard.data()), heard.size()});
        write_all(socket, {reinterpret_cast<const char*>(reply.data()), reply.size()});
        return bob.is_in_room();
    });
    CHECK(fixture.engine.lobby().use().members == 2);
}

TEST_CASE("a probe is answered and closed")
{
    Fixture fixture;
    const net::UniqueFd probe = fixture.arrive();
    write_all(probe, "POKE");
    std::string heard;
    CHECK(fixture.end_of(probe, heard) == net::IoState::finished);
    CHECK(heard.size() == 24);
    CHECK(heard.substr(0, 4) == "RANP");
    CHECK(fixture.said(wire::CloseReason::probe) == 1);
}

TEST_CASE("with manual_ip off an old client reads that it is old, once")
{
    lobby::Policy policy;
    policy.manual_ip = lobby::ManualIp::off;
    Fixture fixture(policy);
    const net::UniqueFd old = fixture.arrive();
    write_all(old, std::string("RANP") + std::string(20, '\0'));
    std::string heard;
    CHECK(fixture.end_of(old, heard) == net::IoState::finished);
    CHECK(heard == std::string("RANP") + std::string(20, '\0'));
    CHECK(fixture.said(wire::CloseReason::old_version) == 1);
}

TEST_CASE("a client that shares no protocol with us reads one header and no second")
{
    Fixture fixture;
    const net::UniqueFd future = fixture.arrive();
    wire::NetplayHeader header;
    header.salt_or_highest = 9;
    header.protocol = 8;
    Bytes bytes;
    wire::encode_opening(header, bytes);
    write_all(future, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    std::string heard;
    CHECK(fixture.end_of(future, heard) == net::IoState::finished);
    CHECK(heard.size() == 24);
    CHECK(heard.substr(0, 4) == "RANP");
    CHECK(fixture.said(wire::CloseReason::no_common_protocol) == 1);
}

TEST_CASE("a member that reads nothing is closed, and the others are not harmed")
{
    Fixture fixture;
    Player ann(fixture, "ann");
    ann.member.state = noise(600000);
    come_in(fixture, {&ann});
    begin_to_play(fixture, ann, {&ann});
    Player bob(fixture, "bob");
    come_in(fixture, {&ann, &bob});
    Player deaf(fixture, "deaf");
    run_until(fixture, {&ann, &bob, &deaf},
              [&] { return fixture.engine.lobby().use().members == 3; });
    // One state after the other, and it takes none of them.
    for (std::size_t states = bob.member.states;
         fixture.said(wire::CloseReason::member_backlog) == 0;) {
        REQUIRE(states < 2 + worker::member_states_max + 6); // some are in the kernel
        ann.say(ann.member.gives_state());
        ++states;
        run_until(fixture, {&ann, &bob}, [&] { return bob.member.states >= states; });
    }
    std::string ignored;
    (void)fixture.end_of(deaf.socket, ignored);
    CHECK(fixture.engine.lobby().use().members == 2);
    ann.say(ann.member.plays(ann.member.frame));
    const wire::Frame last = ann.member.frame - 1;
    run_until(fixture, {&ann, &bob},
              [&] { return !bob.member.inputs.empty() && bob.member.inputs.back() == last; });
    CHECK(fixture.said(wire::CloseReason::member_backlog) == 1);
}

TEST_CASE("a state of 4 MiB for one does not hold up the others' bytes")
{
    Fixture fixture;
    Player ann(fixture, "ann");
    come_in(fixture, {&ann});
    begin_to_play(fixture, ann, {&ann});
    Player bob(fixture, "bob");
    ann.member.state = noise(4U << 20U);
    come_in(fixture, {&ann, &bob});
    Player cat(fixture, "cat");
    const auto kept_for_cat = [&] {
        const auto facts = fixture.engine.facts_of(look_at(fixture, 2).member.connection);
        return facts ? facts->kept : 0;
    };
    run_until(fixture, {&ann, &bob, &cat},
              [&] { return fixture.engine.lobby().use().members == 3; });
    run_until(fixture, {&ann, &bob}, [&] { return kept_for_cat() > (3U << 20U); });
    for (int frames = 0; frames < 20; ++frames)
        ann.say(ann.member.plays(ann.member.frame));
    const wire::Frame last = ann.member.frame - 1;
    run_until(fixture, {&ann, &bob},
              [&] { return !bob.member.inputs.empty() && bob.member.inputs.back() == last; });
    CHECK(kept_for_cat() > (3U << 20U));
    run_until(fixture, {&ann, &bob, &cat}, [&] {
        return cat.member.is_in_room() && !cat.member.inputs.empty() &&
               cat.member.inputs.back() == last;
    });
    CHECK(cat.member.states == 1);
    CHECK(netplay::decompress(cat.member.last_state, 4U << 20U) == ann.member.state);
    CHECK(kept_for_cat() == 0);
    CHECK(fixture.engine.lobby().use().members == 3);
}

namespace {

// One that the system has just given out and got back.
std::uint16_t free_port()
{
    const net::Listening free =
        net::listen_on({*wire::parse_address("0.0.0.0"), 0}, net::Keepalive{});
    REQUIRE(free.socket.is_open());
    return net::local_endpoint(free.socket.value()).port;
}

} // namespace

TEST_CASE("a port of its own leads to a room, and is closed with it")
{
    const wire::Address loopback = *wire::parse_address("127.0.0.1");
    const std::uint16_t port = free_port();
    lobby::Policy policy;
    policy.join_ports = {port, port};
    Fixture fixture(policy);
    fixture.engine.listen_for_ports_at({loopback});
    Player ann(fixture, "ann");
    come_in(fixture, {&ann});
    const auto rooms = fixture.engine.lobby().look_at_rooms();
    REQUIRE(rooms.size() == 1);
    CHECK(rooms[0].join_port == port);
    Player bob(fixture, "bob", connect_to(port));
    come_in(fixture, {&ann, &bob});
    CHECK(fixture.engine.lobby().use().members == 2);
    CHECK(fixture.engine.lobby().use().rooms == 1);
    ann.socket = net::UniqueFd();
    bob.socket = net::UniqueFd();
    fixture.run_until([&] { return fixture.engine.lobby().use().rooms == 0; });
    // Nobody listens there any more: it can be had again.
    CHECK(net::listen_on({loopback, port}, net::Keepalive{}).socket.is_open());
}

TEST_CASE("a port that cannot be opened is no harm")
{
    const wire::Address loopback = *wire::parse_address("127.0.0.1");
    const net::Listening taken = net::listen_on({loopback, 0}, net::Keepalive{});
    REQUIRE(taken.socket.is_open());
    const std::uint16_t port = net::local_endpoint(taken.socket.value()).port;
    lobby::Policy policy;
    policy.join_ports = {port, port};
    Fixture fixture(policy);
    fixture.engine.listen_for_ports_at({loopback});
    Player ann(fixture, "ann");
    come_in(fixture, {&ann});
    CHECK(fixture.engine.lobby().use().members == 1);
    const net::UniqueFd server = fixture.arrive();
    write_all(server, std::string("\0\0FI\0\0\0\0", 8));
    CHECK(fixture.hear(server, 12) == std::string("\0\0FJ\0\0\0\4\0\0\0\0", 12));
}

TEST_CASE("ports are opened beside a listener on one address of many")
{
    const auto addresses = [](std::initializer_list<const char*> texts) {
        std::vector<wire::Address> all;
        for (const char* text : texts)
            all.push_back(*wire::parse_address(text));
        return all;
    };
    CHECK(net::without_covered(addresses({"0.0.0.0", "127.0.0.1", "::1", "0.0.0.0"})) ==
          addresses({"0.0.0.0", "::1"}));
    CHECK(net::without_covered(addresses({"::1", "127.0.0.1", "::"})) ==
          addresses({"127.0.0.1", "::"}));
    CHECK(net::without_covered(addresses({"127.0.0.1", "127.0.0.2"})) ==
          addresses({"127.0.0.1", "127.0.0.2"}));

    lobby::Policy policy;
    const std::uint16_t port = free_port();
    policy.join_ports = {port, port};
    Fixture fixture(policy);
    fixture.engine.listen_for_ports_at(addresses({"127.0.0.1", "0.0.0.0"}));
    Player ann(fixture, "ann");
    come_in(fixture, {&ann});
    CHECK(fixture.engine.lobby().look_at_rooms().at(0).join_port == port);
}

TEST_CASE("shutting down ends members, and waits for their last bytes")
{
    Fixture fixture;
    Player ann(fixture, "ann");
    Player bob(fixture, "bob");
    come_in(fixture, {&ann, &bob});
    const net::UniqueFd mute = fixture.arrive();
    write_all(mute, std::string("RANP") + std::string(20, '\1'));
    fixture.run_until([&] { return fixture.engine.lobby().use().entering == 1; });
    bool done = false;
    fixture.engine.shut_down(std::chrono::seconds(10), [&] { done = true; });
    CHECK(fixture.said(wire::CloseReason::shutdown) == 3);
    std::string heard;
    CHECK(fixture.end_of(ann.socket, heard) == net::IoState::finished);
    ann.socket = net::UniqueFd();
    bob.socket = net::UniqueFd();
    std::string nothing;
    (void)fixture.end_of(mute, nothing);
    fixture.run_until([&] {
        (void)read_all(mute);
        return done || fixture.engine.lobby().use().connections == 0;
    });
    CHECK(fixture.engine.lobby().use().rooms == 0);
}
