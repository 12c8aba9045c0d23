// One of several workers: games that go on with another one, and where those are whose home this
// is.
#include "lobby_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

// Sessions that only finish, and are found by nobody, have no name.
std::optional<GameName> LobbyState::name_of(Game game) const
{
    switch (game.kind) {
    case GameKind::session: {
        const auto found = sessions_.find(SessionKey{game.number});
        if (found == sessions_.end() || found->second.host_gone) return std::nullopt;
        const wire::SessionId& id = found->second.id;
        return GameName{game.kind, lobby::name_of(id), owner_of(id)};
    }
    case GameKind::room:
        if (auto known = rooms_.name_of_room(game.number))
            return GameName{game.kind, std::move(known->name), known->home};
        return std::nullopt;
    case GameKind::party:
        if (auto known = parties_.name_of_party(game.number))
            return GameName{game.kind, std::move(known->name), known->home};
        return std::nullopt;
    }
    return std::nullopt;
}

std::vector<Game> LobbyState::games() const
{
    std::vector<Game> all;
    for (const auto& [key, session] : sessions_)
        all.push_back({GameKind::session, key.value});
    for (const std::uint64_t room : rooms_.rooms())
        all.push_back({GameKind::room, room});
    for (const std::uint64_t party : parties_.parties())
        all.push_back({GameKind::party, party});
    return all;
}

std::vector<ConnectionId> LobbyState::connections_of(Game game) const
{
    if (game.kind == GameKind::room) return rooms_.members_of(game.number);
    if (game.kind == GameKind::party) return parties_.connections_of(game.number);
    const auto found = sessions_.find(SessionKey{game.number});
    return found == sessions_.end() ? std::vector<ConnectionId>{} : members_of(found->second);
}

bool LobbyState::has_lease(Game game) const
{
    return std::ranges::any_of(leases_, [&](const auto& entry) {
        const Lease& lease = entry.second;
        return game.kind == GameKind::session ? lease.session.value == game.number
                                              : lease.room == game.number;
    });
}

// A port of its own is with one worker, and closed for a moment when it moves; a promised id is
// given out by its home; a ticket of before there were marks leads there, and nowhere else.
bool LobbyState::may_move(Game game) const
{
    if (game.kind == GameKind::party) return !parties_.is_closing(game.number);
    if (has_lease(game)) return false;
    if (game.kind == GameKind::room) return rooms_.may_move(game.number);
    const auto found = sessions_.find(SessionKey{game.number});
    if (found == sessions_.end() || found->second.host_gone || found->second.reserved) return false;
    const std::string prefix = ticket_prefix_of(found->second.id);
    return std::ranges::all_of(found->second.tickets, [&](const Ticket& ticket) {
        return ticket_prefix_of(ticket.id) == prefix;
    });
}

void LobbyState::move_share(const Amounts& what, bool comes)
{
    for (const auto amount : amounts_of) {
        std::size_t& share = share_.*amount;
        if (share == SIZE_MAX) continue; // there is no other worker
        share = comes ? share + what.*amount : share - std::min(share, what.*amount);
    }
    rooms_.limit_rooms(share_.rooms);
    parties_.limit_parties(share_.parties);
}

// A game of which we are the home.
void LobbyState::on(const GameMoved& event)
{
    const std::string& name = event.game.name;
    const bool is_here = event.worker == among_.owner_of(among_.number);
    const std::optional<std::uint16_t> where = is_here ? std::nullopt : std::optional(event.worker);
    switch (event.game.kind) {
    case GameKind::session:
        if (event.has_ended) {
            away_.forget(name, event.worker);
            wire::SessionId id;
            if (name.size() != id.bytes.size()) return;
            std::ranges::copy(name, id.bytes.begin());
            remember_expired(id);
        } else if (where) {
            away_.note(name, *where);
        } else {
            away_.forget(name);
        }
        return;
    case GameKind::room:
        if (event.has_ended) return rooms_.note_ended(name, event.worker);
        return rooms_.note_away(name, where);
    case GameKind::party:
        if (event.has_ended) return parties_.note_ended(name, event.worker);
        return parties_.note_away(name, where);
    }
}

void LobbyState::on(const News& event)
{
    if (const auto* guess = std::get_if<room::Guess>(&event.what))
        return rooms_.note_guess(*guess, now_);
    if (const auto* wrong = std::get_if<WrongCode>(&event.what))
        return parties_.note_guesser(wrong->address, now_);
    rooms_.hear_of(std::get<room::ListedRoom>(event.what), now_, room_output_);
    carry_over();
}

void LobbyState::on(const SetPlacing& event)
{
    placing_ = Placing(event.weights);
    parties_.place_new(placing_);
}

std::size_t LobbyState::games_away() const
{
    return away_.size() + rooms_.games_away() + parties_.games_away();
}

std::vector<Game> Lobby::games() const { return state_->games(); }

std::vector<ConnectionId> Lobby::connections_of(Game game) const
{
    return state_->connections_of(game);
}

std::optional<GameName> Lobby::name_of(Game game) const { return state_->name_of(game); }

bool Lobby::may_move(Game game) const { return state_->may_move(game); }

std::size_t Lobby::games_away() const { return state_->games_away(); }

void LobbyState::tell_ended(const wire::SessionId& id)
{
    if (among_.count > 1 && !is_mine(id))
        tell_ended(GameKind::session, lobby::name_of(id), owner_of(id));
}

void LobbyState::tell_ended(GameKind kind, std::string name, std::uint16_t home)
{
    command(
        TellWorker{home, {{kind, std::move(name), home}, among_.owner_of(among_.number), true}});
}

} // namespace netplay_relay::lobby
