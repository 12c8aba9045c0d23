#include "worker/memory_pressure.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <utility>

namespace netplay_relay::worker {

namespace {

struct Household
{
    std::size_t bytes = 0;
    std::vector<Holder> holders; // the first to go is the last
};

} // namespace

std::vector<lobby::ConnectionId> who_has_to_go(std::vector<Holder> holders, std::size_t most)
{
    std::size_t held = 0;
    std::map<wire::Address, Household> households;
    for (Holder& holder : holders) {
        Household& household = households[holder.household];
        held += holder.bytes;
        household.bytes += holder.bytes;
        household.holders.push_back(std::move(holder));
    }
    std::priority_queue<std::pair<std::size_t, wire::Address>> largest;
    for (auto& [address, household] : households) {
        std::ranges::sort(household.holders, {},
                          [](const Holder& one) { return std::pair(one.bytes, one.connection); });
        largest.emplace(household.bytes, address);
    }
    std::vector<lobby::ConnectionId> gone;
    while (held > most && !largest.empty()) {
        const wire::Address address = largest.top().second;
        largest.pop();
        Household& household = households.at(address);
        const Holder& first = household.holders.back();
        gone.push_back(first.connection);
        held -= first.bytes;
        household.bytes -= first.bytes;
        household.holders.pop_back();
        if (!household.holders.empty()) largest.emplace(household.bytes, address);
    }
    return gone;
}

} // namespace netplay_relay::worker
