// The status of the relay as JSON; docs/status.schema.json describes every field.
#pragma once

#include "inspect/game_facts.hpp"
#include "net/engine.hpp"
#include "net/process_state.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace netplay_relay::admin {

// Everything but the sessions.
[[nodiscard]] nlohmann::ordered_json status_head(const net::Engine& engine,
                                                 const net::ProcessState& process);

[[nodiscard]] nlohmann::ordered_json session_json(const net::Engine& engine,
                                                  const lobby::SessionSnapshot& session);

[[nodiscard]] nlohmann::ordered_json room_json(const net::Engine& engine,
                                               const lobby::RoomSnapshot& room);

[[nodiscard]] nlohmann::ordered_json party_json(const net::Engine& engine,
                                                const lobby::PartySnapshot& party);

// "game" of a link: null if nobody reads along.
[[nodiscard]] nlohmann::ordered_json game_json(const std::optional<inspect::GameFacts>& game);

} // namespace netplay_relay::admin
