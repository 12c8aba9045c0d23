#include "rollback/session.hpp"

#include <algorithm>

namespace netplay_relay::rollback {

const char* sentence_of(CloseReason end)
{
    switch (end) {
    case CloseReason::silent: return "the other side was silent for too long";
    case CloseReason::nak: return "the other side refused what we sent (NAK)";
    case CloseReason::unknown_player: return "input came of somebody who does not play";
    case CloseReason::input_size: return "input came of another size than that player's ports have";
    case CloseReason::input_out_of_order: return "input came for a frame that is not the next";
    case CloseReason::mode_out_of_order: return "a seat changed at a frame that is not the next";
    case CloseReason::mode_unprompted: return "a seat changed that could not";
    case CloseReason::state_out_of_order:
        return "a savestate came for a frame that is not the next";
    case CloseReason::state_size: return "a savestate came of another size than our core's";
    case CloseReason::state_damaged: return "a savestate came that our core does not take";
    case CloseReason::not_allowed: return "the other side did what its role may not";
    case CloseReason::too_many_changes: return "seats changed too often";
    case CloseReason::unknown_command: return "an unknown command came";
    case CloseReason::unexpected: return "a command came that makes no sense now";
    case CloseReason::core_failed: return "our core could not be saved or loaded";
    default: return "nothing is wrong";
    }
}

void PingCounts::add(Instant round_trip)
{
    least = count == 0 ? round_trip : std::min(least, round_trip);
    most = std::max(most, round_trip);
    last = round_trip;
    sum += round_trip;
    ++count;
}

void StallWatch::look(bool stalled, Instant now, StallCounts& counts)
{
    if (since_ && last_look_) {
        counts.duration += now - *last_look_;
        counts.longest = std::max(counts.longest, now - *since_);
    }
    if (stalled && !since_) {
        since_ = now;
        ++counts.count;
    }
    if (!stalled) since_.reset();
    last_look_ = now;
}

Instant StallWatch::lasting(Instant now) const { return since_ ? now - *since_ : Instant{0}; }

void StallWatch::restart(Instant now)
{
    if (since_) since_ = now;
}

bool CatchUp::look(Frame distance, Instant now)
{
    if (distance <= catch_up_distance) {
        since_.reset();
        hurrying_ = hurrying_ && distance > 0;
        return hurrying_;
    }
    if (!since_ || (!hurrying_ && distance < distance_)) { // new, or coming nearer by itself
        since_ = now;
        distance_ = distance;
    }
    if (now - *since_ >= catch_up_patience) hurrying_ = true;
    return hurrying_;
}

} // namespace netplay_relay::rollback
