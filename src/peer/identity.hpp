// What a peer of ours says of itself in the handshake.
#pragma once

#include "netplay_relay/netplay/handshake.hpp"
#include "netplay_relay/rollback/core.hpp"

#include <string>

namespace netplay_relay::peer {

// The version we count as: our behaviour is that of this RetroArch, and old ones tell the layout of
// INFO by the implementation word.
[[nodiscard]] netplay::Identity identity_of(const rollback::Core& core, const std::string& nick,
                                            std::uint32_t protocol);

} // namespace netplay_relay::peer
