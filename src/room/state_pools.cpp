#include "room/state_pools.hpp"

namespace netplay_relay::room {

std::shared_ptr<StatePool> StatePools::of(const wire::Address& opener)
{
    std::shared_ptr<StatePool> pool = of_openers_[opener].lock();
    if (pool != nullptr) return pool;
    std::erase_if(of_openers_, [](const auto& entry) { return entry.second.expired(); });
    pool = std::make_shared<StatePool>();
    of_openers_[opener] = pool;
    return pool;
}

} // namespace netplay_relay::room
