#include "fleet/namesakes.hpp"

#include <algorithm>

namespace netplay_relay::fleet {

void Namesakes::hear(Node node, std::uint64_t instance, const std::string& where, Instant now)
{
    if (node >= nodes_max || instance == 0) return;
    std::vector<Heard>& all = heard_[node];
    std::erase_if(all, [&](const Heard& one) { return now - one.last >= namesake_limit; });
    const auto known = std::ranges::find(all, instance, &Heard::instance);
    if (known != all.end()) {
        known->last = now;
        known->where = where;
        return;
    }
    if (all.size() == namesakes_max) all.erase(std::ranges::min_element(all, {}, &Heard::last));
    all.push_back({instance, where, now, now});
}

Nodes Namesakes::find(Instant now) const
{
    const auto are_two = [&](const Heard& one, const Heard& other) {
        return now - one.last < namesake_limit && now - other.last < namesake_limit &&
               one.last - other.first >= namesake_time && other.last - one.first >= namesake_time;
    };
    Nodes found;
    for (std::size_t node = 0; node < nodes_max; ++node)
        for (const Heard& one : heard_[node])
            for (const Heard& other : heard_[node])
                if (one.instance < other.instance && are_two(one, other)) found.set(node);
    return found;
}

std::vector<std::string> Namesakes::places(Node node, Instant now) const
{
    std::vector<std::string> all;
    if (node >= nodes_max) return all;
    for (const Heard& one : heard_[node])
        if (now - one.last < namesake_limit && !one.where.empty()) all.push_back(one.where);
    std::ranges::sort(all);
    const auto twice = std::ranges::unique(all);
    all.erase(twice.begin(), twice.end());
    return all;
}

} // namespace netplay_relay::fleet
