#include "outward/event_queue.hpp"

#include <utility>

namespace netplay_relay::outward {

void EventQueue::add(Event event, Instant now)
{
    waiting_.push_back({std::move(event), now});
    if (waiting_.size() <= most) return;
    waiting_.pop_front();
    ++dropped_;
}

void EventQueue::put_back(Waiting waiting)
{
    if (waiting_.size() < most)
        waiting_.push_front(std::move(waiting));
    else
        ++dropped_; // it is the oldest of them
}

std::optional<EventQueue::Waiting> EventQueue::take(Instant now)
{
    while (!waiting_.empty()) {
        Waiting first = std::move(waiting_.front());
        waiting_.pop_front();
        if (now - first.since <= news) return first;
        ++dropped_;
    }
    return std::nullopt;
}

} // namespace netplay_relay::outward
