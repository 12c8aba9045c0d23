#include "wire/proxy_header.hpp"

#include "base/byte_order.hpp"
#include "prefix.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace netplay_relay::wire {

namespace {

using namespace std::string_view_literals;

using Span = std::span<const std::uint8_t>;
using Header = Decoded<ProxyHeader>;

constexpr std::string_view line_start = "PROXY ";
constexpr std::string_view line_end = "\r\n";
constexpr std::string_view signature = "\r\n\r\n\0\r\nQUIT\n"sv;

// Behind the signature: version and command, family and transport, two bytes of size.
constexpr std::size_t fixed_size = 16;
constexpr std::uint8_t of_itself = 0x20; // LOCAL
constexpr std::uint8_t of_client = 0x21; // PROXY
constexpr std::uint8_t tcp_by_ipv4 = 0x11;
constexpr std::uint8_t tcp_by_ipv6 = 0x21;
constexpr std::array<std::uint8_t, 3> without_address{0x00, 0x31, 0x32}; // unknown, Unix sockets

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, port);
    const bool is_padded = text.size() > 1 && text.front() == '0';
    if (error != std::errc{} || read != end || is_padded) return std::nullopt;
    return port;
}

// The text up to the next blank, which is taken out of `line` together with it.
std::string_view next_word(std::string_view& line)
{
    const std::size_t blank = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, blank);
    line.remove_prefix(std::min(blank + 1, line.size()));
    return word;
}

// Between "PROXY " and the line end.
std::optional<ProxyHeader> parse_line(std::string_view line)
{
    const std::string_view family = next_word(line);
    if (family == "UNKNOWN") return ProxyHeader{};
    if ((family != "TCP4" && family != "TCP6") || std::ranges::count(line, ' ') != 3 ||
        line.ends_with(' '))
        return std::nullopt;
    const std::string_view from = next_word(line);
    const std::string_view to = next_word(line);
    const auto client = parse_address(from);
    const auto port = parse_port(next_word(line));
    const bool has_colons = from.find(':') != std::string_view::npos;
    if (!client || !port || !parse_address(to) || !parse_port(line) ||
        has_colons != (family == "TCP6"))
        return std::nullopt;
    return ProxyHeader{Endpoint{*client, *port}};
}

Header decode_line(Span bytes)
{
    const auto most = bytes.first(std::min(bytes.size(), proxy_line_size_max));
    const std::string_view text(reinterpret_cast<const char*>(most.data()), most.size());
    const std::size_t end = text.find(line_end);
    if (end == std::string_view::npos) {
        if (bytes.size() < proxy_line_size_max) return NeedMore{};
        return Refusal::bad_proxy_header;
    }
    const auto header = parse_line(text.substr(line_start.size(), end - line_start.size()));
    if (!header) return Refusal::bad_proxy_header;
    return Taken<ProxyHeader>{*header, end + line_end.size()};
}

Address address_of(Span bytes)
{
    Address address;
    const bool is_ipv4 = bytes.size() < address_size;
    if (is_ipv4) address.bytes[10] = address.bytes[11] = 0xFF;
    std::ranges::copy_backward(bytes, address.bytes.end());
    return address;
}

// Source and destination, then the port of each.
std::optional<ProxyHeader> read_addresses(Span bytes, std::size_t size_of_one)
{
    if (bytes.size() < 2 * size_of_one + 2 * sizeof(std::uint16_t)) return std::nullopt;
    return ProxyHeader{Endpoint{address_of(bytes.first(size_of_one)),
                                load_big<std::uint16_t>(bytes.subspan(2 * size_of_one))}};
}

std::optional<ProxyHeader> read_fields(std::uint8_t command, std::uint8_t family, Span rest)
{
    if (command == of_itself) return ProxyHeader{};
    if (command != of_client) return std::nullopt;
    if (family == tcp_by_ipv4) return read_addresses(rest, 4);
    if (family == tcp_by_ipv6) return read_addresses(rest, address_size);
    if (std::ranges::find(without_address, family) != without_address.end()) return ProxyHeader{};
    return std::nullopt;
}

Header decode_binary(Span bytes)
{
    if (bytes.size() < fixed_size) return NeedMore{};
    const std::size_t at = signature.size();
    const std::size_t size = fixed_size + load_big<std::uint16_t>(bytes.subspan(at + 2));
    if (size > proxy_header_size_max) return Refusal::bad_proxy_header;
    if (bytes.size() < size) return NeedMore{};
    const auto header =
        read_fields(bytes[at], bytes[at + 1], bytes.subspan(fixed_size, size - fixed_size));
    if (!header) return Refusal::bad_proxy_header;
    return Taken<ProxyHeader>{*header, size};
}

} // namespace

Decoded<ProxyHeader> decode_proxy_header(Span bytes)
{
    switch (match_prefix(bytes, line_start)) {
    case Prefix::unfinished: return NeedMore{};
    case Prefix::whole: return decode_line(bytes);
    case Prefix::other: break;
    }
    switch (match_prefix(bytes, signature)) {
    case Prefix::unfinished: return NeedMore{};
    case Prefix::whole: return decode_binary(bytes);
    case Prefix::other: break;
    }
    return Refusal::no_proxy_header;
}

} // namespace netplay_relay::wire
