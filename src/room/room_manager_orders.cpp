// What the operator wants of rooms.
#include "room/room_manager.hpp"
#include "room_manager_state.hpp"

namespace netplay_relay::room {

void RoomManager::refuse_new_rooms(std::optional<CloseReason> why)
{
    state_->refusal_of_new_ = why;
}

bool RoomManager::close(std::uint64_t room, CloseReason end, Instant now, Output& out)
{
    return state_->close(room, end, now, out);
}

std::size_t RoomManager::say(std::optional<std::uint64_t> room, const std::string& text,
                             Instant now, Output& out)
{
    std::size_t told = 0;
    if (text.empty()) return told;
    for (const std::uint64_t number : room ? std::vector{*room} : rooms())
        told += state_->say(number, text, now, out) ? 1U : 0U;
    return told;
}

bool RoomManagerState::close(std::uint64_t number, CloseReason end, Instant now, Output& out)
{
    const auto found = rooms_.find(number);
    if (found == rooms_.end()) return false;
    const std::size_t before = out.closings.size();
    found->second.room.close(end, now, out);
    settle(found->second, now, out, before);
    return true;
}

bool RoomManagerState::say(std::uint64_t number, const std::string& text, Instant now, Output& out)
{
    const auto found = rooms_.find(number);
    if (found == rooms_.end()) return false;
    const std::size_t before = out.closings.size();
    found->second.room.say(text, now, out);
    settle(found->second, now, out, before);
    return true;
}

} // namespace netplay_relay::room
