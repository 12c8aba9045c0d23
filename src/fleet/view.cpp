#include "fleet/view.hpp"

#include <algorithm>
#include <optional>

namespace netplay_relay::fleet {

namespace {

// SplitMix64: every bit of the input changes half of the output.
std::uint64_t mix(std::uint64_t value)
{
    value += 0x9e3779b97f4a7c15ULL;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31U);
}

std::optional<Node> heaviest(const Nodes& among, std::uint64_t room)
{
    std::optional<Node> best;
    std::uint64_t most = 0;
    for (std::size_t at = 0; at < nodes_max; ++at) {
        if (!among.test(at)) continue;
        const auto node = static_cast<Node>(at);
        const std::uint64_t weight = weight_of(node, room);
        if (best && weight <= most) continue;
        best = node;
        most = weight;
    }
    return best;
}

Nodes holders_of(const std::vector<HeldRoom>& held, std::uint64_t room)
{
    Nodes nodes;
    for (auto at = std::ranges::lower_bound(held, room, {}, &HeldRoom::room);
         at != held.end() && at->room == room; ++at)
        if (at->node < nodes_max) nodes.set(at->node);
    return nodes;
}

} // namespace

std::uint64_t weight_of(Node node, std::uint64_t room) { return mix(room ^ mix(node)); }

Node View::owner_of(std::uint64_t room) const
{
    if (const auto holder = heaviest(holders_of(held, room) & up, room)) return *holder;
    return heaviest(opening(), room).value_or(own);
}

// Where all have only now begun, they are not kept waiting.
Nodes View::opening() const
{
    const Nodes settled = open & up;
    return settled.any() ? settled : coming & up;
}

bool View::must_tell_of(std::uint64_t room) const
{
    return heaviest((open | coming) & up, room) != own || heaviest(opening(), room) != own ||
           holders_of(held, room).reset(own).any();
}

} // namespace netplay_relay::fleet
