#include "peer/party_client.hpp"

#include "party_world.hpp"
#include "support/catch.hpp"

namespace netplay_relay::inspector {

using namespace std::chrono_literals;
using party::News;
using party::PeerNews;
using Game = PartyWorld::Game;

namespace {

constexpr std::int32_t guest_id = 5;
constexpr std::uint32_t counted = 10'000;

std::vector<std::uint8_t> payload_of(std::uint32_t number, std::size_t size = 4)
{
    std::vector<std::uint8_t> payload(size, 0);
    std::ranges::copy(little_endian(number), payload.begin());
    return payload;
}

bool send(Game& game, const PartyTarget& to, std::uint32_t number, Mode mode = Mode::reliable,
          std::size_t size = 4)
{
    return game.client->send(to, mode, 0, payload_of(number, size));
}

// Each once and in order: what it has got from that one are the numbers from 0 on.
void check_counted(const Game& game, std::int32_t source)
{
    std::uint32_t next = 0;
    for (const PartyPacket& packet : game.packets) {
        if (packet.source != source) continue;
        REQUIRE(load_little<std::uint32_t>(packet.payload) == next);
        ++next;
    }
    REQUIRE(next == counted);
}

// All the news of one kind that it has heard.
std::vector<std::int32_t> heard(const Game& game, News news)
{
    std::vector<std::int32_t> ids;
    for (const PartyClientEvent& event : game.events)
        if (const auto* told = std::get_if<PeerNews>(&event); told && told->news == news)
            ids.push_back(told->id);
    return ids;
}

std::optional<PartyEnd> end_of(const Game& game)
{
    if (game.events.empty()) return std::nullopt;
    const auto* end = std::get_if<PartyEnd>(&game.events.back());
    return end == nullptr ? std::nullopt : std::optional(*end);
}

using Ids = std::vector<std::int32_t>;

// What a client asks for that gets a connection now.
std::string asked_for(PartyClient& client, Instant now)
{
    client.dialling();
    client.connected(now);
    const std::string text(client.out().begin(), client.out().end());
    return text.substr(0, text.find("\r\n"));
}

std::string asked_for(PartyRequest request)
{
    PartyClient client(
        {std::move(request), "relay.example", true}, [](auto) {}, Instant{});
    return asked_for(client, Instant{});
}

} // namespace

TEST_CASE("party client: the request has the code as soon as it is known")
{
    CHECK(asked_for(PartyRequest{true, "game", "", 0, false, 0}) == "GET / HTTP/1.1");
    CHECK(asked_for(PartyRequest{true, "game", "game-club", 0, false, 0}) ==
          "GET /?party=GAMECLUB HTTP/1.1");
    CHECK(asked_for(PartyRequest{false, "game", " bcdf ghjk", 0, false, 5}) ==
          "GET /?party=BCDFGHJK HTTP/1.1");
    CHECK(asked_for(PartyRequest{false, "game", "bcdf&ghjk", 0, false, 5}) == "GET / HTTP/1.1");
    PartyWorld world(1);
    Game& host = world.host();
    std::string letters = world.code();
    std::erase(letters, '-');
    world.cut(host);
    CHECK(asked_for(*host.client, world.now()) == "GET /?party=" + letters + " HTTP/1.1");
}

TEST_CASE("party client: who hosts has a code, who joins is announced")
{
    PartyWorld world(1);
    Game& host = world.host();
    REQUIRE(host.client->is_in());
    const auto& welcome = std::get<party::Welcome>(host.events.front());
    CHECK(welcome.id == 1);
    CHECK(to_text(welcome.code) == world.code());
    CHECK(welcome.peers.empty());
    Game& guest = world.join(guest_id);
    REQUIRE(guest.client->is_in());
    CHECK(guest.client->peers() == std::set{1});
    world.run(10ms);
    CHECK(heard(host, News::joined) == Ids{guest_id});
    CHECK(host.client->peers() == std::set{guest_id});
    guest.client->leave();
    world.run(10ms);
    CHECK(end_of(guest)->kind == PartyEndKind::left);
    CHECK(heard(host, News::left) == Ids{guest_id});
    CHECK(host.client->peers().empty());
}

TEST_CASE("party client: packets go to whom they are for")
{
    PartyWorld world(2);
    Game& host = world.host(true);
    Game& a = world.join(2);
    Game& b = world.join(3);
    Game& c = world.join(4);
    REQUIRE(c.client->peers() == std::set{1, 2, 3});
    const std::vector<std::pair<PartyTarget, std::vector<Game*>>> cases{
        {{0, {}}, {&a, &b, &c}}, {{2, {}}, {&a}}, {{-3, {}}, {&a, &c}}, {{0, {3, 4}}, {&b, &c}}};
    std::uint32_t number = 0;
    for (const auto& [target, who] : cases) {
        for (const Mode mode : {Mode::unreliable, Mode::unreliable_ordered, Mode::reliable}) {
            for (Game* game : {&host, &a, &b, &c})
                game->packets.clear();
            REQUIRE(host.client->send(target, mode, 7, payload_of(++number)));
            world.run(200ms);
            for (Game* game : {&host, &a, &b, &c}) {
                const bool is_meant = std::ranges::find(who, game) != who.end();
                REQUIRE(game->packets.size() == (is_meant ? 1U : 0U));
                if (!is_meant) continue;
                const PartyPacket& packet = game->packets.front();
                CHECK(packet.source == 1);
                CHECK(packet.mode == mode);
                CHECK(packet.channel == 7);
                CHECK(packet.payload == payload_of(number));
            }
        }
    }
}

TEST_CASE("party client: packets of one kind leave in one message, others behind it")
{
    PartyWorld world(3);
    Game& host = world.host();
    Game& guest = world.join(guest_id);
    const auto before = guest.client->counts().messages_out;
    for (std::uint32_t number = 0; number < 100; ++number)
        REQUIRE(send(guest, {1, {}}, number, number < 50 ? Mode::unreliable : Mode::reliable));
    guest.client->tick(world.now());
    CHECK(guest.client->counts().messages_out == before + 2);
    world.run(100ms);
    REQUIRE(host.packets.size() == 100);
    for (std::uint32_t number = 0; number < 100; ++number)
        CHECK(load_little<std::uint32_t>(host.packets[number].payload) == number);
}

TEST_CASE("party client: what may not come in is told why")
{
    PartyWorld world(4);
    Game& host = world.host();
    SECTION("no such code")
    {
        Game& guest = world.enter({false, "game", "BCDF-GHJK", 0, false, guest_id});
        CHECK(end_of(guest)->kind == PartyEndKind::refused);
        CHECK(end_of(guest)->reason == "unknown_code");
        CHECK(end_of(guest)->text == "No game with this code is open.");
    }
    SECTION("another game")
    {
        CHECK(end_of(world.enter({false, "other", "", 0, false, guest_id}))->reason ==
              "different_game");
    }
    SECTION("the host refuses, and then not")
    {
        host.client->refuse(true);
        world.run(50ms);
        CHECK(end_of(world.join(guest_id))->reason == "party_refuses");
        host.client->refuse(false);
        world.run(50ms);
        CHECK(world.join(guest_id).client->is_in());
    }
    SECTION("no parties at this relay")
    {
        party::PartySettings settings;
        settings.parties = 0;
        PartyWorld other(5, settings);
        const auto end = end_of(other.host());
        CHECK(end->kind == PartyEndKind::refused);
        CHECK(end->text == "HTTP 503: This relay carries no Godot games.");
    }
}

TEST_CASE("party client: who is kicked hears the text behind what was sent before")
{
    PartyWorld world(6);
    Game& host = world.host();
    Game& guest = world.join(guest_id);
    REQUIRE(send(host, {guest_id, {}}, 1));
    host.client->kick(guest_id, "Go \"away\".\n");
    world.run(50ms);
    CHECK(guest.packets.size() == 1);
    CHECK(end_of(guest)->kind == PartyEndKind::closed);
    CHECK(end_of(guest)->reason == "kicked");
    CHECK(end_of(guest)->text == "Go \"away\".\n");
    CHECK(heard(host, News::left) == Ids{guest_id});
    world.run(3s);
    CHECK(world.manager().use().peers == 1);
}

TEST_CASE("party client: a WebSocket that is closed on the way is a lost network")
{
    PartyWorld world(6);
    Game& host = world.host();
    Game& guest = world.join(guest_id);
    std::vector<std::uint8_t> close;
    websocket::append_frame(close, websocket::Kind::close, std::array<std::uint8_t, 2>{3, 0xE9});
    guest.client->received(close, world.now());
    CHECK_FALSE(guest.client->is_in());
    CHECK(guest.client->connect_at().has_value());
    CHECK(end_of(guest) == std::nullopt);
    REQUIRE(send(host, {guest_id, {}}, 1));
}

TEST_CASE("party client: the others end with their host")
{
    PartyWorld world(7);
    Game& host = world.host();
    Game& guest = world.join(guest_id);
    REQUIRE(send(host, {0, {}}, 1));
    host.client->leave();
    world.run(50ms);
    CHECK(guest.packets.size() == 1);
    CHECK(end_of(guest)->reason == "host_gone");
    world.run(3s);
    CHECK(world.manager().use() == party::PartyUse{});
}

TEST_CASE("party client: each reliable message arrives once and in order")
{
    const bool is_cut = GENERATE(false, true);
    for (unsigned seed = 1; seed <= (is_cut ? 20U : 1U); ++seed) {
        CAPTURE(seed);
        PartyWorld world(seed);
        Game& host = world.host();
        Game& guest = world.join(guest_id);
        std::uint32_t from_host = 0;
        std::uint32_t from_guest = 0;
        const unsigned cuts = is_cut ? 50 : 0;
        const auto is_done = [&] {
            for (unsigned each = world.draw(0, 8); each > 0 && from_host < counted; --each)
                if (send(host, {guest_id, {}}, from_host)) ++from_host;
            for (unsigned each = world.draw(0, 8); each > 0 && from_guest < counted; --each)
                if (send(guest, {0, {}}, from_guest)) ++from_guest;
            for (Game* game : {&host, &guest})
                if (game->cuts < cuts && !game->cut_after)
                    game->cut_after = world.draw(1, world.draw(0, 3) == 0 ? 400 : 4000);
            // Cuts of who has all by then have to come by what it is pinged.
            return from_host == counted && from_guest == counted &&
                   host.packets.size() >= counted && guest.packets.size() >= counted &&
                   host.client->unacknowledged() == 0 && guest.client->unacknowledged() == 0;
        };
        REQUIRE(world.run_until(is_done));
        check_counted(host, guest_id);
        check_counted(guest, 1);
        CHECK(host.cuts >= cuts);
        CHECK(guest.cuts >= cuts);
        CHECK(host.client->is_in());
        CHECK((is_cut ? heard(host, News::absent).size() : 1U) > 0);
    }
}

TEST_CASE("party client: few old states come behind a freeze")
{
    const bool network = GENERATE(true, false);
    const std::size_t size = GENERATE(24U, 1000U);
    CAPTURE(network, size);
    PartyWorld world(8);
    Game& host = world.host();
    Game& guest = world.join(guest_id);
    std::uint32_t states = 0;
    const auto play = [&](Duration time) {
        for (const Instant until = world.now() + time; world.now() < until;) {
            REQUIRE(send(host, {0, {}}, states++, Mode::unreliable, size));
            world.run(16ms);
        }
    };
    play(1s);
    const std::uint32_t first_old = states;
    (network ? guest.frozen : guest.hangs) = true;
    play(3s);
    const std::size_t before = guest.packets.size();
    const std::uint32_t first_new = states;
    guest.frozen = guest.hangs = false;
    play(1s);
    std::size_t old = 0;
    for (std::size_t at = before; at < guest.packets.size(); ++at) {
        const auto number = load_little<std::uint32_t>(guest.packets[at].payload);
        old += number >= first_old && number < first_new ? 1U : 0U;
    }
    CHECK(old <= 60);
    CHECK(load_little<std::uint32_t>(guest.packets.back().payload) + 5 > states);
    // And nothing was dropped before, or once all moves again.
    CHECK(before + 5 > first_old);
    CHECK(guest.packets.size() - before - old + 5 > states - first_new);
}

TEST_CASE("party client: who was away too long is out")
{
    PartyWorld world(9);
    Game& host = world.host();
    Game& guest = world.join(guest_id);
    world.run(10ms);
    guest.frozen = true;
    world.cut(guest);
    REQUIRE(send(host, {guest_id, {}}, 1));
    world.run(5s);
    CHECK(heard(host, News::absent) == Ids{guest_id});
    CHECK(heard(host, News::left).empty());
    world.run(6s);
    CHECK(end_of(guest)->kind == PartyEndKind::lost);
    CHECK(heard(host, News::left) == Ids{guest_id});
}

TEST_CASE("party client: a relay that says nothing any more is left, and come back to")
{
    PartyWorld world(10);
    Game& host = world.host();
    Game& guest = world.join(guest_id);
    world.run(1s);
    guest.frozen = true;
    REQUIRE(send(guest, {1, {}}, 1));
    REQUIRE(world.run_until([&] { return !guest.client->is_in(); }, 15s));
    guest.up.clear();
    guest.down.clear();
    guest.frozen = false;
    REQUIRE(world.run_until([&] { return guest.client->is_in(); }, 5s));
    world.run(50ms);
    CHECK(guest.client->counts().returns == 1);
    CHECK(guest.client->counts().messages_repeated == 1);
    REQUIRE(host.packets.size() == 1);
}

} // namespace netplay_relay::inspector
