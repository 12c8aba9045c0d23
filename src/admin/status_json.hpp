// The status of the relay as JSON; docs/status.schema.json describes every field.
#pragma once

#include "inspect/game_facts.hpp"
#include "net/process_state.hpp"
#include "net/workers.hpp"

#include <optional>

namespace netplay_relay::admin {

class JsonWriter;

// The members of the status but for its sessions, rooms and parties, which follow.
void write_status_head(JsonWriter& out, const net::Workers& workers,
                       const net::ProcessState& process);

// The members of a session but for its links, which follow.
void write_session_head(JsonWriter& out, const net::Engine& engine,
                        const lobby::SessionSnapshot& session);
void write_link(JsonWriter& out, const lobby::LinkSnapshot& link, const worker::LinkFacts& facts,
                lobby::Instant now);

// The members of a room but for those who are in it, who follow.
void write_room_head(JsonWriter& out, const net::Engine& engine, const lobby::RoomSnapshot& room);
void write_member(JsonWriter& out, const net::Engine& engine, const lobby::MemberSnapshot& member);

// The members of a party but for its peers, who follow.
void write_party_head(JsonWriter& out, const net::Engine& engine,
                      const lobby::PartySnapshot& party);
void write_peer(JsonWriter& out, const net::Engine& engine, const lobby::PeerSnapshot& peer);

// "game" of a link: null if nobody reads along.
void write_game(JsonWriter& out, const std::optional<inspect::GameFacts>& game);

} // namespace netplay_relay::admin
