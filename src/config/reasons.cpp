#include "config/reasons.hpp"

#include "config/config.hpp"
#include "config/letters.hpp"
#include "spelling/spelling.hpp"
#include "wire/address.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

namespace netplay_relay::config {

namespace {

// Longer texts are not looked at: they are not what somebody typed by mistake.
constexpr std::size_t length_max = 300;

bool is_number(std::string_view text)
{
    return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

std::optional<std::uint16_t> port_in(std::string_view text)
{
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, port);
    if (text.empty() || error != std::errc() || read != end) return std::nullopt;
    return port;
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

// What is left without "http://" and what follows an address in a URL.
std::string_view without_scheme(std::string_view text)
{
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return text;
    text.remove_prefix(scheme + 3);
    return text.substr(0, text.find('/'));
}

std::string_view without_brackets(std::string_view text)
{
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return text;
    return text.substr(1, text.size() - 2);
}

// "relay.example", also "localhost"; no address and no number.
bool is_name(std::string_view text)
{
    const bool has_letter =
        std::ranges::any_of(text, [](unsigned char letter) { return std::isalpha(letter) != 0; });
    return has_letter && text.find(':') == std::string_view::npos && is_public_name(text) &&
           !wire::parse_address(text);
}

// What all have in common.
std::string why_no_address(std::string_view text)
{
    if (text.find("://") != std::string_view::npos)
        return "; that is a URL: leave out all but " + in_quotes(without_scheme(text));
    if (text.find_first_of(blanks) != std::string_view::npos) return "; leave out the blanks";
    if (text.find('%') != std::string_view::npos)
        return "; an address with a zone (%) cannot be used";
    return {};
}

// 24 for 255.255.255.0, nothing for what is no mask.
std::optional<int> bits_of_mask(std::string_view text)
{
    const auto mask = wire::parse_address(text);
    if (!mask || !mask->is_ipv4()) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t at = 12; at < wire::address_size; ++at)
        value = value << 8U | mask->bytes[at];
    int bits = 0;
    while (bits < 32 && (value >> (31 - bits) & 1U) != 0)
        ++bits;
    const std::uint32_t rest = bits == 32 ? 0 : value << static_cast<unsigned>(bits);
    return rest == 0 ? std::optional(bits) : std::nullopt;
}

// The network that the address is in; the text is "ADDRESS/BITS".
std::string network_around(const wire::Address& address, int bits)
{
    const int offset = address.is_ipv4() ? 96 : 0;
    wire::Address base = address;
    for (int bit = offset + bits; bit < 128; ++bit) {
        auto& byte = base.bytes[static_cast<std::size_t>(bit / 8)];
        byte = static_cast<std::uint8_t>(byte & ~(1U << static_cast<unsigned>(7 - bit % 8)));
    }
    return wire::to_text(base) + "/" + std::to_string(bits);
}

std::string why_no_prefix(const wire::Address& address, std::string_view behind)
{
    const int most = address.is_ipv4() ? 32 : 128;
    if (const auto bits = bits_of_mask(behind); bits && address.is_ipv4())
        return "; write the network as " + in_quotes(network_around(address, *bits));
    const auto bits = port_in(behind);
    if (!bits || *bits > most)
        return "; behind the / stands the number of the network's bits, 0 to " +
               std::to_string(most);
    return "; for the whole network write " + in_quotes(network_around(address, *bits)) +
           ", for this address alone " + in_quotes(wire::to_text(address));
}

// "192.168.1.*", "192.168.1." and "192.168": the numbers that are there.
std::string why_no_partial(std::string_view text)
{
    while (text.ends_with(".*") || text.ends_with('.'))
        text.remove_suffix(text.ends_with('.') ? 1 : 2);
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return {};
    const auto dots = std::ranges::count(text, '.');
    if (dots < 1 || dots > 2) return {};
    std::string whole(text);
    for (auto more = dots; more < 3; ++more)
        whole += ".0";
    if (!wire::parse_address(whole)) return {};
    return "; write the network as " + in_quotes(whole + "/" + std::to_string(8 * (dots + 1)));
}

// "::ffff:203.0.113.7": its bits are counted otherwise.
bool is_mapped(std::string_view text, const wire::Address& address)
{
    return address.is_ipv4() && text.find(':') != std::string_view::npos;
}

std::string everywhere(std::string_view port)
{
    return in_quotes("0.0.0.0:" + std::string(port)) + " and " +
           in_quotes("[::]:" + std::string(port));
}

} // namespace

std::string why_no_endpoint(const std::string& text)
{
    if (text.size() > length_max) return {};
    if (const std::string why = why_no_address(text); !why.empty()) return why;
    std::string_view rest = text;
    if (rest.starts_with("*:")) rest.remove_prefix(1);
    if (rest.starts_with(':')) rest.remove_prefix(1);
    if (is_number(rest)) {
        if (!port_in(rest)) return "; ports go from 0 to 65535";
        return "; that is a port alone: write " + everywhere(rest) +
               " for all addresses of this machine";
    }
    if (text.find('|') != std::string::npos) return "; before the port stands a :";
    const std::string_view bare = without_brackets(text);
    const auto whole = wire::parse_address(bare);
    if (whole && (whole->is_ipv4() || bare.size() != text.size()))
        return "; the port is missing: write " +
               in_quotes(wire::to_text(wire::Endpoint{*whole, default_port}));
    const bool is_bracketed = text.starts_with('[');
    if (!is_bracketed && std::ranges::count(text, ':') > 1)
        return "; an IPv6 address stands in brackets, and its port behind them: \"[::1]:55435\"";
    const std::size_t colon = text.rfind(':');
    const std::string host = text.substr(0, colon);
    if (wire::parse_address(without_brackets(host))) return "; ports go from 0 to 65535";
    if (is_name(host))
        return "; " + in_quotes(host) +
               " is a name: write the address, or 0.0.0.0 for all addresses "
               "of this machine";
    return {};
}

std::string why_no_network(const std::string& text)
{
    if (text.size() > length_max) return {};
    if (const std::string why = why_no_address(text); !why.empty()) return why;
    if (text == "*" || text == "all" || text == "any" || text == "everybody")
        return "; everybody is \"0.0.0.0/0\" and \"::/0\"";
    const std::size_t slash = text.find('/');
    if (const auto address = wire::parse_address(text.substr(0, slash)))
        return is_mapped(text, *address)
                   ? "; write IPv4 as " + in_quotes(wire::to_text(*address))
                   : why_no_prefix(*address, std::string_view(text).substr(slash + 1));
    if (const auto address = wire::parse_address(without_brackets(text)))
        return "; write it without brackets: " + in_quotes(wire::to_text(*address));
    if (const auto endpoint = wire::parse_endpoint(text))
        return "; write it without a port: " + in_quotes(wire::to_text(endpoint->address));
    const std::size_t dash = text.find('-');
    if (dash != std::string::npos && wire::parse_address(text.substr(0, dash)))
        return "; write a range as networks, such as \"203.0.113.0/25\"";
    if (const std::string why = why_no_partial(text); !why.empty()) return why;
    if (is_name(text.substr(0, text.rfind(':'))))
        return "; that is a name, and names are not looked up: write the address behind it, or if "
               "that changes the provider's network, or let friends in by rooms.password instead";
    return {};
}

std::string why_no_public_name(const std::string& text)
{
    if (text.size() > length_max) return {};
    const auto is_foreign = [](unsigned char letter) { return letter >= 0x80; };
    if (const std::string why = why_no_address(text); !why.empty()) return why;
    const std::size_t bar = text.find('|');
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = bar != std::string::npos ? bar : text.rfind(':');
    const bool has_port =
        colon != std::string::npos && (bracket == std::string::npos || bracket < colon);
    const std::string host(without_brackets(text.substr(0, has_port ? colon : text.size())));
    if (has_port && is_public_name(host) && is_number(text.substr(colon + 1)))
        return "; write " + in_quotes(host) + ", and " + text.substr(colon + 1) + " as public_port";
    if (bracket != std::string::npos && is_public_name(host))
        return "; write it without brackets: " + in_quotes(host);
    if (std::ranges::any_of(text, is_foreign))
        return "; write it as DNS has it, which begins with xn--";
    return {};
}

std::string why_no_range(const std::string& text)
{
    if (text.size() > length_max) return {};
    if (text.find_first_of(blanks) != std::string::npos) return "; leave out the blanks";
    std::array<std::string_view, 2> ends;
    const std::size_t between = text.find_first_not_of(digits);
    if (between == std::string::npos) return "; ports go from 1 to 65535";
    const std::size_t second = text.find_first_of(digits, between);
    if (second == std::string::npos) return {};
    ends = {std::string_view(text).substr(0, between), std::string_view(text).substr(second)};
    const auto first = port_in(ends[0]);
    const auto last = port_in(ends[1]);
    if (!is_number(ends[0]) || !is_number(ends[1])) return {};
    if (!first || !last || *first == 0) return "; ports go from 1 to 65535";
    if (*first > *last)
        return "; the lower one comes first: " +
               in_quotes(std::to_string(*last) + "-" + std::to_string(*first));
    const std::string right = std::to_string(*first) + "-" + std::to_string(*last);
    if (right != text) return "; write " + in_quotes(right);
    return "; these are " + std::to_string(*last - *first + 1);
}

std::string why_no_manual_ip(const std::string& text)
{
    static const std::vector<std::string> words{"auto", "room", "tunnel", "off"};
    return spelling::did_you_mean(text, words);
}

std::string why_no_door_rooms(const std::string& text)
{
    static const std::vector<std::string> words{"by_content", "by_password", "by_core"};
    return spelling::did_you_mean(text, words);
}

std::string why_no_log_level(const std::string& text)
{
    static const std::vector<std::string> words{"debug", "info", "warning", "error"};
    return spelling::did_you_mean(text, words);
}

std::string why_no_session_id(const std::string& text)
{
    if (text.size() > length_max) return {};
    if (text.find('|') != std::string::npos)
        return "; write only the id, which is behind the last | of a join text";
    if (text.size() != 16) return "; it has " + std::to_string(text.size());
    if (text.find_first_of("-_") != std::string::npos)
        return "; + and / are right, - and _ are not";
    return {};
}

} // namespace netplay_relay::config
