// Frames of a room without players. Nobody needs one at once there, so that several are told in one
// write; but spectators give up after 10 s without any, and look for requests before each.
#include "room_state.hpp"

#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

namespace {

// A clock that was not served for longer does not make up for it.
constexpr Duration idle_backlog_max = std::chrono::milliseconds(250);

} // namespace

std::size_t RoomState::idle_members() const { return player_count() == 0 ? members_.size() : 0; }

void RoomState::run_idle_clock()
{
    if (nobody_established()) return;
    // A spectator that is asked for its state looks for requests before each frame: it gets one
    // more, and is to catch up with us.
    if (request_ && !std::exchange(request_->nudged, true)) close_frame();
    if (now_ < stands_until()) {
        next_idle_frame_ = std::max(next_idle_frame_, now_);
        return;
    }
    if (now_ < idle_due()) return;
    if (now_ - next_idle_frame_ > idle_batch() + idle_backlog_max) next_idle_frame_ = now_;
    idle_begins_ = false;
    if (!somebody_waits()) return close_idle_frames();
    while (next_idle_frame_ <= now_ && clock_owner() == nullptr) {
        next_idle_frame_ += idle_frame;
        close_frame();
    }
}

// All that are due, at one go: nobody waits for one of them.
void RoomState::close_idle_frames()
{
    constexpr std::size_t size = wire::command_head_size + 4; // of NOINPUT
    std::vector<std::uint8_t> batch;
    batch.reserve(static_cast<std::size_t>((now_ - next_idle_frame_) / idle_frame + 1) * size);
    while (next_idle_frame_ <= now_) {
        next_idle_frame_ += idle_frame;
        wire::encode_command(wire::NoInput{frame_++}, wire::Dialect{}, batch);
    }
    each_synced([&](Member& member) { say_bytes(member, batch); });
    clock_moved_at_ = now_;
}

// Nobody plays any more, or nobody was there: it goes on where the last frame was closed.
void RoomState::resume_idle_clock()
{
    next_idle_frame_ = std::max(next_idle_frame_, clock_moved_at_);
    idle_begins_ = player_count() == 0;
}

// Something is to happen at a frame of its own.
bool RoomState::somebody_waits() const
{
    if (state_wanted_ || !may_say_frames()) return true;
    return std::ranges::any_of(members_, [](const auto& member) {
        return member->awaits_state() || member->wants_to_play;
    });
}

Duration RoomState::idle_batch() const
{
    return somebody_waits() ? std::min<Duration>(idle_batch_, idle_batch_waiting) : idle_batch_;
}

// The first frame comes at once.
Instant RoomState::idle_due() const
{
    return idle_begins_ ? next_idle_frame_ : next_idle_frame_ + idle_batch();
}

// One who has left its seat may be ahead of us: it answers when we get there.
Instant RoomState::stands_until() const
{
    constexpr Duration standstill = std::chrono::milliseconds(1500);
    if (!request_ || request_->of_player) return now_;
    return request_->again_at ? Instant::max() : request_->asked_at + standstill;
}

} // namespace netplay_relay::room
