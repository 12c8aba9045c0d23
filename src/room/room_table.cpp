#include "room/room_table.hpp"

namespace netplay_relay::room {

std::optional<Alike> alike(const RoomKey& one, const RoomKey& other)
{
    if (one.password_hash != other.password_hash) return std::nullopt;
    const bool same_core = one.core == other.core && one.multitap == other.multitap &&
                           one.big_endian == other.big_endian;
    const bool same_content = one.content_crc == other.content_crc;
    if (same_core && !same_content) return Alike::core;
    if (one.core != other.core && same_content) return Alike::content;
    return std::nullopt;
}

void RoomTable::list(std::uint64_t number, const ListedRoom& room) { rooms_[number] = room; }

void RoomTable::forget(std::uint64_t number) { rooms_.erase(number); }

std::optional<ListedRoom> RoomTable::most_alike(std::uint64_t number, const RoomKey& key) const
{
    const ListedRoom* best = nullptr;
    std::pair<bool, std::size_t> most;
    for (const auto& [other, room] : rooms_) {
        if (other == number) continue;
        const auto how = alike(key, room.key);
        if (!how || (best != nullptr && rank_of(*how, room.members) <= most)) continue;
        best = &room;
        most = rank_of(*how, room.members);
    }
    if (best == nullptr) return std::nullopt;
    return *best;
}

Listing::~Listing()
{
    if (table_ != nullptr && members_ > 0) table_->forget(number_);
}

void Listing::update(RoomTable* table, std::uint64_t number, const RoomKey& key,
                     const wire::Info& info, std::size_t members)
{
    if (table == nullptr || !key.can_be_found() || members == members_) return;
    table_ = table;
    number_ = number;
    members_ = members;
    if (members > 0)
        table_->list(number_, {key, info, members});
    else
        table_->forget(number_);
}

} // namespace netplay_relay::room
