#include "worker/memory_pressure.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <utility>

namespace netplay_relay::worker {

namespace {

struct PrefixUse
{
    std::size_t bytes = 0;
    std::vector<Holder> holders; // the first to go is the last
};

} // namespace

std::vector<lobby::ConnectionId> who_has_to_go(std::vector<Holder> holders, std::size_t most)
{
    std::size_t held = 0;
    std::map<wire::Address, PrefixUse> prefixes;
    for (Holder& holder : holders) {
        PrefixUse& prefix = prefixes[holder.prefix];
        held += holder.bytes;
        prefix.bytes += holder.bytes;
        prefix.holders.push_back(std::move(holder));
    }
    std::priority_queue<std::pair<std::size_t, wire::Address>> largest;
    for (auto& [address, prefix] : prefixes) {
        std::ranges::sort(prefix.holders, {},
                          [](const Holder& one) { return std::pair(one.bytes, one.connection); });
        largest.emplace(prefix.bytes, address);
    }
    std::vector<lobby::ConnectionId> gone;
    while (held > most && !largest.empty()) {
        const wire::Address address = largest.top().second;
        largest.pop();
        PrefixUse& prefix = prefixes.at(address);
        const Holder& first = prefix.holders.back();
        gone.push_back(first.connection);
        held -= first.bytes;
        prefix.bytes -= first.bytes;
        prefix.holders.pop_back();
        if (!prefix.holders.empty()) largest.emplace(prefix.bytes, address);
    }
    return gone;
}

} // namespace netplay_relay::worker
