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

void Workers::resume_link(UniqueFd link, const fleet::LinkPlace& place)
{
    auto verdict = fleet::Verdict::gone;
    if (const auto known = TlsSockets::find_named(place.key)) {
        verdict = fleet::Verdict::not_yet; // it may be on its way between two workers
        each([&](Engine& engine) {
            if (const auto here = engine.resume_link(link, place, *known)) verdict = *here;
        });
    }
    answer_link(std::move(link), verdict);
}

void Workers::end_lost_links()
{
    if (TlsStream::paused_count() > 0) each([](Engine& engine) { engine.end_lost_links(); });
}

void Workers::pause_links()
{
    each([](Engine& engine) { engine.pause_links(); });
}

std::size_t Workers::unquiet_links() const
{
    std::size_t count = 0;
    each([&](Engine& engine) { count += engine.unquiet_links(); });
    return count;
}

std::size_t Workers::unquiet_hops() const
{
    std::size_t count = 0;
    each([&](Engine& engine) { count += engine.unquiet_hops(); });
    return count;
}

void Workers::lay_links_again()
{
    each([](Engine& engine) { engine.lay_links_again(); });
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
