#include "admin/json_writer.hpp"
#include "admin/status_json.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace netplay_relay;
using nlohmann::json;

namespace {

std::string written(const std::optional<inspect::GameFacts>& game)
{
    std::string text;
    admin::JsonWriter out(text);
    admin::write_game(out, game);
    return text;
}

json game_json(const std::optional<inspect::GameFacts>& game) { return json::parse(written(game)); }

} // namespace

TEST_CASE("a link that nobody reads along on has no game")
{
    CHECK(written(std::nullopt) == "null");
}

TEST_CASE("what is not known is null")
{
    const json game = game_json(inspect::GameFacts{});
    CHECK(game == json::parse(R"({
        "stage": "header", "protocol": null, "password_asked": false, "core": null,
        "content_differs": false,
        "guest": {"nick": null, "content_crc": null, "frame": null},
        "host": {"nick": null, "content_crc": null, "frame": null},
        "players": [], "last_command": null, "crcs": 0, "crc_mismatches": 0, "resyncs": 0,
        "savestates": 0, "last_savestate": null, "resets": 0, "pauses": 0, "chats": 0})"));
}

TEST_CASE("every fact has its field")
{
    inspect::GameFacts facts;
    facts.stage = inspect::Stage::game;
    facts.protocol = 6;
    facts.password_asked = true;
    facts.core_name = "Gambatte";
    facts.guest = {"bob", 0x00c0ffee, 0};
    facts.host = {"J\xc3\xb6rg", 0xb12a9944, 0xffffffff};
    facts.content_differs = true;
    facts.players = {{0, "alice"}, {2, ""}};
    facts.last_command = {"INPUT", inspect::End::guest};
    facts.crcs = 1;
    facts.crc_mismatches = 2;
    facts.resyncs = 3;
    facts.savestates = 4;
    facts.last_savestate = {600, 4096, inspect::End::host};
    facts.resets = 5;
    facts.pauses = 6;
    facts.chats = 7;
    CHECK(game_json(facts) == json::parse(R"({
        "stage": "game", "protocol": 6, "password_asked": true,
        "core": {"name": "Gambatte", "version": null}, "content_differs": true,
        "guest": {"nick": "bob", "content_crc": "00c0ffee", "frame": 0},
        "host": {"nick": "J\u00f6rg", "content_crc": "b12a9944", "frame": 4294967295},
        "players": [{"number": 0, "nick": "alice"}, {"number": 2, "nick": null}],
        "last_command": {"name": "INPUT", "from": "guest"},
        "crcs": 1, "crc_mismatches": 2, "resyncs": 3, "savestates": 4,
        "last_savestate": {"frame": 600, "size_bytes": 4096, "from": "host"},
        "resets": 5, "pauses": 6, "chats": 7})"));
}

TEST_CASE("a nick of any bytes can be written")
{
    inspect::LinkInspector inspector;
    std::vector<std::uint8_t> said{'R', 'A', 'N', 'P', 0, 4, 0, 8, 0, 0, 0, 1,
                                   0,   0,   0,   6,   0, 0, 0, 5, 0, 0, 4, 0x69};
    inspector.take(inspect::End::guest, said);
    said[15] = 0;
    said[19] = 6;
    inspector.take(inspect::End::host, said);
    for (unsigned first = 0; first < 256; ++first) {
        std::vector<std::uint8_t> nick{0, 0, 0, 0x20, 0, 0, 0, 0x20};
        nick.push_back(static_cast<std::uint8_t>(first));
        nick.resize(39, 0xe2);
        nick.push_back(0);
        inspector.take(inspect::End::guest, nick);
        CHECK_NOTHROW((void)game_json(inspector.facts()));
    }
    CHECK_FALSE(inspector.gave_up());
}
