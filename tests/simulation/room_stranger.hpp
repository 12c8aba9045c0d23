// What a stranger in a room does: it is a whole netplay client until it turns.
#pragma once

#include "room_client.hpp"

namespace netplay_relay::simulation {

inline constexpr std::size_t link_full = 256U << 10U; // bytes on their way

void step_stranger(RoomClient& stranger, Instant now, const rollback::RandomInput& input);

} // namespace netplay_relay::simulation
