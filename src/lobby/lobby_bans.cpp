// Who is banned, and the end of those whom a ban has met: some at a time, since thousands at once
// would keep all the games waiting.
#include "lobby_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

namespace {

// Hosts go first, so that nobody else comes to them.
int rank(Stage stage)
{
    switch (stage) {
    case Stage::host: return 0;
    case Stage::guest:
    case Stage::host_side: return 1;
    case Stage::waiting: return 2;
    case Stage::member:
    case Stage::party_peer: return 3;
    default: return 4;
    }
}

} // namespace

void LobbyState::on(const SetBan& event)
{
    Ban ban = event.ban;
    ban.until = if_any(limited(ban.until));
    if (!ban.since) ban.since = now_;
    ban.reason.resize(std::min(ban.reason.size(), order_text_max));
    ban.by.resize(std::min(ban.by.size(), order_text_max));
    const wire::Network network = ban.network;
    if ((ban.until && *ban.until <= now_) || !bans_.set(std::move(ban))) return;
    out_->outcome.met = 1;
    out_->outcome.gone =
        end_banned([&](const wire::Address& address) { return network.contains(address); });
}

void LobbyState::on(const AdoptBans& event)
{
    const std::size_t before = bans_.size();
    for (Ban ban : event.bans) {
        if (event.replaces) (void)bans_.lift(ban.network);
        ban.until = if_any(limited(ban.until));
        ban.reason.resize(std::min(ban.reason.size(), order_text_max));
        ban.by.resize(std::min(ban.by.size(), order_text_max));
        if (!ban.until || *ban.until > now_) bans_.adopt(std::move(ban));
    }
    out_->outcome.met = bans_.size() - std::min(before, bans_.size());
    out_->outcome.gone =
        end_banned([this](const wire::Address& address) { return bans_.covers(address); });
}

void LobbyState::on(const LiftBan& event) { out_->outcome.met = bans_.lift(event.network) ? 1 : 0; }

// Hosts with their sessions, both ends of links, those who wait, members of rooms, and those who
// have not said yet what they want. Returns how many; the first of them are gone then, and the rest
// goes with the ticks that follow.
std::size_t LobbyState::end_banned(const std::function<bool(const wire::Address&)>& is_met)
{
    std::vector<std::pair<int, ConnectionId>> met;
    for (const auto& [id, connection] : connections_) {
        if (connection.stage == Stage::host_side) continue; // with its guest
        if (is_met(connection.peer.address) ||
            (connection.stage == Stage::guest &&
             is_met(connections_.at(connection.partner).peer.address)))
            met.emplace_back(rank(connection.stage), id);
    }
    std::ranges::sort(met);
    for (const auto& [place, id] : met)
        banned_.push_back(id);
    end_some_banned();
    const auto verdict = [&](const wire::Address& address, bool) {
        return is_met(address) ? std::optional(CloseReason::banned_address) : std::nullopt;
    };
    // The places of those who may come back.
    const std::size_t places = parties_.end_absent(verdict, now_, party_output_);
    carry_over_parties();
    return met.size() + places;
}

void LobbyState::end_some_banned()
{
    for (std::size_t ended = 0; ended < banned_per_turn && !banned_.empty(); ++ended) {
        const ConnectionId id = banned_.front();
        banned_.pop_front();
        end_if_banned(id);
    }
}

bool LobbyState::is_banned(const Connection& connection) const
{
    return bans_.covers(connection.peer.address) ||
           (is_linked(connection.stage) &&
            bans_.covers(connections_.at(connection.partner).peer.address));
}

// It may be gone by itself, and its ban may be lifted.
void LobbyState::end_if_banned(ConnectionId id)
{
    const Connection* connection = find(id);
    if (connection != nullptr && is_banned(*connection))
        end_connection(id, CloseReason::banned_address);
}

void LobbyState::end_if_banned(Session& session)
{
    if (!session.host_gone) end_if_banned(session.host);
}

// Nobody who is still here gets anything new, nor does anybody from them: whoever does something is
// the next to go, and so is the host of a session that is wanted.
void LobbyState::end_banned_of(const Event& event)
{
    if (const auto* said = std::get_if<Said>(&event)) return end_if_banned(said->connection);
    if (const auto* said = std::get_if<SaidBytes>(&event)) return end_if_banned(said->connection);
    if (const auto* spoke = std::get_if<Spoke>(&event)) return end_if_banned(spoke->guest);
    const auto* greeted = std::get_if<Greeted>(&event);
    if (greeted == nullptr) return;
    end_if_banned(greeted->connection);
    const Connection* newcomer = find(greeted->connection);
    if (newcomer == nullptr) return;
    Session* session = session_wanted(*newcomer, greeted->greeting);
    if (session == nullptr) return;
    if (const auto* accepted = std::get_if<wire::AcceptTicket>(&greeted->greeting)) {
        const auto ticket = std::ranges::find(session->tickets, accepted->ticket, &Ticket::id);
        if (ticket != session->tickets.end() && !ticket->guest_gone) end_if_banned(ticket->guest);
    }
    end_if_banned(*session);
}

Session* LobbyState::session_wanted(const Connection& guest, const wire::Greeting& greeting)
{
    if (const auto* accepted = std::get_if<wire::AcceptTicket>(&greeting)) {
        const auto found = tickets_.find(accepted->ticket);
        return found == tickets_.end() ? nullptr : &sessions_.at(found->second);
    }
    std::optional<wire::SessionId> wanted;
    if (const auto* join = std::get_if<wire::JoinSession>(&greeting)) wanted = join->session;
    if (std::holds_alternative<wire::ManualJoin>(greeting))
        wanted = session_for_manual(guest, policy_.manual_ip);
    const auto key = wanted ? open_session(*wanted) : std::nullopt;
    return key ? &sessions_.at(*key) : nullptr;
}

} // namespace netplay_relay::lobby
