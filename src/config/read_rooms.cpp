#include "config/read_rooms.hpp"

#include "config/read_voice.hpp"
#include "room/multitap.hpp"

#include <algorithm>

namespace netplay_relay::config {

namespace {

constexpr std::size_t password_bytes_max = 127;
constexpr std::uint64_t day = 86400;

std::string multitap_cores()
{
    std::string all;
    for (const room::Multitap& known : room::multitaps())
        all += (all.empty() ? "" : ", ") + std::string(known.core);
    return all;
}

void read_devices(FaultReader& reader, std::vector<room::DeviceTable>& all)
{
    room::DeviceTable table;
    reader.text("core", "the name of a core", [&](const std::string& text) {
        table.core = text;
        return !text.empty() && text.size() < wire::core_field_size;
    });
    reader.numbers("devices", wire::ports_max, 0xFFFFFFFF, table.devices);
    const bool has_list = !reader.lacks("devices");
    const bool has_multitap = !reader.lacks("multitap");
    bool multitap = false;
    reader.flag("multitap", multitap);
    if (reader.lacks("core")) reader.fault("core", "must be there");
    const bool is_listed =
        std::ranges::find(all, table.core, &room::DeviceTable::core) != all.end();
    if (is_listed && !table.core.empty())
        reader.fault("core", "must not be there twice: only the first would count");
    const bool has_players = !reader.lacks("players");
    reader.number("players", 1, wire::ports_max, table.players);
    if (!has_list && !has_multitap && !has_players)
        reader.fault("devices", "must be there, unless multitap or players is");
    if (has_list && has_multitap) reader.fault("multitap", "must not be there beside devices");
    if (multitap && !table.core.empty() && room::multitap_of(table.core) == nullptr)
        reader.fault("multitap", "is known for these cores only: " + multitap_cores());
    if (multitap) table.source = room::DeviceSource::multitap;
    if (!has_list && !has_multitap) table.source = room::DeviceSource::listener;
    if (has_multitap && !multitap) table.devices = room::joypads();
    all.push_back(std::move(table));
}

} // namespace

void read_rooms(FaultReader& reader, room::RoomSettings& rooms)
{
    reader.text("nick", "a name of 1 to 31 bytes", [&](const std::string& text) {
        rooms.nick = text;
        return !text.empty() && text.size() < wire::nick_field_size;
    });
    reader.secret("password", password_bytes_max, rooms.password);
    reader.secret("spectate_password", password_bytes_max, rooms.spectate_password);
    reader.number("rooms", 1, 100000, rooms.rooms);
    reader.number("rooms_per_address", 1, 100000, rooms.rooms_per_address);
    reader.number("members", 1, 31, rooms.members);
    reader.number("players", 1, wire::ports_max, rooms.players);
    reader.number("members_per_address", 1, 31, rooms.members_per_address);
    reader.number("savestate_bytes", 4096, 256U << 20U, rooms.savestate_bytes);
    reader.number("savestate_bytes_in_all", 4096, 4294967295, rooms.savestate_bytes_in_all);
    reader.seconds("slow_player_seconds", 1, 60, rooms.slow_player);
    reader.seconds("desync_watch_seconds", 0, day, rooms.desync_watch);
    reader.flag("multitap", rooms.multitap);
    reader.object("voice", [&](FaultReader& voice) { read_voice(voice, rooms.voice); });
    rooms.devices.clear();
    reader.objects("devices", 256,
                   [&](FaultReader& devices) { read_devices(devices, rooms.devices); });
}

} // namespace netplay_relay::config
