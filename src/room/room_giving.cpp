// One of several workers: which of them those who play the same meet at, and rooms that are with
// another one.
#include "record/archive.hpp"
#include "room_manager_state.hpp"

#include <utility>

namespace netplay_relay::room {

namespace {

std::string name_by(const RoomKey& key)
{
    record::Writer writer;
    writer(key);
    return {writer.bytes().begin(), writer.bytes().end()};
}

// Those who have fled from it, and from the one in its place, look for it.
RoomKey first_of(RoomKey key)
{
    key.instead_of = 0;
    return key;
}

} // namespace

std::uint64_t RoomKey::hash() const
{
    const std::string text = core + '\0' + std::to_string(content_crc) + '\0' + password_hash +
                             (big_endian ? 'b' : 'l') + (multitap ? 'm' : '-') +
                             (by_core ? 'c' : '-');
    std::uint64_t hash = 0xcbf29ce484222325ULL; // FNV-1a
    for (const char letter : text) {
        hash ^= static_cast<std::uint8_t>(letter);
        hash *= 0x100000001b3ULL;
    }
    return hash ^ hash >> 32U;
}

// Who plays the same comes to the same worker; but on a port, or where there is a room for each, it
// stays. Nothing: here.
std::optional<std::uint16_t> RoomManagerState::owner_elsewhere(const PendingClient& client) const
{
    if (among_.count == 1 || client.admission.port != 0 || client.admission.room != 0)
        return std::nullopt;
    const RoomKey key = key_of(client);
    if (!key.is_for_all() || by_key_.contains(key)) return std::nullopt;
    if (const auto worker = away_.find(name_by(key))) return worker;
    return among_.is_mine(key.hash()) ? std::nullopt : std::optional(among_.owner_of(key.hash()));
}

// To the worker at which those who play the same meet. False if that is here.
bool RoomManagerState::pass_on(ConnectionId id, PendingClient& client, Output& out) const
{
    const auto owner = owner_elsewhere(client);
    if (!owner) return false;
    client.was_passed_on = true;
    out.elsewhere.push_back({id, *owner});
    return true;
}

void RoomManagerState::forget_away(const RoomKey& key) { away_.forget(name_by(first_of(key))); }

std::optional<Ended> RoomManagerState::name_of_room(std::uint64_t number) const
{
    const auto found = rooms_.find(number);
    if (found == rooms_.end() || !found->second.key.is_for_all()) return std::nullopt;
    const RoomKey key = first_of(found->second.key);
    return Ended{name_by(key), among_.owner_of(key.hash())};
}

bool RoomManagerState::may_move(std::uint64_t number) const
{
    const auto found = rooms_.find(number);
    if (found == rooms_.end()) return false;
    const RoomKey& key = found->second.key;
    RoomKey next = key;
    next.instead_of = number;
    return key.port == 0 && key.instead_of == 0 && !by_key_.contains(next);
}

// A room of this key is gone. While there is one more of those who play it, they are found here.
void RoomManagerState::tell_ended(const RoomKey& key, Output& out) const
{
    const RoomKey first = first_of(key);
    if (among_.count == 1 || !key.is_for_all() || among_.is_mine(key.hash()) ||
        by_key_.contains(first))
        return;
    out.ended.push_back({name_by(first), among_.owner_of(key.hash())});
}

// Those who fled from it are found in its place.
void RoomManagerState::inherit(std::uint64_t number)
{
    const RoomKey key = rooms_.at(number).key;
    RoomKey next = key;
    next.instead_of = number;
    const auto heir = by_key_.find(next);
    if (heir == by_key_.end()) return;
    const std::uint64_t known_as = heir->second;
    by_key_.erase(heir);
    by_key_.erase(key);
    rooms_.at(known_as).key = key;
    by_key_.emplace(key, known_as);
    list(rooms_.at(known_as));
    rooms_.at(number).key = next; // nobody finds it any more
}

std::vector<Guess> RoomManager::take_guesses() { return std::exchange(state_->guesses_, {}); }

void RoomManager::note_guess(const Guess& guess, Instant now) { state_->note_guess(guess, now); }

void RoomManager::limit_rooms(std::size_t most) { state_->share_ = most; }

void RoomManager::go_on(ConnectionId connection, Instant now, Output& out)
{
    state_->go_on(connection, now, out);
}

std::optional<Ended> RoomManager::name_of_room(std::uint64_t room) const
{
    return state_->name_of_room(room);
}

bool RoomManager::may_move(std::uint64_t room) const { return state_->may_move(room); }

void RoomManager::note_away(const std::string& name, std::optional<std::uint16_t> worker)
{
    if (worker)
        state_->away_.note(name, *worker);
    else
        state_->away_.forget(name);
}

std::size_t RoomManager::games_away() const { return state_->away_.size(); }

void RoomManager::note_ended(const std::string& name, std::uint16_t worker)
{
    state_->away_.forget(name, worker);
}

} // namespace netplay_relay::room
