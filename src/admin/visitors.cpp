#include "admin/visitors.hpp"

#include <chrono>

namespace netplay_relay::admin {

Visitors::Visitor& Visitors::known(const wire::Address& address)
{
    const auto [place, is_new] = known_.try_emplace(wire::client_prefix(address));
    if (is_new)
        place->second.requests = Allowance(limits_.requests_per_second, limits_.requests_at_once);
    return place->second;
}

bool Visitors::knock(const wire::Address& address, Instant now)
{
    if (known_.size() >= known_max) forget_some(now);
    return known(address).requests.spend(now);
}

bool Visitors::has_all(const wire::Address& address) const
{
    const auto found = known_.find(wire::client_prefix(address));
    return found != known_.end() && found->second.connections >= limits_.connections;
}

bool Visitors::begin_stream(const wire::Address& address)
{
    Visitor& visitor = known(address);
    if (visitor.streams >= limits_.streams) return false;
    visitor.streams += 1;
    return true;
}

// Those who could come at any speed again; if that is not enough, all who are not here.
void Visitors::forget_some(Instant now)
{
    const std::chrono::duration<double> whole(limits_.requests_at_once /
                                              limits_.requests_per_second);
    std::erase_if(known_, [&](const auto& one) {
        return one.second.connections == 0 && now - one.second.requests.counted_at() > whole;
    });
    if (known_.size() < known_max) return;
    std::erase_if(known_, [](const auto& one) { return one.second.connections == 0; });
}

} // namespace netplay_relay::admin
