// Which rooms a lobby is told of, and at which port.
#include "daemon/announcements.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;

namespace {

constexpr std::uint16_t own_port = 55435;

// Two who play and one who watches.
lobby::RoomSnapshot some_room()
{
    lobby::RoomSnapshot open;
    open.room.number = 7;
    open.room.core = "Nestopia";
    open.room.core_version = "1.52.0";
    open.room.content_crc = 0xd0b52f6a;
    open.members.resize(3);
    open.members[0].member.playing = true;
    open.members[1].member.playing = true;
    return open;
}

} // namespace

TEST_CASE("a room that is found by its content is told at our own port")
{
    config::Config config;
    config.policy.rooms.spectate_password = "moon";
    const auto entry = daemon::lobby_entry_of(some_room(), config, own_port);
    REQUIRE(entry.has_value());
    CHECK(entry->port == own_port);
    CHECK(entry->core_name == "Nestopia");
    CHECK(entry->core_version == "1.52.0");
    CHECK(entry->game_crc == 0xd0b52f6a);
    CHECK(entry->game_name == "CRC d0b52f6a");
    CHECK(entry->players == 2);
    CHECK(entry->spectators == 1);
    CHECK_FALSE(entry->has_password);
    CHECK(entry->has_spectate_password);
    CHECK(entry->session.empty());
}

TEST_CASE("a room with a port of its own is told there, wherever our own leads")
{
    config::Config config;
    config.policy.manual_ip = lobby::ManualIp::off;
    lobby::RoomSnapshot open = some_room();
    CHECK_FALSE(daemon::lobby_entry_of(open, config, own_port).has_value());
    open.join_port = 56001;
    const auto entry = daemon::lobby_entry_of(open, config, own_port);
    REQUIRE(entry.has_value());
    CHECK(entry->port == 56001);
}

TEST_CASE("private rooms, empty ones and those of old lobbies are not told")
{
    const config::Config config;
    lobby::RoomSnapshot open = some_room();
    open.room.by_password = true;
    CHECK_FALSE(daemon::lobby_entry_of(open, config, own_port).has_value());
    open = some_room();
    open.members.clear();
    CHECK_FALSE(daemon::lobby_entry_of(open, config, own_port).has_value());
    open = some_room();
    open.room.port = 55000;
    CHECK_FALSE(daemon::lobby_entry_of(open, config, own_port).has_value());
    open = some_room();
    open.room.content_crc = 0; // nobody would find it
    CHECK_FALSE(daemon::lobby_entry_of(open, config, own_port).has_value());
}

TEST_CASE("names in the lobby differ for the lobby too")
{
    std::set<std::string> taken;
    CHECK(daemon::name_beside(taken, "ann") == "ann");
    CHECK(daemon::name_beside(taken, "ann") == "ann (2)");
    CHECK(daemon::name_beside(taken, "Zo\u00EB") == "Zo?");
    CHECK(daemon::name_beside(taken, "Zo\u00E9") == "Zo? (2)");
    CHECK(daemon::name_beside(taken, "") == "netplay-relay");
    const std::string thirty(30, 'n');
    const std::string long_name = thirty + "\u00EB\u00EB";
    CHECK(daemon::name_beside(taken, long_name) == thirty + "?");
    CHECK(daemon::name_beside(taken, long_name) == std::string(27, 'n') + " (2)");
}
