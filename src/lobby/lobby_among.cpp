// One of several workers of a process: who has come to another one's session is passed on to it.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

namespace {

// Of one connection. Each time it is for what its new owner has, unless that is gone meanwhile.
constexpr std::uint8_t passes_max = workers_max + 2;
// Other workers that a host is sent to for room.
constexpr std::uint8_t tries_elsewhere = 3;

} // namespace

std::uint16_t LobbyState::owner_of(const wire::SessionId& id) const
{
    return among_.owner_of(id.bytes[worker_byte]);
}

std::optional<std::uint64_t> LobbyState::named(SessionKey session) const
{
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return std::nullopt;
    return found->second.id.bytes[worker_byte];
}

std::optional<std::uint64_t> LobbyState::named_room(std::uint64_t room) const
{
    return rooms_.named(room);
}

std::optional<std::uint64_t> LobbyState::named_party(std::uint64_t party) const
{
    return parties_.named(party);
}

LastNumbers LobbyState::last_numbers() const
{
    return {session_keys_.last(), rooms_.last_number(), parties_.last_number()};
}

void LobbyState::note(const LastNumbers& given)
{
    session_keys_.note(given.session);
    rooms_.note_number(given.room);
    parties_.note_number(given.party);
}

wire::SessionId LobbyState::fresh_id()
{
    return fresh_session_id(random_, policy_.node.value_or(0), among_.own());
}

std::optional<SessionKey> LobbyState::open_session(const wire::SessionId& id) const
{
    const auto found = open_sessions_.find(id);
    if (found == open_sessions_.end()) return std::nullopt;
    return found->second;
}

std::optional<SessionKey> LobbyState::session_after(SessionKey key) const
{
    const auto found = sessions_.upper_bound(key);
    if (found == sessions_.end()) return std::nullopt;
    return found->first;
}

room::MemberName LobbyState::member_name(ConnectionId connection) const
{
    return rooms_.name_of(connection);
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
    if (std::ranges::any_of(mine, [&](const auto& id) { return !is_open_anywhere(id); }))
        return std::nullopt;
    const std::vector<std::uint16_t> owners = owners_promised_to(host);
    const auto self = std::ranges::find(owners, among_.own());
    if (self == owners.end() || std::next(self) == owners.end()) return std::nullopt;
    return *std::next(self);
}

std::optional<std::uint16_t> LobbyState::owner_elsewhere(const Connection& connection,
                                                         const wire::Greeting& greeting)
{
    if (among_.count == 1) return std::nullopt;
    if (const auto* join = std::get_if<wire::JoinSession>(&greeting))
        return owner_of_session(join->session);
    if (const auto* accept = std::get_if<wire::AcceptTicket>(&greeting))
        return owner_of_ticket(accept->ticket);
    if (std::holds_alternative<wire::NewSession>(greeting)) return owner_of_new(connection);
    const auto* manual = std::get_if<wire::ManualJoin>(&greeting);
    if (manual == nullptr || manual->caller == wire::ManualCaller::probe) return std::nullopt;
    return owner_for_manual(connection);
}

// Whoever has it, then whoever is told where it is, then whoever would be.
std::optional<std::uint16_t> LobbyState::owner_of_session(const wire::SessionId& id) const
{
    if (open_sessions_.contains(id)) return std::nullopt;
    if (const auto worker = away_.find(lobby::name_of(id))) return worker;
    return is_mine(id) ? std::nullopt : std::optional(owner_of(id));
}

std::optional<std::uint16_t> LobbyState::owner_of_ticket(const wire::TicketId& id) const
{
    if (tickets_.contains(id)) return std::nullopt;
    const std::string prefix = ticket_prefix_of(id);
    if (const auto worker = away_.find_by_start(prefix)) return worker;
    if (among_.is_mine(id.bytes[worker_byte])) return std::nullopt;
    // A ticket of a session that is here, but not one that waits: nobody else knows it.
    for (const auto& [session, key] : open_sessions_)
        if (ticket_prefix_of(session) == prefix) return std::nullopt;
    return among_.owner_of(id.bytes[worker_byte]);
}

// Of what is promised to it, else of where there is least to do.
std::optional<std::uint16_t> LobbyState::owner_of_new(const Connection& connection)
{
    const std::vector<std::uint16_t> owners = owners_promised_to(connection);
    if (!owners.empty()) {
        const bool is_here = std::ranges::find(owners, among_.own()) != owners.end();
        return is_here ? std::nullopt : std::optional(owners.front());
    }
    // Beyond what its address may have here, which is a share, there may be more elsewhere.
    const bool has_room = addresses_.may_add(connection.peer.address, &NetworkUse::sessions,
                                             policy_.limits.sessions_per_address);
    if (!has_room && connection.passes < tries_elsewhere)
        return static_cast<std::uint16_t>((among_.own() + 1) % among_.count);
    if (connection.passes > 0) return std::nullopt; // it was sent here
    const auto worker = placing_.next();
    return worker == among_.own() ? std::nullopt : worker;
}

bool LobbyState::is_open_anywhere(const wire::SessionId& id) const
{
    return open_sessions_.contains(id) || away_.knows(lobby::name_of(id));
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
    return is_meant ? std::optional(elsewhere_.only_at) : std::nullopt;
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
    games.sessions = std::min(open_sessions_.size(), OpenGames::several);
    games.rooms = std::min<std::size_t>(rooms_.use().rooms, 1);
    games.is_short = addresses_.wants_shares() || is_short(amounts(), share_, limits_in_all());
    games.asks_for_relief = parties_.asks_for_relief();
    if (games.sessions != 1) return games;
    const auto& [id, key] = *open_sessions_.begin();
    games.only = id;
    games.only_at = among_.own();
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

AddressLimits LobbyState::address_limits() const
{
    const Limits& limits = policy_.limits;
    const double arrivals = limits.new_connections_per_second_per_address * burst_seconds;
    return {limits.connections_per_address, limits.sessions_per_address, arrivals,
            arrivals * host_arrival_factor};
}

AddressLimits Lobby::address_limits() const { return state_->address_limits(); }

// A proxy has no limit of its own.
bool Lobby::waits_for_share(const wire::Address& address, Instant now, bool asks)
{
    if (state_->is_trusted_proxy(address)) return false;
    return state_->addresses().waits_for_share(address, now, asks);
}

ShareUses Lobby::heavy_addresses(Instant now) { return state_->addresses().heavy(now); }

ShareUses Lobby::uses_of(std::span<const wire::Network> networks, Instant now) const
{
    return state_->addresses().uses_of(networks, now);
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
    parties_.note_relief(); // was looked for before that
    out_->outcome.met = 1;
}

void LobbyState::on(const OpenElsewhere& event) { elsewhere_ = event.games; }

void LobbyState::on(const Relieve& event)
{
    parties_.relieve_one_of(event.prefix, now_, party_output_);
    carry_over_parties();
}

KeptPackets Lobby::kept_packets() const { return state_->party_manager().kept_by_address(); }

} // namespace netplay_relay::lobby
