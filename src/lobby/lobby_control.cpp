// What the operator wants while the relay runs.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

void LobbyState::on(const Undrain&)
{
    out_->outcome.met = draining_ ? 1 : 0;
    draining_ = false;
    tell_of_new();
}

void LobbyState::on(const TakeNew& event)
{
    out_->outcome.met = takes_new_ == event.allowed ? 0 : 1;
    takes_new_ = event.allowed;
    tell_of_new();
}

// Why there is nothing new to be had.
std::optional<CloseReason> LobbyState::refusal_of_new() const
{
    if (draining_) return CloseReason::draining;
    if (!takes_new_) return CloseReason::closed_to_new;
    return std::nullopt;
}

void LobbyState::tell_of_new()
{
    const auto refusal = refusal_of_new();
    rooms_.refuse_new_rooms(refusal == CloseReason::draining ? CloseReason::no_new_rooms : refusal);
    parties_.refuse_new_parties(refusal);
}

void LobbyState::on(const EndSession& event)
{
    std::optional<SessionKey> key;
    if (const auto open = open_sessions_.find(event.session); open != open_sessions_.end())
        key = open->second;
    for (const auto& [known, session] : sessions_) // one that has ended, and its links not yet
        if (!key && session.id == event.session) key = known;
    if (!key) return;
    out_->outcome.met = 1;
    end_game(*key, CloseReason::ended_by_operator, CloseReason::ended_by_operator);
}

// A session with all its links, which it would leave open otherwise.
void LobbyState::end_game(SessionKey key, CloseReason reason, CloseReason of_links)
{
    const std::vector<ConnectionId> guests = sessions_.at(key).links;
    for (const ConnectionId guest : guests) {
        command(CloseLink{guest, of_links});
        close_link(guest, of_links);
    }
    const auto still_there = sessions_.find(key);
    if (still_there != sessions_.end() && !still_there->second.host_gone)
        end_session(still_there->second, reason, true);
}

void LobbyState::on(const EndLink& event)
{
    const Connection* guest = find(event.guest);
    if (guest == nullptr || guest->stage != Stage::guest) return;
    out_->outcome.met = 1;
    command(CloseLink{event.guest, CloseReason::ended_by_operator});
    close_link(event.guest, CloseReason::ended_by_operator);
}

void LobbyState::on(const EndRoom& event)
{
    const bool is_there =
        rooms_.close(event.room, CloseReason::ended_by_operator, now_, room_output_);
    out_->outcome.met = is_there ? 1 : 0;
    carry_over();
}

void LobbyState::on(const SendAway& event)
{
    const Connection* connection = find(event.who);
    if (connection == nullptr) return;
    out_->outcome.met = 1;
    constexpr CloseReason reason = CloseReason::sent_away;
    // Its guests have done nothing.
    if (connection->stage == Stage::host)
        return end_game(connection->session, reason, CloseReason::session_ended);
    end_connection(event.who, reason);
}

// Whatever it is, and of a link the other end with it. The links of a host go on.
void LobbyState::end_connection(ConnectionId id, CloseReason reason)
{
    Connection& connection = connections_.at(id);
    switch (connection.stage) {
    case Stage::greeting:
    case Stage::introducing:
    case Stage::asking:
    case Stage::asking_port: return turn_away(id, reason);
    case Stage::waiting: return turn_waiting_away(id, reason);
    case Stage::member: return send_member_away(id, reason);
    case Stage::party_peer: return send_peer_away(id, reason);
    case Stage::host: return end_session(session_of(connection), reason, true);
    case Stage::guest:
    case Stage::host_side: {
        const ConnectionId guest = connection.stage == Stage::guest ? id : connection.partner;
        command(CloseLink{guest, reason});
        return close_link(guest, reason);
    }
    case Stage::lingering:
    case Stage::closed: ensure(false, "the lobby remembers one that is over");
    }
}

// no_deadline where the end is so far off that it is none.
Instant LobbyState::limited(const std::optional<Instant>& until) const
{
    return until && *until < now_ + order_longest ? *until : no_deadline;
}

void LobbyState::on(const Reserve& event)
{
    Reservation reservation = event.reservation;
    const bool makes_sense = !reservation.networks.empty() &&
                             reservation.networks.size() <= networks_of_reservation_max &&
                             limited(reservation.until) > now_;
    const bool is_known = promises_.contains(reservation.id);
    if (!makes_sense || (!is_known && promises_.size() >= reservations_max)) return;
    const auto is_taken = [&](const wire::SessionId& id) {
        return is_open_anywhere(id) || promises_.contains(id) ||
               std::ranges::find(policy_.reserved, id, &ReservedSession::id) !=
                   policy_.reserved.end();
    };
    if (reservation.id.is_zero()) do
            reservation.id = fresh_id();
        while (is_taken(reservation.id));
    out_->outcome.met = 1;
    out_->outcome.reserved = reservation.id;
    keep_promise(std::move(reservation));
}

// Instead of what was promised of this id before.
void LobbyState::keep_promise(Reservation reservation)
{
    forget_promise(reservation.id);
    const Instant ends = limited(reservation.until);
    reservation.until = if_any(ends);
    promise_ends_.adopt(reservation.id, ends);
    promises_.emplace(reservation.id, std::move(reservation));
}

bool LobbyState::forget_promise(const wire::SessionId& id)
{
    const auto found = promises_.find(id);
    if (found == promises_.end()) return false;
    promise_ends_.release(id, found->second.until.value_or(no_deadline));
    promises_.erase(found);
    return true;
}

void LobbyState::on(const LiftReservation& event)
{
    out_->outcome.met = forget_promise(event.id) ? 1 : 0;
}

std::vector<Reservation> LobbyState::reservations() const
{
    std::vector<Reservation> all;
    all.reserve(promises_.size());
    for (const auto& [id, reservation] : promises_)
        all.push_back(reservation);
    return all;
}

void LobbyState::on(const Say& event)
{
    const room::RoomsTold said = rooms_.say(event.room, event.text, now_, room_output_);
    out_->outcome.met = said.rooms;
    out_->outcome.told = said.told;
    carry_over();
}

void LobbyState::forget_past_orders()
{
    bans_.forget_past(now_);
    while (const auto due = promise_ends_.due(now_))
        (void)forget_promise(*due);
}

// Of the process before this one, or of another worker, beside what is known here: of two that
// speak of the same that holds which ends later.
void LobbyState::adopt_orders(const std::vector<Ban>& bans,
                              const std::vector<Reservation>& reservations, bool takes_new)
{
    for (const Ban& ban : bans)
        bans_.adopt(ban);
    for (const Reservation& reservation : reservations) {
        const auto known = promises_.find(reservation.id);
        const bool holds = known == promises_.end() ? promises_.size() < reservations_max
                                                    : known->second.until.value_or(no_deadline) <
                                                          limited(reservation.until);
        if (holds) keep_promise(reservation);
    }
    takes_new_ = takes_new_ && takes_new;
    tell_of_new();
    forget_past_orders();
    (void)end_banned([this](const wire::Address& address) { return bans_.covers(address); });
}

} // namespace netplay_relay::lobby
