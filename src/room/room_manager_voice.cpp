// What the room manager knows and no room does: who plays nearly the same somewhere else, at
// whichever worker of the process. And the operator's words.
#include "room_manager_state.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace netplay_relay::room {

namespace {

// Of those who are alone so many hear of one that is new.
constexpr std::size_t told_at_once = 16;

Phrase phrase_for(Alike how)
{
    return how == Alike::content ? Phrase::other_core : Phrase::other_content;
}

} // namespace

void RoomManager::send_away(ConnectionId connection, CloseReason end, Instant now, Output& out)
{
    state_->send_away(connection, end, now, out);
}

RoomsTold RoomManager::say(std::optional<std::uint64_t> room, const std::string& text, Instant now,
                           Output& out)
{
    return state_->say(room, text, now, out);
}

void RoomManagerState::list(OpenRoom& open)
{
    const RoomIdentity& identity = open.room.identity();
    open.listing.update(&table(), identity.number, open.key, identity.info, open.room.size());
}

// The one who has come into `open` is alone there. Who is alone in another one hears of this one.
void RoomManagerState::tell_of_others(OpenRoom& open, Instant now, Output& out)
{
    list(open);
    if (!settings_.voice.enabled || open.room.size() != 1 || !open.key.can_be_found()) return;
    const RoomIdentity& identity = open.room.identity();
    const auto best = table().most_alike(identity.number, open.key);
    if (!best) return;
    open.room.tell_of_another(phrase_for(*alike(open.key, best->key)), best->info, best->members,
                              now, out);
    const ListedRoom newer{open.key, identity.info, 1};
    hear_of(newer, now, out);
    if (among_.rooms != nullptr) new_rooms_.push_back(newer);
}

// Those who are alone here in a room like it; of many some.
void RoomManagerState::hear_of(const ListedRoom& newer, Instant now, Output& out)
{
    if (!settings_.voice.enabled) return;
    std::vector<std::pair<std::uint64_t, Phrase>> alone;
    for (const auto& [number, other] : rooms_) {
        if (alone.size() >= told_at_once) break;
        if (!other.key.can_be_found() || !other.room.may_be_told_of_another(now)) continue;
        if (const auto how = alike(other.key, newer.key))
            alone.emplace_back(number, phrase_for(*how));
    }
    for (const auto& [number, phrase] : alone) {
        OpenRoom& other = rooms_.at(number);
        const std::size_t before = out.closings.size();
        other.room.tell_of_another(phrase, newer.info, newer.members, now, out);
        settle(other, now, out, before);
    }
}

std::vector<ListedRoom> RoomManager::take_new_rooms()
{
    return std::exchange(state_->new_rooms_, {});
}

void RoomManager::hear_of(const ListedRoom& newer, Instant now, Output& out)
{
    state_->hear_of(newer, now, out);
}

void RoomManagerState::send_away(ConnectionId id, CloseReason end, Instant now, Output& out)
{
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    if (found->second.room == 0) return turn_away(id, end, out);
    OpenRoom& open = rooms_.at(found->second.room);
    const std::size_t before = out.closings.size();
    open.room.send_away(id, end, now, out);
    settle(open, now, out, before);
}

RoomsTold RoomManagerState::say(std::optional<std::uint64_t> room, const std::string& text,
                                Instant now, Output& out)
{
    const std::vector<std::uint64_t> numbers = room ? std::vector{*room} : rooms();
    RoomsTold said;
    for (const std::uint64_t number : numbers) {
        const auto found = rooms_.find(number);
        if (found == rooms_.end()) continue;
        const std::size_t before = out.closings.size();
        ++said.rooms;
        said.told += found->second.room.say(text, now, out) ? 1U : 0U;
        settle(found->second, now, out, before);
    }
    return said;
}

} // namespace netplay_relay::room
