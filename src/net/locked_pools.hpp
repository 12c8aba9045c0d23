// What rooms of a process share, for the threads of all its workers.
#pragma once

#include "room/room_table.hpp"
#include "room/state_pools.hpp"

#include <memory>
#include <mutex>
#include <optional>

namespace netplay_relay::net {

class LockedPools final : public room::StatePools
{
public:
    [[nodiscard]] std::shared_ptr<room::StatePool> of(const wire::Address& opener) override
    {
        const std::lock_guard lock(mutex_);
        return StatePools::of(opener);
    }

private:
    std::mutex mutex_;
};

class LockedTable final : public room::RoomTable
{
public:
    void list(std::uint64_t number, const room::ListedRoom& room) override
    {
        const std::lock_guard lock(mutex_);
        RoomTable::list(number, room);
    }
    void forget(std::uint64_t number) override
    {
        const std::lock_guard lock(mutex_);
        RoomTable::forget(number);
    }
    [[nodiscard]] std::optional<room::ListedRoom>
    most_alike(std::uint64_t number, const room::RoomKey& key) const override
    {
        const std::lock_guard lock(mutex_);
        return RoomTable::most_alike(number, key);
    }

private:
    mutable std::mutex mutex_;
};

} // namespace netplay_relay::net
