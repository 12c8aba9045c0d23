// The relay itself stood still. What its peers said meanwhile is not read yet, so whatever they owe
// is owed so much later.
#include "room_state.hpp"

#include <algorithm>

namespace netplay_relay::room {

void RoomState::forgive(Duration gap, Instant now)
{
    now_ = std::max(now_, now);
    // Moments of the past stay there: what came in before the gap was noticed may be younger.
    const auto move = [&](Instant& when) {
        if (when != Instant::min()) when = std::min(when + gap, now_);
    };
    const auto move_if_any = [&](std::optional<Instant>& when) {
        if (when) move(*when);
    };
    for (const auto& member : members_) {
        move(member->heard_at);
        move(member->last_input);
        move(member->state_came_at);
        move(member->crc_told_at);
        if (member->awaits_state()) move(member->since); // see joining_limit
        move_if_any(member->pinged);
        move_if_any(member->mode_told_at);
        move_if_any(member->asked_at);
        if (member->weighed) move(member->weighed->since);
        if (member->intake) member->intake->forgive(gap);
        if (!member->old_place) continue;
        member->old_place->forgotten_at += gap;
        if (member->old_place->kept_until != Instant::min()) member->old_place->kept_until += gap;
    }
    places_.forgive(gap);
    if (request_) {
        move(request_->asked_at);
        if (request_->again_at) *request_->again_at += gap;
    }
    move_if_any(minimum_frames_since_);
    move(clock_moved_at_);
    move(held_up_since_);
    if (!standstill_) return;
    move(standstill_->since);
    move(standstill_->seen_at);
}

} // namespace netplay_relay::room
