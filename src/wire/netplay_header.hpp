// The first bytes of a netplay connection, and what two versions agree on by them (protocol.md,
// "The netplay header").
#pragma once

#include "wire/decode.hpp"
#include "wire/netplay_command.hpp"
#include "wire/told_reason.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace netplay_relay::wire {

// The protocol numbers that netplay has had. 4 is of another shape: no magic, fixed input.
inline constexpr std::uint32_t protocol_oldest = 4;
inline constexpr std::uint32_t protocol_newest = 7;

inline constexpr std::size_t netplay_header_4_size = 16;
inline constexpr std::uint32_t compression_zlib = 1;
inline constexpr std::uint32_t platform_linux_64 = 0x00040008;

// The byte order in a platform word: true on big-endian machines (bit 30).
[[nodiscard]] constexpr bool is_big_endian(std::uint32_t platform)
{
    return (platform & 0x40000000U) != 0;
}

// Protocols 5 and later, 24 bytes, either side.
struct NetplayHeader
{
    std::uint32_t platform = platform_linux_64;
    std::uint32_t compression = compression_zlib;
    // A server's salt (0: no password), or the highest protocol of a client since RetroArch 1.10
    // (0 before).
    std::uint32_t salt_or_highest = 0;
    // What a server chose (0: refused), or the lowest protocol of a client.
    std::uint32_t protocol = 0;
    std::uint32_t implementation = 0; // implementation_magic() of the sender
    bool operator==(const NetplayHeader&) const = default;
};

// Protocol 4, 16 bytes, either side. Both sides' implementation words must be equal.
struct NetplayHeader4
{
    std::uint32_t implementation = 0;
    std::uint32_t platform = platform_linux_64;
    std::uint32_t compression = compression_zlib;
    std::uint32_t salt = 0;
    bool operator==(const NetplayHeader4&) const = default;
};

struct HostFull // FULL: no free seat for another connection
{
    ToldReason reason = ToldReason::untold;
    bool operator==(const HostFull&) const = default;
};
struct HostDenies // DENY: the address is banned
{
    ToldReason reason = ToldReason::untold;
    bool operator==(const HostDenies&) const = default;
};
struct Probe // POKE: "are you a netplay server?"
{
    bool operator==(const Probe&) const = default;
};

using Opening = std::variant<NetplayHeader, NetplayHeader4, HostFull, HostDenies, Probe>;

// Reads the first bytes of either side. FULL and DENY are taken by their 4 bytes alone, and as the
// 24 bytes that RetroArch sends if those are there. A first word below 0x10000 is a header of
// protocol 4; anything else that is none of these is Refusal::unknown_greeting, told by the first
// 4 bytes.
[[nodiscard]] Decoded<Opening> decode_opening(std::span<const std::uint8_t> bytes);

// Appends the header to `out`. FULL and DENY are written as 24 bytes naming `protocol_newest` of
// ours that is still understood by all, 6.
void encode_opening(const Opening& opening, std::vector<std::uint8_t>& out);

// The protocol that a server whose highest is `own_highest` (5 to 7) chooses for a client's header;
// nothing if they share none.
[[nodiscard]] std::optional<std::uint32_t> choose_protocol(const NetplayHeader& client,
                                                           std::uint32_t own_highest);

// The word by which RetroArch builds tell each other apart, e.g. ("1.14.0", 6) is 0x469.
[[nodiscard]] std::uint32_t implementation_magic(std::string_view version,
                                                 std::uint32_t highest_protocol);

// The layout of INFO that a peer of protocol 5 has, told by its implementation word: name first for
// the builds 1.7.1 to 1.9.0 of RetroArch, else CRC first.
[[nodiscard]] InfoLayout info_layout_of(std::uint32_t protocol, std::uint32_t implementation);

} // namespace netplay_relay::wire
