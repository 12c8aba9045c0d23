// What all workers of a process hold of savestates, and of that what the rooms of each opener hold:
// touched when a room is opened, and for every 64 KiB of a savestate at most.
#pragma once

#include "base/pool.hpp"
#include "wire/address.hpp"

#include <map>
#include <memory>

namespace netplay_relay::room {

struct StatePool
{
    Pool used;
    Pool reserved;
};

// By one thread, but for what is in a pool; whoever shares it among several locks it
// (net/locked_pools.hpp).
class StatePools
{
public:
    virtual ~StatePools() = default;

    [[nodiscard]] const std::shared_ptr<StatePool>& whole() const { return whole_; }
    // Of the rooms of one opener, as long as anybody has it.
    [[nodiscard]] virtual std::shared_ptr<StatePool> of(const wire::Address& opener);

private:
    std::shared_ptr<StatePool> whole_ = std::make_shared<StatePool>();
    std::map<wire::Address, std::weak_ptr<StatePool>> of_openers_;
};

} // namespace netplay_relay::room
