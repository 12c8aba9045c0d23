#include "netplay_relay/lobby/limits.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

bool AccessList::permits(const wire::Address& address) const
{
    const auto holds = [&](const wire::Network& network) { return network.contains(address); };
    if (std::ranges::any_of(deny, holds)) return false;
    return allow.empty() || std::ranges::any_of(allow, holds);
}

} // namespace netplay_relay::lobby
