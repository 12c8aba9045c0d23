// When a password is looked at: at once, or later if its household has guessed before.
#include "hall_state.hpp"

#include "netplay_relay/ensure.hpp"

#include <functional>

namespace netplay_relay::room {

const GuessMemory& HallState::guesses_at(const Admission& admission) const
{
    return admission.by_password ? room_guesses_ : password_guesses_;
}

bool HallState::has_guessed_too_often(const Admission& admission, Instant now) const
{
    if (!admission.by_password && !settings_.wants_password()) return false;
    const GuessMemory& guesses = guesses_at(admission);
    const wire::Address household = wire::household(admission.address);
    // One of them may be who knows the password: that turns out when it has said its nick.
    return !guesses.is_known(household, now) &&
           guesses.next_turn(household, now) > now + password_hold;
}

// One connection of a household waits, and not for long: its frontend waits as well. The others are
// refused, so that those who come at once do not have as many guesses.
HallState::Turn HallState::turn_of(ConnectionId id, Visitor& visitor, Instant now)
{
    const Admission& admission = visitor.admission;
    const wire::Address household = wire::household(admission.address);
    const Instant turn =
        guesses_at(admission).next_turn(household, now, visitor.handshake->settled().nick);
    const bool another_waits =
        !visitor.waits_since && waiting_.contains({admission.by_password, household});
    if (another_waits && turn > Instant::min()) return Turn::too_often;
    if (turn <= now) {
        if (visitor.waits_since) set_deadline(id, visitor, now + entrance_limit);
        stop_waiting(visitor);
        return Turn::now;
    }
    if (turn > visitor.waits_since.value_or(now) + password_hold ||
        visitor.stream.unread().size() > unread_while_waiting)
        return Turn::too_often;
    if (!visitor.waits_since) {
        visitor.waits_since = now;
        waiting_.emplace(admission.by_password, household);
    }
    set_deadline(id, visitor, turn);
    return Turn::later;
}

void HallState::stop_waiting(Visitor& visitor)
{
    if (!visitor.waits_since) return;
    visitor.waits_since.reset();
    waiting_.erase(
        waiting_.find({visitor.admission.by_password, wire::household(visitor.admission.address)}));
}

// Whoever may only watch knows one of two passwords, and may look for the other.
void HallState::look_at_password(Visitor& visitor, Instant now, std::vector<std::uint8_t>& out)
{
    const wire::Address household = wire::household(visitor.admission.address);
    const std::string nick = visitor.handshake->settled().nick;
    visitor.handshake->look_at_password(out);
    if (visitor.handshake->receive(visitor.stream, out) == netplay::HandshakeState::ended &&
        visitor.handshake->end() == netplay::HandshakeEnd::wrong_password)
        password_guesses_.note_wrong(household, now, 0, nick);
    else if (visitor.handshake->settled().may_play || settings_.password.empty())
        password_guesses_.note_right(household, now, nick);
}

// Whoever looks for rooms of others opens many, each by another password or with another game.
void HallState::note_new_room(const Visitor& visitor, Instant now)
{
    if (!visitor.admission.by_password) return;
    const RoomKey key = key_of(visitor);
    const std::string text =
        key.core + '\0' + std::to_string(key.content_crc) + '\0' + key.password_hash;
    room_guesses_.note_wrong(wire::household(visitor.admission.address), now,
                             std::hash<std::string>{}(text) | 1U);
}

} // namespace netplay_relay::room
