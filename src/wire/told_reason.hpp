// Why the relay refuses, as it tells peers of our own: the last word of FULL and DENY, which
// RetroArch does not read (protocol.md, "Refusals").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace netplay_relay::wire {

// The values are on the wire: they stay what they are.
enum class ToldReason : std::uint32_t
{
    untold = 0, // also by every RetroArch
    connections_full = 1,
    address_connections_full = 2,
    arriving_too_fast = 3,
    draining = 4,
    host_denied = 5,
    join_denied = 6,
    manual_ip_off = 7,
    sessions_full = 8,
    address_sessions_full = 9,
    session_full = 10,
    waiting_full = 11,
    address_waiting_full = 12,
    displaced = 13,
    address_links_full = 14,
    password_too_often = 15,
    banned_address = 16,
    closed_to_new = 17,
};

// The word that the relay's log has for it; empty for untold and for numbers that we do not know.
[[nodiscard]] std::string_view word(ToldReason reason);

// The other way round; untold for every other word.
[[nodiscard]] ToldReason told_reason(std::string_view word);

// "draining: it takes in nothing new, and ends with its last game"; empty as above.
[[nodiscard]] std::string sentence(ToldReason reason);

} // namespace netplay_relay::wire
