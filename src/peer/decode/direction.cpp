#include "peer/decode/direction.hpp"

#include <algorithm>

namespace netplay_relay::peer {

void Direction::append(std::span<const std::uint8_t> bytes, std::chrono::microseconds time)
{
    if (stage == Stage::stopped || bytes.empty()) return;
    stream_.append(bytes);
    received_ += bytes.size();
    arrivals_.push_back({received_, time});
}

void Direction::take(std::size_t used, std::size_t skip)
{
    stream_.take(used, skip);
    offset_ += used + skip;
    while (arrivals_.size() > 1 && arrivals_.front().end <= offset_)
        arrivals_.pop_front();
}

void Direction::stop()
{
    stage = Stage::stopped;
    stream_ = {};
    arrivals_.clear();
}

Moment Direction::moment(std::size_t size) const
{
    const std::uint64_t end = offset_ + std::max<std::size_t>(size, 1);
    const auto found = std::ranges::lower_bound(arrivals_, end, {}, &Arrival::end);
    if (found != arrivals_.end()) return {found->time, offset_};
    return {arrivals_.empty() ? std::chrono::microseconds{} : arrivals_.back().time, offset_};
}

} // namespace netplay_relay::peer
