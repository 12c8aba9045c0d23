#include "peer/decode/packet.hpp"

#include "base/byte_order.hpp"

#include <algorithm>

namespace netplay_relay::peer {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t ether_ipv4 = 0x0800;
constexpr std::uint16_t ether_ipv6 = 0x86dd;
constexpr std::uint16_t ether_vlan = 0x8100;
constexpr std::uint16_t ether_vlan_stacked = 0x88a8;
constexpr std::uint8_t ip_tcp = 6;
constexpr int extensions_max = 8;

bool is_ip(std::uint16_t ether_type)
{
    return ether_type == ether_ipv4 || ether_type == ether_ipv6;
}

std::optional<Bytes> ip_in_ethernet(Bytes packet)
{
    std::size_t type_at = 12;
    for (int tags = 0; tags < 3; ++tags) {
        if (packet.size() < type_at + 2) return std::nullopt;
        const std::uint16_t type = load_big<std::uint16_t>(packet, type_at);
        if (is_ip(type)) return packet.subspan(type_at + 2);
        if (type != ether_vlan && type != ether_vlan_stacked) return std::nullopt;
        type_at += 4;
    }
    return std::nullopt;
}

std::optional<Bytes> ip_behind(Bytes packet, std::size_t header_size, std::size_t type_at)
{
    if (packet.size() < header_size || !is_ip(load_big<std::uint16_t>(packet, type_at)))
        return std::nullopt;
    return packet.subspan(header_size);
}

std::optional<Bytes> ip_in(LinkKind kind, Bytes packet)
{
    switch (kind) {
    case LinkKind::ethernet: return ip_in_ethernet(packet);
    case LinkKind::linux_cooked_1: return ip_behind(packet, 16, 14);
    case LinkKind::linux_cooked_2: return ip_behind(packet, 20, 0);
    case LinkKind::raw_ip: return packet;
    // The family is in the byte order of whoever captured, and its numbers are of his system: the
    // version of IP tells as much.
    case LinkKind::loopback:
        if (packet.size() < 4) return std::nullopt;
        return packet.subspan(4);
    }
    return std::nullopt;
}

// The TCP part of an IP packet.
struct IpPayload
{
    wire::Address from;
    wire::Address to;
    Bytes captured;
    std::size_t size = 0; // as sent
};

// Zero stands for what the network card has put together: as long as what was captured.
IpPayload cut_to(IpPayload ip, std::size_t size)
{
    ip.size = size == 0 ? ip.captured.size() : size;
    ip.captured = ip.captured.first(std::min(ip.captured.size(), ip.size));
    return ip;
}

wire::Address mapped(Bytes four)
{
    wire::Address address;
    address.bytes[10] = address.bytes[11] = 0xff;
    std::ranges::copy(four, address.bytes.begin() + 12);
    return address;
}

std::optional<IpPayload> read_ipv4(Bytes packet)
{
    if (packet.size() < 20) return std::nullopt;
    const std::size_t header_size = (packet[0] & 15U) * std::size_t{4};
    const std::size_t total = load_big<std::uint16_t>(packet, 2);
    const bool is_fragment = (load_big<std::uint16_t>(packet, 6) & 0x3fffU) != 0;
    if (header_size < 20 || packet.size() < header_size || is_fragment || packet[9] != ip_tcp)
        return std::nullopt;
    if (total != 0 && total <= header_size) return std::nullopt;
    IpPayload ip{mapped(packet.subspan(12, 4)), mapped(packet.subspan(16, 4)),
                 packet.subspan(header_size)};
    return cut_to(ip, total == 0 ? 0 : total - header_size);
}

// Skips the extension headers; nothing unless TCP is behind them.
std::optional<Bytes> tcp_in_ipv6(std::uint8_t next, Bytes rest)
{
    for (int count = 0; count < extensions_max; ++count) {
        if (next == ip_tcp) return rest;
        const bool is_option = next == 0 || next == 43 || next == 60;
        const bool is_fragment = next == 44;
        if ((!is_option && !is_fragment) || rest.size() < 8) return std::nullopt;
        if (is_fragment && (load_big<std::uint16_t>(rest, 2) & 0xfff9U) != 0) return std::nullopt;
        const std::size_t size = is_fragment ? 8 : (rest[1] + std::size_t{1}) * 8;
        if (rest.size() < size) return std::nullopt;
        next = rest[0];
        rest = rest.subspan(size);
    }
    return std::nullopt;
}

std::optional<IpPayload> read_ipv6(Bytes packet)
{
    if (packet.size() < 40) return std::nullopt;
    IpPayload ip;
    std::ranges::copy(packet.subspan(8, 16), ip.from.bytes.begin());
    std::ranges::copy(packet.subspan(24, 16), ip.to.bytes.begin());
    ip.captured = packet.subspan(40);
    ip = cut_to(ip, load_big<std::uint16_t>(packet, 4));
    const auto tcp = tcp_in_ipv6(packet[6], ip.captured);
    if (!tcp) return std::nullopt;
    ip.size -= ip.captured.size() - tcp->size();
    ip.captured = *tcp;
    return ip;
}

} // namespace

std::optional<Segment> read_segment(LinkKind kind, std::span<const std::uint8_t> packet)
{
    const auto bytes = ip_in(kind, packet);
    if (!bytes || bytes->empty()) return std::nullopt;
    const unsigned version = (*bytes)[0] >> 4U;
    if (version != 4 && version != 6) return std::nullopt;
    const auto ip = version == 4 ? read_ipv4(*bytes) : read_ipv6(*bytes);
    if (!ip || ip->captured.size() < 20) return std::nullopt;
    const Bytes tcp = ip->captured;
    const std::size_t header_size = (tcp[12] >> 4U) * std::size_t{4};
    if (header_size < 20 || tcp.size() < header_size) return std::nullopt;

    Segment segment;
    segment.from = {ip->from, load_big<std::uint16_t>(tcp, 0)};
    segment.to = {ip->to, load_big<std::uint16_t>(tcp, 2)};
    segment.sequence = load_big<std::uint32_t>(tcp, 4);
    segment.fin = (tcp[13] & 1U) != 0;
    segment.syn = (tcp[13] & 2U) != 0;
    segment.reset = (tcp[13] & 4U) != 0;
    segment.ack = (tcp[13] & 16U) != 0;
    segment.payload = tcp.subspan(header_size);
    segment.payload_size = static_cast<std::uint32_t>(ip->size - header_size);
    return segment;
}

} // namespace netplay_relay::peer
