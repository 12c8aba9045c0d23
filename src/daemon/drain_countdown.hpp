// What players are told before the relay drains, and when.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::daemon {

// How long before the drain they are told next, if there is so much time left until then. Nothing
// more is told once it is 0.
[[nodiscard]] std::chrono::seconds next_warning(std::chrono::nanoseconds left);

// "the relay ends in 5 minutes: MESSAGE"
[[nodiscard]] std::string countdown_text(std::chrono::nanoseconds left, std::string_view message);

// The same when it has begun: the games that are on may go on for so long, 0: as long as they last.
[[nodiscard]] std::string drain_text(std::chrono::seconds limit, std::string_view message);

} // namespace netplay_relay::daemon
