#include "wire/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstddef>

namespace netplay_relay::wire {

namespace {

constexpr std::array<std::uint8_t, 12> ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int ipv4_prefix_bits = 96;

// Decimal digits only, no sign, within [0, most].
std::optional<int> parse_number(std::string_view text, int most)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (text.empty() || text.front() == '-' || !whole || value > most) return std::nullopt;
    return value;
}

} // namespace

bool Address::is_ipv4() const
{
    return std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), bytes.begin());
}

bool Address::is_wildcard() const
{
    const std::size_t first = is_ipv4() ? ipv4_prefix.size() : 0;
    return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end(),
                       [](std::uint8_t byte) { return byte == 0; });
}

bool Network::contains(const Address& address) const
{
    if (prefix_bits < ipv4_prefix_bits && address.is_ipv4()) return false;
    const auto whole = static_cast<std::size_t>(prefix_bits / 8);
    const int rest = prefix_bits % 8;
    if (!std::equal(base.bytes.begin(), base.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    address.bytes.begin()))
        return false;
    if (rest == 0) return true;
    const int difference = base.bytes[whole] ^ address.bytes[whole];
    return (difference >> (8 - rest)) == 0;
}

Network network_of(Address address, int prefix_bits)
{
    for (std::size_t at = 0; at < address.bytes.size(); ++at) {
        const int kept = std::clamp(prefix_bits - static_cast<int>(at) * 8, 0, 8);
        address.bytes[at] &= static_cast<std::uint8_t>(0xFF00U >> static_cast<unsigned>(kept));
    }
    return {address, prefix_bits};
}

Address client_network(Address address, int ipv6_bits)
{
    if (!address.is_ipv4())
        std::fill(address.bytes.begin() + ipv6_bits / 8, address.bytes.end(), std::uint8_t{0});
    return address;
}

bool is_private(const Address& address)
{
    if (!address.is_ipv4()) return (address.bytes[0] & 0xFEU) == 0xFC;
    const std::uint8_t first = address.bytes[12];
    const std::uint8_t second = address.bytes[13];
    return first == 10 || (first == 172 && (second & 0xF0U) == 16) ||
           (first == 192 && second == 168);
}

std::vector<WiderNetwork> wider_networks(const Address& address)
{
    if (is_private(address)) return {};
    if (!address.is_ipv4())
        return {{{client_network(address, 56), 56}, 2}, {{customer(address), 48}, 4}};
    Network around{address, 120};
    around.base.bytes.back() = 0;
    return {{around, 4}};
}

std::optional<Address> parse_address(std::string_view text)
{
    const std::string terminated(text);
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    Address address;
    std::copy(ipv4_prefix.begin(), ipv4_prefix.end(), address.bytes.begin());
    if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data() + ipv4_prefix.size()) == 1)
        return address;
    if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

std::string to_text(const Address& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.is_ipv4())
        inet_ntop(AF_INET, address.bytes.data() + ipv4_prefix.size(), text.data(), text.size());
    else
        inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
    return text.data();
}

std::optional<Endpoint> parse_endpoint(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
    const auto address = parse_address(host);
    const auto port = parse_number(text.substr(colon + 1), 65535);
    if (!address || !port) return std::nullopt;
    return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string to_text(const Endpoint& endpoint)
{
    const std::string host = to_text(endpoint.address);
    const std::string port = std::to_string(endpoint.port);
    return endpoint.address.is_ipv4() ? host + ":" + port : "[" + host + "]:" + port;
}

std::optional<Network> parse_network(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    const bool mapped = address->is_ipv4() && text.substr(0, slash).find(':') == std::string::npos;
    const int offset = mapped ? ipv4_prefix_bits : 0;
    Network network{*address, 128};
    if (slash != std::string_view::npos) {
        const auto bits = parse_number(text.substr(slash + 1), 128 - offset);
        if (!bits) return std::nullopt;
        network.prefix_bits = offset + *bits;
    }
    for (int bit = network.prefix_bits; bit < 128; ++bit) {
        const auto byte = network.base.bytes[static_cast<std::size_t>(bit / 8)];
        if ((byte >> (7 - bit % 8)) & 1) return std::nullopt;
    }
    return network;
}

std::string to_text(const Network& network)
{
    if (network.prefix_bits == 128) return to_text(network.base);
    const bool mapped = network.base.is_ipv4() && network.prefix_bits >= ipv4_prefix_bits;
    const int bits = network.prefix_bits - (mapped ? ipv4_prefix_bits : 0);
    return to_text(network.base) + "/" + std::to_string(bits);
}

} // namespace netplay_relay::wire
