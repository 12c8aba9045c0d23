#include "daemon/advertisements.hpp"

#include "room/multitap.hpp"

#include <optional>

namespace netplay_relay::daemon {

namespace {

// Frontends that hide games of other versions than their own look at this; any is right for a room.
constexpr const char* any_version = "1.14.0";

// One whose host has gone may still have links that finish.
std::optional<lobby::SessionSnapshot> only_open_session(const lobby::Lobby& lobby)
{
    for (const lobby::SessionKey key : lobby.session_keys()) {
        auto snapshot = lobby.look_at(key);
        if (snapshot && !snapshot->host_gone) return snapshot;
    }
    return std::nullopt;
}

// What is known of a session's game, if somebody is linked to its host and read along with.
void add_game(const net::Engine& engine, wire::Advertisement& session)
{
    const auto snapshot = only_open_session(engine.lobby());
    if (!snapshot) return;
    for (const lobby::LinkSnapshot& link : snapshot->links) {
        const auto facts = engine.facts(link);
        if (!facts || !facts->game || facts->game->core_name.empty()) continue;
        session.nick = facts->game->host.nick;
        session.core_name = facts->game->core_name;
        session.core_version = facts->game->core_version;
        session.content_crc = facts->game->host.content_crc;
        session.has_password = facts->game->password_asked;
        return;
    }
}

// The only session there is can be meant without an id.
bool is_only_session_meant(const lobby::OpenGames& open, lobby::ManualIp manual_ip)
{
    if (open.sessions != 1) return false;
    if (manual_ip == lobby::ManualIp::tunnel) return true;
    return manual_ip == lobby::ManualIp::automatic && open.is_only_meant && open.rooms == 0;
}

wire::Advertisement advertised(const lobby::RoomSnapshot& open, const lobby::Policy& policy,
                               std::uint16_t port)
{
    wire::Advertisement room;
    room.port = port;
    room.content_crc = open.room.content_crc;
    room.has_password = !policy.rooms.password.empty();
    room.has_spectate_password = !policy.rooms.spectate_password.empty();
    room.nick = open.members.front().member.nick;
    room.frontend = "netplay-relay";
    room.core_name = open.room.core;
    room.core_version = open.room.core_version;
    room.retroarch_version = any_version;
    return room;
}

} // namespace

// Who picks it from a list comes to our own port, where rooms are found by content.
bool is_found_by_content(const room::RoomSnapshot& open, const room::RoomSettings& settings)
{
    if (open.by_password || open.port != 0 || open.content_crc == 0) return false;
    const room::Multitap* multitap = room::multitap_of(open.core);
    const room::CorePorts usual = room::ports_for(settings, open.core, settings.multitap);
    return open.multitap == (multitap != nullptr && usual.devices == multitap->devices);
}

std::vector<wire::Advertisement> advertisements(const net::Workers& workers,
                                                const config::Config& config, std::uint16_t port)
{
    const lobby::Policy& policy = workers.policy();
    std::vector<wire::Advertisement> all;
    workers.each([&](const net::Engine& engine) {
        for (const lobby::RoomSnapshot& open : engine.lobby().look_at_rooms())
            if (!open.members.empty() && is_found_by_content(open.room, policy.rooms))
                all.push_back(advertised(open, policy, port));
    });
    if (!is_only_session_meant(workers.open_games(), policy.manual_ip)) return all;
    wire::Advertisement session;
    session.port = port;
    session.nick = config.public_name.empty() ? "netplay-relay" : config.public_name;
    session.frontend = "netplay-relay";
    session.retroarch_version = any_version;
    workers.each([&](const net::Engine& engine) { add_game(engine, session); });
    all.push_back(std::move(session));
    return all;
}

} // namespace netplay_relay::daemon
