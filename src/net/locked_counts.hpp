// What addresses have at all workers of a process, from any of their threads.
#pragma once

#include "wire/address_counts.hpp"

#include <mutex>

namespace netplay_relay::net {

class LockedCounts final : public wire::AddressCounts
{
public:
    void add(wire::Counted what, const wire::Address& address) override
    {
        const std::lock_guard lock(mutex_);
        AddressCounts::add(what, address);
    }
    void remove(wire::Counted what, const wire::Address& address) override
    {
        const std::lock_guard lock(mutex_);
        AddressCounts::remove(what, address);
    }
    [[nodiscard]] std::size_t around(wire::Counted what,
                                     const wire::Network& network) const override
    {
        const std::lock_guard lock(mutex_);
        return AddressCounts::around(what, network);
    }

private:
    mutable std::mutex mutex_;
};

} // namespace netplay_relay::net
