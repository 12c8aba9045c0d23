// An internet address as the tunnel carries it: 16 bytes, IPv4 in its IPv4-mapped form
// (protocol.md, "The address of a guest").
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netplay_relay::wire {

inline constexpr std::size_t address_size = 16;

struct Address
{
    std::array<std::uint8_t, address_size> bytes{};

    auto operator<=>(const Address&) const = default;

    // True for an IPv4 address in its mapped form (ten zero bytes, FF FF, four bytes).
    [[nodiscard]] bool is_ipv4() const;

    // True for 0.0.0.0 and ::, which stand for every address of a machine.
    [[nodiscard]] bool is_wildcard() const;
};

// An address with a TCP port.
struct Endpoint
{
    Address address;
    std::uint16_t port = 0;

    auto operator<=>(const Endpoint&) const = default;
};

// A block of addresses: the first `prefix_bits` of the 16 bytes. An IPv4 network of /24 has 120.
struct Network
{
    Address base;
    int prefix_bits = 128;

    auto operator<=>(const Network&) const = default;

    [[nodiscard]] bool contains(const Address& address) const;
};

// What counts as one address where there are limits: an IPv4 address itself, of an IPv6 address its
// network of 64 bits.
[[nodiscard]] Address household(Address address);

// Text forms: "203.0.113.7", "2001:db8::1". Nothing if the text is not an address.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_text(const Address& address);

// "203.0.113.7:55435" or "[2001:db8::1]:55435"; the port is required, 0 to 65535.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

// "203.0.113.0/24", "2001:db8::/32", or a single address. Bits behind the prefix must be zero.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

} // namespace netplay_relay::wire
