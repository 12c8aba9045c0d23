// What the room manager knows and no room does: who plays nearly the same somewhere else. And the
// operator's words.
#include "room_manager_state.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace netplay_relay::room {

namespace {

// Of those who are alone so many hear of one that is new.
constexpr std::size_t told_at_once = 16;

// Whoever knows this room's content, core and password finds it.
bool can_be_found(const RoomKey& key)
{
    return key.port == 0 && key.alone == 0 && key.instead_of == 0 && !key.by_core &&
           key.content_crc != 0;
}

// What keeps those of two rooms from meeting, if it is one thing only. Nobody is told of rooms
// behind a password that it did not type.
std::optional<Phrase> what_differs(const RoomKey& one, const RoomKey& other)
{
    if (one.password_hash != other.password_hash) return std::nullopt;
    const bool same_core = one.core == other.core && one.multitap == other.multitap &&
                           one.big_endian == other.big_endian;
    const bool same_content = one.content_crc == other.content_crc;
    if (same_core && !same_content) return Phrase::other_content;
    if (one.core != other.core && same_content) return Phrase::other_core;
    return std::nullopt;
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

// The one who has come into `open` is alone there. Of several rooms the fullest is named, and the
// same content is worth more than the same core; who is alone in one of them hears of this one.
void RoomManagerState::tell_of_others(OpenRoom& open, Instant now, Output& out)
{
    if (!settings_.voice.enabled || open.room.size() != 1 || !can_be_found(open.key)) return;
    const OpenRoom* fullest = nullptr;
    std::pair<bool, std::size_t> most;
    std::vector<std::pair<std::uint64_t, Phrase>> alone;
    for (const auto& [number, other] : rooms_) {
        if (&other == &open || !can_be_found(other.key)) continue;
        const auto differs = what_differs(open.key, other.key);
        if (!differs) continue;
        const std::pair rank(*differs == Phrase::other_core, other.room.size());
        if (fullest == nullptr || rank > most) {
            fullest = &other;
            most = rank;
        }
        if (alone.size() < told_at_once && other.room.may_be_told_of_another(now))
            alone.emplace_back(number, *differs);
    }
    if (fullest == nullptr) return;
    open.room.tell_of_another(*what_differs(open.key, fullest->key), fullest->room.identity(),
                              most.second, now, out);
    for (const auto& [number, differs] : alone) {
        OpenRoom& other = rooms_.at(number);
        const std::size_t before = out.closings.size();
        other.room.tell_of_another(differs, open.room.identity(), 1, now, out);
        settle(other, now, out, before);
    }
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
