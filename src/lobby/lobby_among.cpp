// One of several workers of a process: who has come to another one's session is passed on to it.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

namespace {

// Of one connection. Each time it is for what its new owner has, unless that is gone meanwhile.
constexpr std::uint8_t passes_max = workers_max + 2;

} // namespace

std::uint16_t LobbyState::owner_of(const wire::SessionId& id) const
{
    return among_.owner_of(id.bytes[worker_byte]);
}

bool LobbyState::is_mine(const wire::SessionId& id) const
{
    return among_.is_mine(id.bytes[worker_byte]);
}

// Those that have what is promised to it, in the order in which that is given.
std::vector<std::uint16_t> LobbyState::owners_promised_to(const Connection& host) const
{
    std::vector<std::uint16_t> owners;
    for (const wire::SessionId& id : all_promised_to(host))
        if (std::ranges::find(owners, owner_of(id)) == owners.end()) owners.push_back(owner_of(id));
    return owners;
}

// Who may have something for a host to which all that is promised to it here is taken. Nothing if
// it is given something here, or nobody else has anything.
std::optional<std::uint16_t> LobbyState::owner_of_free_promise(const Connection& host) const
{
    const std::vector<wire::SessionId> mine = promised_to(host);
    if (std::ranges::any_of(mine, [&](const auto& id) { return !open_sessions_.contains(id); }))
        return std::nullopt;
    const std::vector<std::uint16_t> owners = owners_promised_to(host);
    const auto self = std::ranges::find(owners, among_.owner_of(among_.number));
    if (self == owners.end() || std::next(self) == owners.end()) return std::nullopt;
    return *std::next(self);
}

std::optional<std::uint16_t> LobbyState::owner_elsewhere(const Connection& connection,
                                                         const wire::Greeting& greeting) const
{
    if (among_.count == 1) return std::nullopt;
    const auto unless_mine = [this](std::uint64_t named) {
        return among_.is_mine(named) ? std::nullopt : std::optional(among_.owner_of(named));
    };
    if (const auto* join = std::get_if<wire::JoinSession>(&greeting))
        return unless_mine(join->session.bytes[worker_byte]);
    if (const auto* accept = std::get_if<wire::AcceptTicket>(&greeting))
        return unless_mine(accept->ticket.bytes[worker_byte]);
    if (std::holds_alternative<wire::NewSession>(greeting)) {
        const std::vector<std::uint16_t> owners = owners_promised_to(connection);
        if (owners.empty() ||
            std::ranges::find(owners, among_.owner_of(among_.number)) != owners.end())
            return std::nullopt;
        return owners.front();
    }
    const auto* manual = std::get_if<wire::ManualJoin>(&greeting);
    if (manual == nullptr || manual->caller == wire::ManualCaller::probe) return std::nullopt;
    return owner_for_manual(connection);
}

// Whose session it means that named none.
std::optional<std::uint16_t> LobbyState::owner_for_manual(const Connection& connection) const
{
    const ListenerProfile& profile = *connection.profile;
    const ManualIp manual_ip = profile.manual_ip.value_or(policy_.manual_ip);
    const bool own_port = profile.room_port != 0 || profile.room != 0 || profile.session != 0;
    if (own_port || manual_ip == ManualIp::off || manual_ip == ManualIp::room) return std::nullopt;
    if (profile.reserved && !is_mine(*profile.reserved) && elsewhere_.sessions > 0)
        return owner_of(*profile.reserved);
    if (profile.by_password || profile.multitap || !open_sessions_.empty() ||
        elsewhere_.sessions != 1 || !elsewhere_.only)
        return std::nullopt;
    const bool is_meant = manual_ip == ManualIp::tunnel ||
                          (elsewhere_.is_only_meant && rooms_.use().rooms + elsewhere_.rooms == 0);
    return is_meant ? std::optional(owner_of(*elsewhere_.only)) : std::nullopt;
}

bool LobbyState::pass_on(ConnectionId id, Connection& connection, std::uint16_t worker,
                         std::optional<wire::Greeting> greeting)
{
    if (connection.passes >= passes_max) return false;
    ++connection.passes;
    command(PassOn{id, worker, std::nullopt, std::move(greeting)});
    return true;
}

OpenGames LobbyState::open_games() const
{
    OpenGames games;
    games.sessions = open_sessions_.size();
    games.rooms = rooms_.use().rooms;
    games.is_short = is_short(amounts(), share_, limits_in_all());
    if (games.sessions != 1) return games;
    const auto& [id, key] = *open_sessions_.begin();
    games.only = id;
    games.is_only_meant = is_meant(sessions_.at(key), ManualIp::automatic);
    return games;
}

Amounts LobbyState::limits_in_all() const
{
    return {policy_.limits.connections, policy_.limits.sessions, policy_.rooms.rooms,
            policy_.parties.parties};
}

Amounts LobbyState::amounts() const
{
    return {connections_.size(), open_sessions_.size(), rooms_.use().rooms, parties_.use().parties};
}

std::size_t LobbyState::connections_max() const
{
    return std::min<std::size_t>(policy_.limits.connections, share_.connections);
}

std::size_t LobbyState::sessions_max() const
{
    return std::min<std::size_t>(policy_.limits.sessions, share_.sessions);
}

void LobbyState::on(const SetShare& event)
{
    share_ = event.share;
    rooms_.limit_rooms(share_.rooms);
    parties_.limit_parties(share_.parties);
    out_->outcome.met = 1;
}

void LobbyState::on(const OpenElsewhere& event) { elsewhere_ = event.games; }

} // namespace netplay_relay::lobby
