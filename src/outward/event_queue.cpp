#include "outward/event_queue.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

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

void EventQueue::drop_what_is_over()
{
    std::map<std::string, std::vector<std::uint64_t>> told; // of games that were opened
    std::set<std::uint64_t> over;
    for (const Waiting& one : waiting_) {
        const Event& event = one.event;
        const std::string subject = event.subject();
        if (event.opens_game()) told.insert_or_assign(subject, std::vector{event.number});
        const auto game = told.find(subject);
        if (game == told.end()) continue;
        if (event.kind == "session_game") game->second.push_back(event.number);
        if (!event.ends_game()) continue;
        over.insert(event.number);
        over.insert(game->second.begin(), game->second.end());
        told.erase(game);
    }
    dropped_ += std::erase_if(waiting_,
                              [&](const Waiting& one) { return over.contains(one.event.number); });
}

} // namespace netplay_relay::outward
