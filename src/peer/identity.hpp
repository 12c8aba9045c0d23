// What a peer of ours says of itself in the handshake.
#pragma once

#include "netplay/handshake.hpp"
#include "rollback/core.hpp"

#include <string>

namespace netplay_relay::peer {

// The version we count as: our behaviour is that of this RetroArch, and old ones tell the layout of
// INFO by the implementation word.
[[nodiscard]] netplay::Identity identity_of(const rollback::Core& core, const std::string& nick,
                                            std::uint32_t protocol);

} // namespace netplay_relay::peer
