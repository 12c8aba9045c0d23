// What becomes of those who name no session: manual_ip, doors, rooms and ranges of ports.
#include "faults.hpp"

namespace netplay_relay::config {

using lobby::ManualIp;

TEST_CASE("manual_ip is one of four words")
{
    for (const auto& [text, manual_ip] :
         std::vector<std::pair<std::string, ManualIp>>{{"auto", ManualIp::automatic},
                                                       {"room", ManualIp::room},
                                                       {"tunnel", ManualIp::tunnel},
                                                       {"off", ManualIp::off}}) {
        const Config config = accepted("{\"manual_ip\": \"" + text + "\"}");
        CHECK((config.policy.manual_ip == manual_ip));
        CHECK(to_text(manual_ip) == text);
    }
    for (const std::string value : {"\"automatic\"", "\"\"", "true", "null", "1", "[\"off\"]"})
        check_fault("{\"manual_ip\": " + value + "}", "manual_ip",
                    {"must be \"auto\", \"room\", \"tunnel\" or \"off\", not " + shown_as(value)});
}

TEST_CASE("doors have addresses, and rules of their own")
{
    const Config config = accepted(R"({"doors": [
        {"listen": ["127.0.0.1:0", "[::1]:0"], "manual_ip": "room", "rooms": "by_password"},
        {"listen": ["127.0.0.1:5000"]},
        {"listen": ["127.0.0.1:5001"], "manual_ip": "off", "rooms": "by_content"},
        {"listen": ["127.0.0.1:5002"], "multitap": true},
        {"listen": ["127.0.0.1:5003"], "rooms": "by_core"}]})");
    REQUIRE(config.doors.size() == 5);
    lobby::ListenerProfile by_core;
    by_core.by_password = true;
    by_core.by_core = true;
    CHECK((config.doors[4].profile == by_core));
    lobby::ListenerProfile with_multitap;
    with_multitap.multitap = true;
    CHECK((config.doors[3].profile == with_multitap));
    REQUIRE(config.doors[0].listen.size() == 2);
    CHECK(wire::to_text(config.doors[0].listen[1]) == "[::1]:0");
    lobby::ListenerProfile with_password;
    with_password.manual_ip = ManualIp::room;
    with_password.by_password = true;
    CHECK((config.doors[0].profile == with_password));
    CHECK((config.doors[1].profile == lobby::ListenerProfile{}));
    lobby::ListenerProfile without_manual_ip;
    without_manual_ip.manual_ip = ManualIp::off;
    CHECK((config.doors[2].profile == without_manual_ip));
    CHECK_FALSE((config == Config{}));
}

TEST_CASE("faults of doors")
{
    check_fault(R"({"doors": {}})", "doors");
    check_fault(R"({"doors": [{}]})", "doors[0].listen", {"must name at least one address"});
    check_fault(R"({"doors": [{"listen": []}]})", "doors[0].listen",
                {"must name at least one address"});
    check_fault(R"({"doors": [{"listen": ["127.0.0.1:0"]}, {"listen": ["nowhere"]}]})",
                "doors[1].listen[0]", {"an address with a port"});
    check_fault(R"({"doors": [{"listen": ["127.0.0.1:0"], "manual_ip": "on"}]})",
                "doors[0].manual_ip", {"\"auto\""});
    check_fault(R"({"doors": [{"listen": ["127.0.0.1:0"], "multitap": 4}]})", "doors[0].multitap",
                {"true or false, not 4"});
    check_fault(R"({"doors": [{"listen": ["127.0.0.1:0"], "rooms": "mine"}]})", "doors[0].rooms",
                {"\"by_content\", \"by_password\" or \"by_core\"", "not \"mine\""});
    check_fault(R"({"doors": [{"listen": ["127.0.0.1:0"], "port": 1}]})", "doors[0].port",
                {"known are: listen, manual_ip, multitap, rooms"});
}

TEST_CASE("every key of rooms is taken")
{
    const room::RoomSettings rooms = accepted(R"({"rooms": {
        "nick": "the relay", "password": "moon", "spectate_password": "sun",
        "rooms": 2, "rooms_per_address": 3, "members": 4, "savestate_bytes": 5000,
        "savestate_bytes_in_all": 50000,
        "slow_player_seconds": 6, "desync_watch_seconds": 7,
        "multitap": true,
        "devices": [{"core": "Arena", "devices": [1, 513]}, {"core": "Chess", "devices": [2]},
                    {"core": "FCEUMM", "multitap": true},
                    {"core": "Snes9x", "multitap": false, "players": 2},
                    {"core": "Gambatte", "players": 1}], "players": 4}})")
                                         .policy.rooms;
    room::RoomSettings expected;
    expected.nick = "the relay";
    expected.password = "moon";
    expected.spectate_password = "sun";
    expected.rooms = 2;
    expected.rooms_per_address = 3;
    expected.members = 4;
    expected.savestate_bytes = 5000;
    expected.savestate_bytes_in_all = 50000;
    expected.slow_player = std::chrono::seconds{6};
    expected.desync_watch = std::chrono::seconds{7};
    expected.multitap = true;
    expected.devices = {{"Arena", {1, 513}},
                        {"Chess", {2}},
                        {"FCEUMM", {}, room::DeviceSource::multitap},
                        {"Snes9x", room::joypads(), room::DeviceSource::listed, 2},
                        {"Gambatte", {}, room::DeviceSource::listener, 1}};
    expected.players = 4;
    CHECK((rooms == expected));
}

TEST_CASE("faults of rooms")
{
    const auto check = [](const std::string& inside, const std::string& key,
                          const std::vector<std::string>& parts = {}) {
        check_fault("{\"rooms\": {" + inside + "}}", key, parts);
    };
    for (const std::string& nick : {std::string(), std::string(32, 'n')})
        check("\"nick\": \"" + nick + "\"", "rooms.nick", {"a name of 1 to 31 bytes"});
    for (const char* key : {"password", "spectate_password"})
        check("\"" + std::string(key) + "\": \"" + std::string(128, 'p') + "\"",
              "rooms." + std::string(key), {"at most 127 bytes"});
    check(R"("rooms": 0)", "rooms.rooms", {"from 1 to 100000"});
    check(R"("rooms_per_address": 0)", "rooms.rooms_per_address");
    check(R"("members": 32)", "rooms.members", {"from 1 to 31, not 32"});
    check(R"("members": 0)", "rooms.members");
    check(R"("players": 0)", "rooms.players", {"from 1 to 16, not 0"});
    check(R"("players": 17)", "rooms.players");
    check(R"("savestate_bytes": 4095)", "rooms.savestate_bytes");
    check(R"("savestate_bytes": 268435457)", "rooms.savestate_bytes");
    check(R"("savestate_bytes_in_all": 4095)", "rooms.savestate_bytes_in_all");
    check(R"("slow_player_seconds": 0)", "rooms.slow_player_seconds");
    check(R"("desync_watch_seconds": -1)", "rooms.desync_watch_seconds");
    check(R"("seats": 1)", "rooms.seats", {"known are: "});
}

TEST_CASE("faults of devices")
{
    const auto check = [](const std::string& table, const std::string& key,
                          const std::vector<std::string>& parts = {}) {
        check_fault("{\"rooms\": {\"devices\": [" + table + "]}}", "rooms.devices[0]." + key,
                    parts);
    };
    check(R"({"devices": [1]})", "core", {"must be there"});
    check(R"({"core": "Arena"})", "devices", {"must be there"});
    check(R"({"core": "Arena", "players": 0})", "players", {"from 1 to 16, not 0"});
    check(R"({"core": "Arena", "players": 17})", "players", {"from 1 to 16, not 17"});
    check(R"({"core": "Arena", "multitap": true})", "multitap",
          {"is known for these cores only: FCEUmm, "});
    check(R"({"core": "FCEUmm", "multitap": "yes"})", "multitap", {"must be true or false"});
    check(R"({"core": "FCEUmm", "multitap": true, "devices": [1]})", "multitap",
          {"must not be there beside devices"});
    check(R"({"multitap": true})", "core", {"must be there"});
    check(R"({"core": "", "devices": [1]})", "core", {"the name of a core"});
    check_fault(R"({"rooms": {"devices": [{"core": "Arena", "players": 1},
        {"core": "Chess", "players": 2}, {"core": "Arena", "devices": [1]}]}})",
                "rooms.devices[2].core", {"must not be there twice"});
    for (const char* devices : {"[]", "[-1]", "[4294967296]", "[1.5]", "1", "[\"joypad\"]",
                                "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"})
        check(std::string(R"({"core": "Arena", "devices": )") + devices + "}", "devices",
              {"1 to 16 whole numbers from 0 to 4294967295"});
}

TEST_CASE("ranges of ports are two numbers, or one, or none")
{
    const Config config = accepted(R"({
        "listen": ["0.0.0.0:1"], "admin": {"listen": []}, "join_ports": "5000",
        "legacy_ports": {"range": "55000-64999", "per_address": 2, "expiry_seconds": 10}})");
    CHECK((config.policy.join_ports == lobby::PortRange{5000, 5000}));
    CHECK((config.policy.legacy_ports.range == lobby::PortRange{55000, 64999}));
    CHECK(config.policy.legacy_ports.per_address == 2);
    CHECK(config.policy.legacy_ports.expiry == std::chrono::seconds{10});
    CHECK(config.policy.join_ports.contains(5000));
    CHECK_FALSE(config.policy.join_ports.contains(5001));
    CHECK_FALSE(lobby::PortRange{}.contains(0));
    CHECK(accepted(R"({"join_ports": ""})").policy.join_ports.empty());
}

TEST_CASE("faults of ranges of ports")
{
    for (const std::string value :
         {"\"0\"", "\"0-5\"", "\"5001-5000\"", "\"5000-15000\"", "\"65536\"", "\"5000-65536\"",
          "\"-\"", "\"5000-\"", "\"-5000\"", "\"5000 - 5001\"", "\"5000-5001-5002\"", "\"0x50\"",
          "\"+5\"", "\" 5\"", "\"all\"", "5000", "null", "[5000, 5001]"}) {
        const std::string said = "must be a range of at most 10000 ports such as \"56000-56099\", "
                                 "or \"\" for none, not " +
                                 shown_as(value);
        check_fault("{\"join_ports\": " + value + "}", "join_ports", {said});
        check_fault("{\"legacy_ports\": {\"range\": " + value + "}}", "legacy_ports.range", {said});
    }
    check_fault(R"({"legacy_ports": {"per_address": 0}})", "legacy_ports.per_address");
    check_fault(R"({"legacy_ports": {"expiry_seconds": 9}})", "legacy_ports.expiry_seconds");
    check_fault(R"({"legacy_ports": {"first": 1}})", "legacy_ports.first",
                {"known are: expiry_seconds, per_address, range"});
}

} // namespace netplay_relay::config

TEST_CASE("a listener may promise a session id, once and where somebody can host")
{
    const auto parsed = netplay_relay::config::parse_config(
        R"({"doors": [{"listen": ["0.0.0.0:55437"], "session": "FRIDAYNIGHTSNES1"}]})");
    REQUIRE(parsed.faults.empty());
    CHECK(parsed.config.doors.front().profile.reserved ==
          netplay_relay::wire::parse_session_id("FRIDAYNIGHTSNES1"));
    for (const char* door : {R"("session": "FRIDAY")", R"("session": "AAAAAAAAAAAAAAAA")",
                             R"("session": "FRIDAYNIGHTSNES1", "manual_ip": "room")",
                             R"("session": "FRIDAYNIGHTSNES1", "rooms": "by_core")"}) {
        INFO(door);
        const auto wrong = netplay_relay::config::parse_config(
            std::string(R"({"doors": [{"listen": ["0.0.0.0:55437"], )") + door + "}]}");
        REQUIRE(wrong.faults.size() == 1);
        CHECK(wrong.faults.front().key == "doors[0].session");
    }
    const auto twice = netplay_relay::config::parse_config(
        R"({"doors": [{"listen": ["0.0.0.0:55437"], "session": "FRIDAYNIGHTSNES1"}],
            "reserved_sessions": [{"id": "FRIDAYNIGHTSNES1", "networks": ["192.0.2.1"]}]})");
    REQUIRE(twice.faults.size() == 1);
    CHECK(twice.faults.front().key == "doors[0].session");
}
