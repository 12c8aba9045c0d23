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
#include <vector>

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

    // What it consists of, for records (src/record/archive.hpp).
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.bytes);
    }
};

// An address with a TCP port.
struct Endpoint
{
    Address address;
    std::uint16_t port = 0;

    auto operator<=>(const Endpoint&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.address, self.port);
    }
};

// A block of addresses: the first `prefix_bits` of the 16 bytes. An IPv4 network of /24 has 120.
struct Network
{
    Address base;
    int prefix_bits = 128;

    auto operator<=>(const Network&) const = default;

    // True for one of IPv4 addresses alone.
    [[nodiscard]] bool is_ipv4() const { return prefix_bits >= 96 && base.is_ipv4(); }

    // An IPv6 network of less than 96 bits holds no IPv4 address: that in its mapped form lies
    // within ::/0, and nobody who writes ::/16 means it.
    [[nodiscard]] bool contains(const Address& address) const;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.base, self.prefix_bits);
        archive.check(self.prefix_bits >= 0 && self.prefix_bits <= 128);
    }
};

// The network of so many bits that the address is part of.
[[nodiscard]] Network network_of(Address address, int prefix_bits);

// The smallest one that is one customer's: an IPv4 address itself, of IPv6 a /64.
[[nodiscard]] inline Network network_of_one(const Address& address)
{
    return network_of(address, address.is_ipv4() ? 128 : 64);
}

// What counts as one address where there are limits: an IPv4 address itself, of an IPv6 address its
// network of so many bits, a multiple of 8.
[[nodiscard]] Address client_network(Address address, int ipv6_bits);
[[nodiscard]] inline Address client_prefix(Address address) { return client_network(address, 64); }

// Where places are kept for those who have none: one customer has as much of IPv6 at the most.
[[nodiscard]] inline Address customer(Address address) { return client_network(address, 48); }

// 10/8, 172.16/12, 192.168/16, and fc00::/7 of IPv6: addresses of a LAN, which strangers do not
// come from.
[[nodiscard]] bool is_private(const Address& address);

// A network that an address is part of and others may be, and how many times what one address may
// have all of them together may.
struct WiderNetwork
{
    Network network;
    std::uint32_t factor = 1;
};

// Of IPv6 those of 56 and 48 bits, which is what providers give to one customer, with 2 and 4 times
// as much as its network of 64; of IPv4 that of 24 bits, with 4 times as much. The widest is
// last. None of a private address.
[[nodiscard]] std::vector<WiderNetwork> wider_networks(const Address& address);

// Of so many places, those that are for networks which hold none yet: a quarter. None where there
// are less than 32, or where one address may have more than a quarter of them: that is a relay for
// few, who know each other.
[[nodiscard]] constexpr std::size_t places_for_newcomers(std::size_t places,
                                                         std::size_t places_of_one)
{
    const bool is_for_many = places >= 32 && places_of_one <= places / 4;
    return is_for_many ? places / 4 : 0;
}

// Text forms: "203.0.113.7", "2001:db8::1". Nothing if the text is not an address.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_text(const Address& address);

// "203.0.113.7:55435" or "[2001:db8::1]:55435"; the port is required, 0 to 65535.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

// "203.0.113.0/24", "2001:db8::/32", or a single address. Bits behind the prefix must be zero.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);
[[nodiscard]] std::string to_text(const Network& network);

} // namespace netplay_relay::wire
