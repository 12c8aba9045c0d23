// What a lobby is told, and what it answers.
#include "outward/lobby_form.hpp"
#include "support/catch.hpp"

#include <map>

namespace netplay_relay::outward {

namespace {

std::map<std::string, std::string> fields_of(const std::string& form)
{
    std::map<std::string, std::string> fields;
    std::size_t at = 0;
    while (at <= form.size()) {
        const std::size_t end = std::min(form.find('&', at), form.size());
        const std::string field = form.substr(at, end - at);
        const std::size_t equals = field.find('=');
        REQUIRE(equals != std::string::npos);
        CHECK(fields.emplace(field.substr(0, equals), field.substr(equals + 1)).second);
        at = end + 1;
    }
    return fields;
}

LobbyEntry some_room()
{
    LobbyEntry entry;
    entry.username = "alice";
    entry.core_name = "Genesis Plus GX";
    entry.core_version = "v1.7.4 +";
    entry.game_crc = 0x00abcdef;
    entry.port = 55435;
    entry.players = 2;
    entry.spectators = 1;
    return entry;
}

} // namespace

TEST_CASE("a room is told as a host that is reached directly")
{
    const auto fields = fields_of(form_of(some_room()));
    const std::map<std::string, std::string> expected{
        {"username", "alice"},
        {"core_name", "Genesis%20Plus%20GX"},
        {"core_version", "v1.7.4%20%2B"},
        {"game_name", "N%2FA"},
        {"game_crc", "00ABCDEF"},
        {"port", "55435"},
        {"mitm_server", ""},
        {"has_password", "0"},
        {"has_spectate_password", "0"},
        {"force_mitm", "0"},
        {"retroarch_version", "1.22.0"},
        {"frontend", "netplay-relay"},
        {"subsystem_name", "N%2FA"},
        {"mitm_session", ""},
        {"player_count", "2"},
        {"spectator_count", "1"},
    };
    CHECK(fields == expected);
}

TEST_CASE("a session is told with the relay and its id")
{
    LobbyEntry entry = some_room();
    entry.session = "ab+/efgh01234567";
    entry.relay_address = "relay.example";
    entry.has_password = true;
    const auto fields = fields_of(form_of(entry));
    CHECK(fields.at("force_mitm") == "1");
    CHECK(fields.at("mitm_server") == "custom");
    CHECK(fields.at("mitm_session") == "ab%2B%2Fefgh01234567");
    CHECK(fields.at("mitm_custom_addr") == "relay.example");
    CHECK(fields.at("mitm_custom_port") == "55435");
    CHECK(fields.at("has_password") == "1");
}

TEST_CASE("texts are ASCII, and no longer than lobbies take")
{
    LobbyEntry entry = some_room();
    entry.username = "Zo\u00EB\n" + std::string(50, 'x');
    entry.core_name = "\u65E5\u672C";
    entry.game_name = std::string(300, 'g');
    const auto fields = fields_of(form_of(entry));
    CHECK(fields.at("username") == "Zo%3F%3F" + std::string(27, 'x'));
    CHECK(fields.at("core_name") == "%3F%3F");
    CHECK(fields.at("game_name") == std::string(255, 'g'));
}

TEST_CASE("a lobby's answer")
{
    CHECK(read_lobby_answer("status=OK\nid=7\nconnectable=1\n").is_good);
    CHECK(read_lobby_answer("status=OK\r\nconnectable=0\r\n").is_good);
    CHECK_FALSE(read_lobby_answer("status=OK\r\nconnectable=0\r\n").connectable);
    CHECK_FALSE(read_lobby_answer("id=7\nconnectable=0\nstatus=OK").connectable);
    CHECK(read_lobby_answer("status=OK").connectable);
    for (const char* text :
         {"", "\n", "=", "status", "status=", "status=KO", "xstatus=OK", "OK", "<html>"})
        CHECK_FALSE(read_lobby_answer(text).is_good);
}

} // namespace netplay_relay::outward
