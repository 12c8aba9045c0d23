#include "net/figures.hpp"

#include <algorithm>

namespace netplay_relay::net {

void Figures::add(const Figures& other)
{
    const std::uint64_t standstills = totals.standstills;
    const std::uint64_t stood_still_ms = tally.stood_still_ms;
    use.add(other.use);
    totals.add(other.totals);
    traffic.add(other.traffic);
    tally.add(other.tally);
    party_counts.add(other.party_counts);
    slow_memory.held += other.slow_memory.held;
    // Who has no limit stays so.
    slow_memory.most += std::min(other.slow_memory.most, SIZE_MAX - slow_memory.most);
    // All stand still at once.
    totals.standstills = std::max(standstills, other.totals.standstills);
    tally.stood_still_ms = std::max(stood_still_ms, other.tally.stood_still_ms);
    state_bytes += other.state_bytes;
    bytes_moved += other.bytes_moved;
    hops += other.hops;
    events_lost += other.events_lost;
    longest_turn = std::max(longest_turn, other.longest_turn);
}

} // namespace netplay_relay::net
