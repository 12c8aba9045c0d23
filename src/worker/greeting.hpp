// From the bytes of a connection that is not linked yet to events of the lobby.
#pragma once

#include "lobby/event.hpp"
#include "worker/connection.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::worker {

// Takes in what came behind connection.partial. Yields an event once the first bytes are a message
// or refused; bytes behind a message go to connection.early.
[[nodiscard]] std::optional<lobby::Event> read_greeting(Connection& connection,
                                                        std::span<const std::uint8_t> bytes);

// The same for the PROXY header that a trusted proxy begins with: Introduced or Refused. What is
// not whole yet is kept in connection.early, as is what comes behind it.
[[nodiscard]] std::optional<lobby::Event> read_introduction(Connection& connection,
                                                            std::span<const std::uint8_t> bytes);

// The same for a host's control connection: one event for each message, none behind a refusal.
void read_control(Connection& connection, std::span<const std::uint8_t> bytes,
                  std::vector<lobby::Event>& events);

} // namespace netplay_relay::worker
