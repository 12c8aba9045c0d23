// Whether a newcomer's core can load the room's states. Another version of the same core may have
// states of another size (Nestopia 1.52 and 1.53): its frontend would leave without a word, or load
// what does not fit. So who comes with a version that nobody here has begins without a state, is
// asked for its own, and is given the room's if that has the same size. Until then it
// is told of no players, whose inputs may have gaps where the others load a state.
#include "room_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

bool RoomState::is_core_known(const Member& newcomer) const
{
    return std::ranges::any_of(members_, [&](const auto& member) {
        return member->is_established() &&
               member->negotiated.info.core_version == newcomer.negotiated.info.core_version;
    });
}

void RoomState::begin_trial(Member& newcomer)
{
    newcomer.fresh = true;
    newcomer.on_trial = true;
    sync(newcomer);
    newcomer.out_of_step = true;
    ask(newcomer, true);
}

void RoomState::finish_trial(Member& newcomer, std::uint32_t core_size)
{
    newcomer.on_trial = false;
    newcomer.core_size = core_size;
    if (state_size_ && *state_size_ != core_size) dismiss_for_size(newcomer, *state_size_);
}

// The next state can be its first. Who has shown one of a later frame waits until the clock is
// there, and only that one: nobody else loads a state for it in vain.
bool RoomState::can_be_taken_in(const Member& newcomer) const
{
    return newcomer.awaits_state() && !newcomer.on_trial && newcomer.minimum_frame <= frame_;
}

// It has been given the state of the clock's frame, from which on it follows the others.
void RoomState::take_in(Member& newcomer)
{
    if (!std::exchange(newcomer.fresh, false)) return;
    each_player([&](const Member& player) { say_mode_to(newcomer, player, frame_); });
}

bool RoomState::fits(const Member& member, const WaitingState& state) const
{
    return member.core_size == 0 || member.core_size == state.core_size;
}

void RoomState::dismiss_for_size(Member& member, std::uint32_t room_size)
{
    RoomEvent told = event(RoomEventKind::state_size_differs, &member);
    told.core_version = member.negotiated.info.core_version;
    told.state_size = member.core_size;
    told.room_state_size = room_size;
    out_->events.push_back(std::move(told));
    dismiss(member, CloseReason::state_size_differs);
}

} // namespace netplay_relay::room
