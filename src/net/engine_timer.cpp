// The engine's timer, and how it notices that it came too late itself.
#include "net/engine.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace netplay_relay::net {

namespace {

constexpr lobby::Duration timer_step = std::chrono::milliseconds(4);
// The loop beats so often while anybody is there. If a beat comes later than that by so much, the
// process stood still: everybody was kept waiting by us.
constexpr lobby::Duration beat_interval = std::chrono::milliseconds(250);
constexpr lobby::Duration standstill_least = std::chrono::milliseconds(500);

} // namespace

void Engine::arm_timer()
{
    auto next = lobby_.next_deadline().value_or(lobby::Instant::max());
    if (!lingering_.empty()) next = std::min(next, lingering_.front().until);
    if (!slow_.empty()) next = std::min(next, slow_.front().until);
    next = std::min(next, memory_look_);
    // What is due already must not wait for the timer's next step; others have their turn before.
    if (next <= now() && !tick_posted_) {
        tick_posted_ = true;
        boost::asio::post(io_, [this] {
            tick_posted_ = false;
            timer_fired();
        });
    }
    // A timer that fires too early costs one look; moving it for every event costs more.
    if (next >= armed_) return;
    armed_ = next;
    // Rounded up, so that what is due at nearly the same time is dealt with in one turn.
    const auto steps = (next.time_since_epoch() + timer_step - lobby::Duration{1}) / timer_step;
    timer_.expires_at(std::chrono::steady_clock::time_point(steps * timer_step));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) timer_fired();
    });
}

void Engine::timer_fired()
{
    armed_ = lobby::Instant::max();
    notice_standstill(); // told to the lobby with the tick
    stop_lingering();
    look_at_slow();
    look_at_memory();
    tell(lobby::Tick{});
}

void Engine::beat()
{
    beat_timer_.expires_after(beat_interval);
    beat_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        notice_standstill();
        if (!events_.empty()) tell(lobby::Tick{});
        beaten_at_ = now();
        beats_ = !connections_.empty();
        if (beats_) beat();
    });
}

// Before anything that was said or became due meanwhile is dealt with: nobody has to go for it.
void Engine::notice_standstill()
{
    const lobby::Instant at = now();
    const lobby::Duration gap = at - beaten_at_;
    if (!beats_ || gap < beat_interval + standstill_least) return;
    beaten_at_ = at;
    spdlog::warn("stood_still seconds={:.1f} problem=\"the relay itself: suspended, out of memory "
                 "or without CPU; its peers get the time back\"",
                 std::chrono::duration<double>(gap).count());
    for (auto* waiting : {&slow_, &lingering_})
        for (Later& later : *waiting)
            later.until += gap;
    for (const auto& [id, connection] : connections_)
        connection->states_since = std::min(connection->states_since + gap, at);
    events_.push_front(lobby::StoodStill{gap});
}

} // namespace netplay_relay::net
