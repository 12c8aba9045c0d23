// What the operator wants of rooms.
#include "room/room_manager.hpp"
#include "room_manager_state.hpp"

namespace netplay_relay::room {

void RoomManager::see(std::shared_ptr<const fleet::View> view) { state_->fleet_ = std::move(view); }

std::vector<std::uint64_t> RoomManager::hashes() const { return state_->hashes(); }

void RoomManager::refuse_new_rooms(std::optional<CloseReason> why)
{
    state_->refusal_of_new_ = why;
}

bool RoomManager::close(std::uint64_t room, CloseReason end, Instant now, Output& out)
{
    return state_->close(room, end, now, out);
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

std::optional<std::uint64_t> RoomManager::named(std::uint64_t room) const
{
    return state_->named(room);
}

} // namespace netplay_relay::room
