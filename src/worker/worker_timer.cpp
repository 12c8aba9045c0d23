// The worker's only timer, and how it notices that it came too late itself.
#include "worker/worker.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::worker {

namespace {

// The loop beats so often while anybody is there. If a beat comes later than that by so much, the
// process stood still: everybody was kept waiting by us.
constexpr lobby::Duration beat_interval = std::chrono::milliseconds(250);

} // namespace

void Worker::arm_timer()
{
    auto next = lobby_.next_deadline().value_or(lobby::Instant::max());
    next = std::min({next, lingering_.next(), slow_.next(), memory_look_, next_beat_});
    // What is due already must not wait for the timer's next step; others have their turn before.
    if (next <= now() && !std::exchange(is_due_, true)) wake_soon();
    // Being woken too early costs one look; moving the timer for every event costs more.
    if (next >= armed_) return;
    armed_ = next;
    io_.wake_at(next);
}

void Worker::wake_soon()
{
    if (!std::exchange(wakes_soon_, true)) io_.wake_soon();
}

void Worker::woken()
{
    armed_ = lobby::Instant::max();
    notice_standstill(); // told to the lobby with the tick
    if (next_beat_ <= io_.now()) beat();
    stop_lingering();
    look_at_slow();
    look_at_memory();
    const bool is_due = lobby_.next_deadline().value_or(lobby::Instant::max()) <= io_.now();
    if (is_due || !events_.empty())
        tell(lobby::Tick{});
    else
        arm_timer();
}

void Worker::beat()
{
    beaten_at_ = io_.now();
    next_beat_ = connections_.empty() ? lobby::Instant::max() : beaten_at_ + beat_interval;
}

// Before anything that was said or became due meanwhile is dealt with: nobody has to go for it.
void Worker::notice_standstill()
{
    const lobby::Instant at = now();
    const lobby::Duration gap = at - beaten_at_;
    if (next_beat_ == lobby::Instant::max() || gap < beat_interval + standstill_least) return;
    beaten_at_ = at;
    observer_.stood_still(gap);
    for (const Connection& one : connections_) {
        Waits* waits =
            one.waits.is_usual() ? nullptr : &Connections::changeable(one).waits.change();
        if (one.is_slow()) slow_.set(one.id, waits->look_at, waits->look_at + gap);
        if (one.lingers()) lingering_.set(one.id, waits->lingers_until, waits->lingers_until + gap);
        if (SendQueue* send_queue = one.send_queue())
            send_queue->states_since = std::min(send_queue->states_since + gap, at);
    }
    events_.push_front(lobby::StoodStill{gap});
}

} // namespace netplay_relay::worker
