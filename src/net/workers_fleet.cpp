// The workers of a node of a fleet.
#include "net/workers.hpp"

#include <algorithm>

namespace netplay_relay::net {

void Workers::join_fleet(const FleetMember& member)
{
    each([&](Engine& engine) { engine.join_fleet(member); });
}

void Workers::see_fleet(const std::shared_ptr<const fleet::View>& view,
                        const NodeEndpoints& endpoints)
{
    each([&](Engine& engine) { engine.see_fleet(view, endpoints); });
}

// Whose it is, whoever takes it knows, and passes it on at once: nobody goes on with it before the
// other node has been answered.
void Workers::take_hopped(UniqueFd link, const fleet::Head& head, std::vector<std::uint8_t> record)
{
    const std::vector<Held> all = hold_all();
    next_for_hop_ = static_cast<std::uint16_t>((next_for_hop_ + 1) % count());
    all[next_for_hop_]->take_hopped(std::move(link), head, std::move(record));
}

std::vector<std::uint64_t> Workers::room_hashes() const
{
    std::vector<std::uint64_t> all;
    each([&](Engine& engine) {
        const std::vector<std::uint64_t> some = engine.lobby().room_hashes();
        all.insert(all.end(), some.begin(), some.end());
    });
    return all;
}

bool Workers::takes_rooms() const
{
    bool takes = true;
    each([&](Engine& engine) { takes = takes && engine.lobby().takes_rooms(); });
    return takes;
}

} // namespace netplay_relay::net
