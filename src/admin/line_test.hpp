// A test of a visitor's line to the relay: GET /line, a WebSocket that sends back what it is sent.
#pragma once

#include "admin/http.hpp"

#include <chrono>
#include <cstddef>

namespace netplay_relay::admin {

// The page sends 60 messages a second for 8 s. One that comes faster than this is answered later;
// a line that stood still for a moment brings many at once.
inline constexpr std::chrono::seconds line_test_time{20};
inline constexpr std::size_t line_message_max = 64;
inline constexpr double line_messages_per_second = 90;
inline constexpr double line_messages_at_once = 240;
// Pings, pongs and a close of one visitor. No browser sends a ping by itself.
inline constexpr std::size_t line_control_frames_max = 32;

[[nodiscard]] Route line_test_route();

} // namespace netplay_relay::admin
