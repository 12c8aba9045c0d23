// What a run came to, for people, for programs and for the exit code.
#pragma once

#include "peer/peer_end.hpp"
#include "peer/run_settings.hpp"
#include "rollback/host_session.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::peer {

// What is known about being in sync.
enum class Sync : std::uint8_t
{
    unverified, // no CRC was compared
    agreed,     // every CRC that was compared was equal
    desync,
};
[[nodiscard]] const char* to_text(Sync sync);

struct RunResult
{
    Role role = Role::client;
    std::string nick;
    std::string core_name;
    std::string core_version;
    std::uint32_t content_crc = 0;
    PeerEnd end;
    Sync sync = Sync::unverified;
    bool playing = false;
    std::uint32_t protocol = 0; // client: agreed on
    std::uint32_t client_number = 0;
    std::string host_nick;
    std::string play_refused;       // client: why it may not play; empty if it may
    std::uint64_t clients_seen = 0; // host
    bool other_core_version = false;
    bool other_content = false;

    std::uint32_t first_frame = 0; // of the game with others
    std::uint32_t frames = 0;      // confirmed since
    std::uint32_t ring = 0;        // frames that can be kept
    std::uint32_t deepest_rollback = 0;
    rollback::RollbackCounts rollbacks;
    rollback::SessionCounts counts;
    std::optional<std::uint32_t> final_frame; // whose state, before its input, is hashed
    std::uint32_t final_hash = 0;             // CRC-32
    std::uint64_t state_size = 0;             // bytes
};

// MODE_REFUSED's reason: "no_free_slot".
[[nodiscard]] std::string refusal_text(std::uint32_t reason);

// The result alone, equal for equal runs: what a replay is compared by.
void to_json(nlohmann::ordered_json& json, const RunResult& result);

// Its text. Names come from others and may be no UTF-8: what is not is replaced.
[[nodiscard]] std::string dump(const nlohmann::ordered_json& json, int indent = -1);

} // namespace netplay_relay::peer
