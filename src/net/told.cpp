#include "net/told.hpp"

#include <chrono>
#include <utility>

namespace netplay_relay::net {

namespace {

constexpr std::size_t waiting_max = 4096;
constexpr std::chrono::milliseconds pause{5};

} // namespace

void ToldQueue::happened(const lobby::LogEvent& event, const worker::EventFacts& facts,
                         const std::string& join_text)
{
    put(Happened{event, facts, join_text});
}

void ToldQueue::stood_still(lobby::Duration gap) { put(gap); }

void ToldQueue::memory_short(const worker::MemoryShort& what) { put(what); }

std::uint64_t ToldQueue::lost()
{
    const std::lock_guard lock(mutex_);
    return lost_;
}

void ToldQueue::put(Told told)
{
    bool is_first = false;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= waiting_max) {
            ++lost_;
            return;
        }
        is_first = waiting_.empty();
        waiting_.push_back(std::move(told));
    }
    if (is_first) inbox_.put([this] { tell_later(); });
}

void ToldQueue::tell_later()
{
    timer_.expires_after(pause);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) (void)tell_all();
    });
}

bool ToldQueue::tell_all()
{
    std::vector<Told> all;
    {
        const std::lock_guard lock(mutex_);
        all.swap(waiting_);
    }
    for (const Told& told : all) {
        if (const auto* one = std::get_if<Happened>(&told))
            listener_.happened(one->event, one->facts, one->join_text);
        else if (const auto* gap = std::get_if<lobby::Duration>(&told))
            listener_.stood_still(*gap);
        else
            listener_.memory_short(std::get<worker::MemoryShort>(told));
    }
    return !all.empty();
}

} // namespace netplay_relay::net
