// From a captured packet to the piece of a TCP stream in it.
#pragma once

#include "wire/address.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace netplay_relay::peer {

struct Segment
{
    wire::Endpoint from;
    wire::Endpoint to;
    std::uint32_t sequence = 0; // of the first byte of `payload`, or of SYN
    bool syn = false;
    bool ack = false;
    bool fin = false;
    bool reset = false;
    // What was captured of it; the rest, if the capture cut packets, will be a gap.
    std::span<const std::uint8_t> payload;
    std::uint32_t payload_size = 0; // as sent
};

// The kinds of captures that can be read.
enum class LinkKind : std::uint8_t
{
    ethernet,
    linux_cooked_1,
    linux_cooked_2,
    raw_ip,
    loopback, // four bytes of address family
};

// Nothing if the packet is no TCP over IPv4 or IPv6, is a fragment, or is damaged.
[[nodiscard]] std::optional<Segment> read_segment(LinkKind kind,
                                                  std::span<const std::uint8_t> packet);

} // namespace netplay_relay::peer
