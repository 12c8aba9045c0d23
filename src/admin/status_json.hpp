// The status of the relay as JSON; docs/status.schema.json describes every field.
#pragma once

#include "net/engine.hpp"
#include "netplay_relay/inspect/game_facts.hpp"
#include "netplay_relay/lobby/discovery.hpp"
#include "netplay_relay/wire/address.hpp"

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::admin {

enum class RelayState : std::uint8_t
{
    running,
    draining,
    stopping
};

// What hardly changes while the relay runs.
struct Identity
{
    std::string version;
    std::chrono::system_clock::time_point started_at;
    lobby::Instant started;
    std::vector<wire::Endpoint> listening;
    std::vector<wire::Endpoint> admin_listening;
    const lobby::DiscoveryCounts* discovery = nullptr; // nothing if it is off
    RelayState state = RelayState::running;
};

// Everything but the sessions.
[[nodiscard]] nlohmann::ordered_json status_head(const net::Engine& engine,
                                                 const Identity& identity);

[[nodiscard]] nlohmann::ordered_json session_json(const net::Engine& engine,
                                                  const lobby::SessionSnapshot& session);

[[nodiscard]] nlohmann::ordered_json room_json(const net::Engine& engine,
                                               const lobby::RoomSnapshot& room);

// "game" of a link: null if nobody reads along.
[[nodiscard]] nlohmann::ordered_json game_json(const std::optional<inspect::GameFacts>& game);

} // namespace netplay_relay::admin
