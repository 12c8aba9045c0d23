#include "config/url.hpp"

#include "config/config.hpp"
#include "config/letters.hpp"
#include "wire/address.hpp"

#include <algorithm>
#include <charconv>

namespace netplay_relay::config {

namespace {

constexpr std::string_view http = "http://";
constexpr std::string_view https = "https://";
constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

std::uint16_t usual_port(bool is_tls) { return is_tls ? https_port : http_port; }

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char letter) {
        return letter > ' ' && letter < '\x7f' && letter != '"' && letter != '<' && letter != '>';
    });
}

bool take_port(std::string_view text, std::uint16_t& port)
{
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, port);
    return !text.empty() && error == std::errc() && read == end && port != 0;
}

} // namespace

std::optional<Url> parse_url(std::string_view text)
{
    Url url;
    if (text.starts_with(https))
        url.is_tls = true;
    else if (!text.starts_with(http))
        return std::nullopt;
    text.remove_prefix(url.is_tls ? https.size() : http.size());
    if (!is_printable(text) || text.find('#') != std::string_view::npos) return std::nullopt;
    const std::size_t path = std::min(text.find_first_of("/?"), text.size());
    std::string_view authority = text.substr(0, path);
    url.target = text.substr(path);
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    const bool is_bracketed = authority.starts_with('[');
    const std::size_t end = is_bracketed ? authority.find(']') : authority.find(':');
    url.port = usual_port(url.is_tls);
    if (is_bracketed) {
        if (end == std::string_view::npos) return std::nullopt;
        url.host = authority.substr(1, end - 1);
        authority.remove_prefix(end + 1);
    } else {
        url.host = authority.substr(0, end);
        authority.remove_prefix(url.host.size());
    }
    if (is_bracketed != (url.host.find(':') != std::string::npos)) return std::nullopt;
    if (!authority.empty() &&
        (authority.front() != ':' || !take_port(authority.substr(1), url.port)))
        return std::nullopt;
    if (!is_public_name(url.host)) return std::nullopt;
    return url;
}

std::string host_field(const Url& url)
{
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    const std::string host = is_ipv6 ? "[" + url.host + "]" : url.host;
    return url.port == usual_port(url.is_tls) ? host : host + ":" + std::to_string(url.port);
}

bool is_loopback(const Url& url)
{
    if (url.host == "localhost") return true;
    const auto address = wire::parse_address(url.host);
    if (!address) return false;
    return address->is_ipv4() ? url.host.starts_with("127.") : wire::to_text(*address) == "::1";
}

} // namespace netplay_relay::config
