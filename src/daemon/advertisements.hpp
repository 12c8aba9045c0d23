// What the relay tells frontends in its LAN: the games that need no session id to be joined.
#pragma once

#include "config/config.hpp"
#include "net/workers.hpp"
#include "wire/discovery.hpp"

#include <cstdint>
#include <vector>

namespace netplay_relay::daemon {

// `port` is the TCP port that the listed games are reached at.
[[nodiscard]] std::vector<wire::Advertisement>
advertisements(const net::Workers& workers, const config::Config& config, std::uint16_t port);

// Whether those who play this room's game, and come to our own port, come into this room.
[[nodiscard]] bool is_found_by_content(const room::RoomSnapshot& open,
                                       const room::RoomSettings& settings);

} // namespace netplay_relay::daemon
