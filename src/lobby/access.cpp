#include "lobby/limits.hpp"
#include "lobby/orders.hpp"
#include "lobby_state.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

namespace {

bool contain(const std::vector<wire::Network>& networks, const wire::Address& address)
{
    return std::ranges::any_of(
        networks, [&](const wire::Network& network) { return network.contains(address); });
}

} // namespace

bool AccessList::permits(const wire::Address& address) const
{
    if (contain(deny, address)) return false;
    return allow.empty() || contain(allow, address);
}

bool LobbyState::is_trusted_proxy(const wire::Address& address) const
{
    return contain(policy_.trusted_proxies, address);
}

bool Reservation::is_for(const wire::Address& host) const { return contain(networks, host); }

bool ReservedSession::is_for(const wire::Address& host) const { return contain(networks, host); }

} // namespace netplay_relay::lobby
