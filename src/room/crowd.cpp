// How many members one address may have in a room, and who makes room for another address.
#include "room_state.hpp"

#include <algorithm>

namespace netplay_relay::room {

std::size_t RoomState::members_max() const
{
    return std::min(settings_.members, wire::clients_max - 1);
}

std::size_t RoomState::members_of(const wire::Address& prefix,
                                  wire::Address (*network_of)(wire::Address)) const
{
    const wire::Address network = network_of(prefix);
    return static_cast<std::size_t>(std::ranges::count_if(members_, [&](const auto& member) {
        return !member->gone && network_of(member->prefix) == network;
    }));
}

std::optional<CloseReason> RoomState::crowding_by(const wire::Address& prefix) const
{
    const std::size_t here = members_of(prefix, wire::client_prefix);
    const std::size_t free = members_max() - std::min(members_max(), members_.size());
    const auto reserve = reserve_of(static_cast<std::uint32_t>(members_max()));
    const bool is_reserved =
        is_for_everybody() && members_of(prefix, wire::customer) > 0 && free <= reserve;
    if (here >= settings_.members_per_address || is_reserved) return CloseReason::address_room_full;
    return std::nullopt;
}

// A watcher has the least to lose, and of many of one customer the one who came last.
void RoomState::make_room_for(const wire::Address& prefix)
{
    if (members_.size() < members_max() || members_of(prefix, wire::customer) > 0) return;
    Member* newest = nullptr;
    std::size_t most = prefix_members_max;
    for (const auto& member : members_) {
        if (member->gone || member->playing) continue;
        const std::size_t here = members_of(member->prefix, wire::customer);
        if (here < most || (newest == nullptr && here == most)) continue;
        most = here;
        newest = member.get();
    }
    if (newest != nullptr) dismiss(*newest, CloseReason::made_room);
}

} // namespace netplay_relay::room
