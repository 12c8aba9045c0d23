#include "netplay_relay/rollback/session.hpp"

#include <algorithm>

namespace netplay_relay::rollback {

const char* to_text(SessionEnd end)
{
    switch (end) {
    case SessionEnd::none: return "none";
    case SessionEnd::silent: return "silent";
    case SessionEnd::nak: return "nak";
    case SessionEnd::unknown_player: return "unknown_player";
    case SessionEnd::input_size: return "input_size";
    case SessionEnd::input_out_of_order: return "input_out_of_order";
    case SessionEnd::mode_out_of_order: return "mode_out_of_order";
    case SessionEnd::mode_unprompted: return "mode_unprompted";
    case SessionEnd::state_out_of_order: return "state_out_of_order";
    case SessionEnd::state_size: return "state_size";
    case SessionEnd::state_damaged: return "state_damaged";
    case SessionEnd::not_allowed: return "not_allowed";
    case SessionEnd::too_many_changes: return "too_many_changes";
    case SessionEnd::unknown_command: return "unknown_command";
    case SessionEnd::unexpected: return "unexpected";
    case SessionEnd::core_failed: return "core_failed";
    }
    return "none";
}

const char* sentence_of(SessionEnd end)
{
    switch (end) {
    case SessionEnd::none: return "nothing is wrong";
    case SessionEnd::silent: return "the other side was silent for too long";
    case SessionEnd::nak: return "the other side refused what we sent (NAK)";
    case SessionEnd::unknown_player: return "input came of somebody who does not play";
    case SessionEnd::input_size: return "input came of another size than that player's ports have";
    case SessionEnd::input_out_of_order: return "input came for a frame that is not the next";
    case SessionEnd::mode_out_of_order: return "a seat changed at a frame that is not the next";
    case SessionEnd::mode_unprompted: return "a seat changed that could not";
    case SessionEnd::state_out_of_order: return "a savestate came for a frame that is not the next";
    case SessionEnd::state_size: return "a savestate came of another size than our core's";
    case SessionEnd::state_damaged: return "a savestate came that our core does not take";
    case SessionEnd::not_allowed: return "the other side did what its role may not";
    case SessionEnd::too_many_changes: return "seats changed too often";
    case SessionEnd::unknown_command: return "an unknown command came";
    case SessionEnd::unexpected: return "a command came that makes no sense now";
    case SessionEnd::core_failed: return "our core could not be saved or loaded";
    }
    return "nothing is wrong";
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
