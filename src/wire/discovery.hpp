// LAN discovery: the question that a frontend broadcasts over UDP, and the answer that puts a game
// into its list (protocol.md, "LAN discovery").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace netplay_relay::wire {

inline constexpr std::uint16_t discovery_port = 55435; // UDP
inline constexpr std::size_t discovery_answer_size = 688;
inline constexpr std::size_t discovery_query_size_max = 524; // of those that are known

// One line of a frontend's list. The frontend connects to the address that the answer came from.
struct Advertisement
{
    std::uint32_t content_crc = 0; // 0: unknown, or the content of a subsystem
    std::uint16_t port = 0;        // TCP
    bool has_password = false;
    bool has_spectate_password = false;
    // Up to their first NUL; of the last two 255 bytes count, of the others 31. An empty one is
    // sent as "N/A", which is RetroArch's own word for "none".
    std::string nick;
    std::string frontend;
    std::string core_name;
    std::string core_version;
    std::string retroarch_version;
    std::string content_name; // the parts of a subsystem's content are joined by |
    std::string subsystem;

    bool operator==(const Advertisement&) const = default;
};

enum class DiscoveryQuery : std::uint8_t
{
    malformed,
    old_form, // RetroArch 1.7.1 to 1.9.14
    current,  // RetroArch 1.10 and later
};

// Reads one whole datagram. The current form is RANQ and whatever follows; nothing ever does, so
// 492 or 524 bytes with protocol 5 behind the RANQ are the old form. There is no answer for that
// one: it would have to name, as text, the address of ours that the frontend reaches.
[[nodiscard]] DiscoveryQuery decode_discovery_query(std::span<const std::uint8_t> datagram);

// The answer to a query of the current form. Text that is too long is cut between two characters
// of UTF-8, and followed by at least one NUL.
[[nodiscard]] std::array<std::uint8_t, discovery_answer_size>
encode_discovery_answer(const Advertisement& advertisement);

} // namespace netplay_relay::wire
