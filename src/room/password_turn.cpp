// When a password is looked at: at once, or later if its client prefix has guessed before.
#include "room_manager_state.hpp"

#include "base/ensure.hpp"

#include <functional>
#include <utility>

namespace netplay_relay::room {

const GuessMemory& RoomManagerState::guesses_at(const Admission& admission) const
{
    return admission.by_password ? room_guesses_ : password_guesses_;
}

bool RoomManagerState::has_guessed_too_often(const Admission& admission, Instant now) const
{
    if (!admission.by_password && !settings_.wants_password()) return false;
    const GuessMemory& guesses = guesses_at(admission);
    const wire::Address prefix = wire::client_prefix(admission.address);
    // One of them may be who knows the password: that turns out when it has said its nick.
    return !guesses.is_known(prefix, now) && guesses.next_turn(prefix, now) > now + password_hold;
}

// One connection of a client prefix waits, and not for long: its frontend waits as well. The others
// are refused, so that those who come at once do not have as many guesses.
RoomManagerState::Turn RoomManagerState::turn_of(ConnectionId id, PendingClient& client,
                                                 Instant now)
{
    const Admission& admission = client.admission;
    const wire::Address prefix = wire::client_prefix(admission.address);
    const Instant turn =
        guesses_at(admission).next_turn(prefix, now, client.handshake->negotiated().nick);
    const bool another_waits =
        !client.waits_since && waiting_.contains({admission.by_password, prefix});
    if (another_waits && turn > Instant::min()) return Turn::too_often;
    if (turn <= now) {
        if (client.waits_since) set_deadline(id, client, now + handshake_limit);
        stop_waiting(client);
        return Turn::now;
    }
    if (turn > client.waits_since.value_or(now) + password_hold ||
        client.stream.unread().size() > unread_while_waiting)
        return Turn::too_often;
    if (!client.waits_since) {
        client.waits_since = now;
        waiting_.emplace(admission.by_password, prefix);
    }
    set_deadline(id, client, turn);
    return Turn::later;
}

void RoomManagerState::stop_waiting(PendingClient& client)
{
    if (!client.waits_since) return;
    client.waits_since.reset();
    waiting_.erase(waiting_.find(
        {client.admission.by_password, wire::client_prefix(client.admission.address)}));
}

// Whoever may only watch knows one of two passwords, and may look for the other.
void RoomManagerState::look_at_password(PendingClient& client, Instant now,
                                        std::vector<std::uint8_t>& out)
{
    const wire::Address prefix = wire::client_prefix(client.admission.address);
    const std::string nick = client.handshake->negotiated().nick;
    client.handshake->look_at_password(out);
    if (client.handshake->receive(client.stream, out) == netplay::HandshakeState::ended &&
        client.handshake->end() == wire::CloseReason::wrong_password)
        guessed({prefix, nick, 0, false, false}, now);
    else if (client.handshake->negotiated().may_play || settings_.password.empty())
        guessed({prefix, nick, 0, false, true}, now);
}

void RoomManagerState::note_guess(const Guess& guess, Instant now)
{
    if (guess.at_door)
        room_guesses_.note_wrong(guess.prefix, now, guess.what);
    else if (guess.is_right)
        password_guesses_.note_right(guess.prefix, now, guess.nick);
    else
        password_guesses_.note_wrong(guess.prefix, now, guess.what, guess.nick);
}

void RoomManagerState::guessed(Guess guess, Instant now)
{
    note_guess(guess, now);
    if (among_.count > 1) guesses_.push_back(std::move(guess));
}

// Whoever looks for rooms of others opens many, each by another password or with another game.
void RoomManagerState::note_new_room(const PendingClient& client, Instant now)
{
    if (!client.admission.by_password) return;
    const RoomKey key = key_of(client);
    const std::string text =
        key.core + '\0' + std::to_string(key.content_crc) + '\0' + key.password_hash;
    guessed({wire::client_prefix(client.admission.address),
             {},
             std::hash<std::string>{}(text) | 1U,
             true,
             false},
            now);
}

} // namespace netplay_relay::room
