// Nodes of a fleet on real sockets: what they tell of themselves, and who hops.
#include "fleet_fixture.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

TEST_CASE("players of one game meet in one room, at whatever node they arrive, by their addresses")
{
    Nodes nodes(3);
    nodes.meet();
    MemberTraits traits;
    for (std::size_t at = 0; at < 3; ++at) {
        traits.nick = "nick" + std::to_string(at);
        (void)nodes.join(at, traits);
    }
    std::size_t rooms = 0;
    for (std::size_t at = 0; at < 3; ++at) {
        rooms += nodes.rooms(at);
        if (nodes.rooms(at) == 0) {
            CHECK(nodes[at].engine.hops() == 1);
            continue;
        }
        CHECK(nodes.members(at) == 3);
        std::vector<std::string> from;
        const auto seen = nodes[at].engine.lobby().look_at_rooms();
        for (const auto& member : seen.at(0).members)
            from.push_back(wire::to_text(member.peer.address));
        std::ranges::sort(from);
        CHECK(from == std::vector<std::string>{"10.0.0.1", "10.0.0.2", "10.0.0.3"});
    }
    CHECK(rooms == 1);

    // They leave by hanging up.
    nodes.players.clear();
    nodes.run_until([&] {
        return nodes.members(0) + nodes.members(1) + nodes.members(2) == 0 &&
               nodes[0].engine.hops() + nodes[1].engine.hops() + nodes[2].engine.hops() == 0;
    });
}

TEST_CASE("a guest is linked across nodes, and every byte of both arrives, whoever reads slowly")
{
    Nodes nodes(2);
    nodes.meet();
    const net::UniqueFd control = nodes.arrive(1);
    write_all(control, "RATS" + std::string(12, '\0'));
    const std::string id = nodes.hear(control, 16).substr(4);
    REQUIRE(id[0] == 1);
    net::UniqueFd guest = nodes.arrive(0);
    write_all(guest, "RATS" + id + "hello");
    const std::string ticket = nodes.hear(control, 16).substr(4);
    CHECK(nodes[0].engine.hops() == 1);
    net::UniqueFd host =
        nodes.arrive(0); // its connection for the guest comes to the wrong node, too
    write_all(host, "RATL" + ticket);
    CHECK(nodes.hear(host, 5) == "hello");
    const auto flood = [&](const net::UniqueFd& from, const net::UniqueFd& to) {
        std::string sent;
        std::string heard;
        std::size_t turns = 0;
        nodes.run_until([&] {
            if (sent.size() < 2000000) sent += fill(from);
            if (++turns % 3 == 0) heard += read_all(to);
            return sent.size() >= 2000000 && heard.size() >= sent.size();
        });
        CHECK(heard == sent);
    };
    flood(guest, host);
    flood(host, guest);
    net::finish_writing(guest.value());
    net::IoState state = net::IoState::blocked;
    nodes.run_until([&] {
        (void)read_all(host, state);
        return state != net::IoState::blocked;
    });
    CHECK(state == net::IoState::finished);
    write_all(host, "last words");
    CHECK(nodes.hear(guest, 10) == "last words");
    host = net::UniqueFd();
    nodes.run_until([&] { return nodes[0].engine.hops() == 0; });
    CHECK(nodes[1].engine.lobby().use().links == 0);
}

TEST_CASE("a node with another key stays alone, and whoever comes to it plays there")
{
    Nodes nodes(2, {the_key, std::string(64, 'd')});
    nodes.run_until([&] { return nodes[0].fleet->counts().refused > 0; });
    MemberTraits traits;
    for (traits.content_crc = 1; traits.content_crc < 4; ++traits.content_crc)
        (void)nodes.join(0, traits);
    CHECK(nodes.rooms(0) == 3);
    CHECK(nodes[0].fleet->view().up.count() == 1);
}

TEST_CASE("a node that goes takes its rooms with it, and the next ones meet at another")
{
    Nodes nodes(3);
    nodes.meet();
    MemberTraits traits;
    (void)nodes.join(0, traits);
    std::size_t owner = 0;
    while (nodes.rooms(owner) == 0)
        ++owner;
    nodes.all[owner].reset();
    std::vector<std::size_t> left;
    for (std::size_t at = 0; at < 3; ++at)
        if (at != owner) left.push_back(at);
    nodes.run_until([&] {
        return nodes[left[0]].fleet->view().up.count() == 2 &&
               nodes[left[1]].fleet->view().up.count() == 2;
    });
    traits.nick = "bob";
    (void)nodes.join(left[0], traits);
    traits.nick = "cid";
    (void)nodes.join(left[1], traits);
    CHECK(nodes.members(left[0]) + nodes.members(left[1]) == 2);
    CHECK(nodes.rooms(left[0]) + nodes.rooms(left[1]) == 1);
}

TEST_CASE("a room stays found at a node that drains, and a new one is opened elsewhere")
{
    Nodes nodes(2);
    nodes.meet();
    MemberTraits traits;
    (void)nodes.join(0, traits);
    const std::size_t owner = nodes.rooms(0) > 0 ? 0 : 1;
    nodes[owner].engine.begin_draining([] {});
    nodes[owner].fleet->look_again();
    nodes.run_until([&] {
        const fleet::View& seen = nodes[1 - owner].fleet->view();
        return !seen.open.test(owner) && seen.held.size() == 1;
    });
    traits.nick = "bob";
    (void)nodes.join(1 - owner, traits);
    CHECK(nodes.members(owner) == 2);
    for (traits.content_crc = 1; traits.content_crc < 4; ++traits.content_crc)
        (void)nodes.join(owner, traits);
    CHECK(nodes.rooms(owner) == 1);
    CHECK(nodes.rooms(1 - owner) == 3);
}

TEST_CASE("strangers at the links are counted, and those who belong there still come")
{
    Nodes nodes(2);
    nodes.meet();
    std::vector<net::UniqueFd> strangers;
    for (int at = 0; at < 3; ++at) {
        net::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(nodes[0].links.port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(connect(socket.value(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
        write_all(socket, std::string(100, 'x'));
        strangers.push_back(std::move(socket));
    }
    nodes.run_until([&] { return nodes[0].fleet->counts().refused == 3; });
    MemberTraits traits;
    for (traits.content_crc = 1; nodes.rooms(0) == 0; ++traits.content_crc)
        (void)nodes.join(1, traits);
    nodes.run_until([&] { return nodes[0].fleet->counts().taken == 1; });
}

TEST_CASE("a node asks all for their status, and is told why one has none")
{
    Nodes nodes(3);
    nodes.meet();
    const auto tell = [&](std::size_t at, std::string text) {
        nodes[at].fleet->tell_status_by(
            [text]() -> boost::asio::awaitable<std::string> { co_return text; });
    };
    tell(0, "here");
    tell(1, std::string(3'000'000, 'x')); // more than a socket takes at once
    tell(2, std::string(fleet::answer_max + 1, 'y'));
    std::string all;
    nodes[0].fleet->ask_all(
        [](const std::vector<net::NodeAnswer>& answers) {
            std::string text;
            for (const net::NodeAnswer& one : answers)
                text += std::to_string(one.node) + (one.is_own ? "*" : "") + ":" +
                        std::to_string(one.status.size()) + " " + one.problem + "\n";
            return text;
        },
        [&](std::string text) { all = std::move(text); });
    nodes.run_until([&] { return !all.empty(); });
    CHECK(all == "0*:4 \n1:3000000 \n2:0 it has no room for one more\n");
}

TEST_CASE("what one node knows of bans comes to all others")
{
    Nodes nodes(3);
    std::array<lobby::BanBook, 3> books;
    constexpr std::int64_t now_ms = 1'795'995'572'000;
    for (std::size_t at = 0; at < 3; ++at)
        nodes[at].fleet->when_bans_come(
            [&, at](fleet::Node, const std::vector<lobby::BanEntry>& others) {
                (void)books[at].merge(others, now_ms);
                nodes[at].fleet->tell_bans(books[at]);
            });
    for (std::size_t at = 0; at < 3; ++at) { // before they have met
        lobby::BanEntry entry;
        entry.network = *wire::parse_network("203.0.113." + std::to_string(at));
        books[at].say(entry, now_ms);
        nodes[at].fleet->tell_bans(books[at]);
    }
    nodes.run_until([&] {
        return std::ranges::all_of(books, [](const auto& book) { return book.size() == 3; });
    });
    lobby::BanEntry entry = books[1].all()[0];
    entry.lifted = true;
    books[1].say(entry, now_ms);
    nodes[1].fleet->tell_bans(books[1]);
    nodes.run_until([&] {
        return books[0].digest() == books[1].digest() && books[2].digest() == books[1].digest();
    });
    CHECK(books[0].all()[0].lifted);
}
