// The status of the relay as JSON; docs/status.schema.json describes every field.
#pragma once

#include "inspect/game_facts.hpp"
#include "net/engine.hpp"
#include "net/process_state.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace netplay_relay::admin {

// Everything but the sessions, rooms and parties, which follow.
[[nodiscard]] nlohmann::ordered_json status_head(const net::Engine& engine,
                                                 const net::ProcessState& process);

// A session but for its links, which follow.
[[nodiscard]] nlohmann::ordered_json session_head(const net::Engine& engine,
                                                  const lobby::SessionSnapshot& session);
[[nodiscard]] nlohmann::ordered_json link_json(const lobby::LinkSnapshot& link,
                                               const worker::LinkFacts& facts, lobby::Instant now);

// A room but for its members, who follow.
[[nodiscard]] nlohmann::ordered_json room_head(const net::Engine& engine,
                                               const lobby::RoomSnapshot& room);
[[nodiscard]] nlohmann::ordered_json member_json(const net::Engine& engine,
                                                 const lobby::MemberSnapshot& member);

// A party but for its peers, who follow.
[[nodiscard]] nlohmann::ordered_json party_head(const net::Engine& engine,
                                                const lobby::PartySnapshot& party);
[[nodiscard]] nlohmann::ordered_json peer_json(const net::Engine& engine,
                                               const lobby::PeerSnapshot& peer);

// "game" of a link: null if nobody reads along.
[[nodiscard]] nlohmann::ordered_json game_json(const std::optional<inspect::GameFacts>& game);

} // namespace netplay_relay::admin
