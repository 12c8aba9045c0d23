// Where something is posted to: an http or https URL in its parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netplay_relay::config {

struct Url
{
    bool is_tls = false;
    std::string host; // a name or an address; IPv6 without brackets
    std::uint16_t port = 0;
    std::string target; // begins with a slash; may have a query
    bool operator==(const Url&) const = default;
};

// No user, no password and no fragment: what it leads to would not be told of them.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

// As a Host field has it: with a port only if it is not the usual one.
[[nodiscard]] std::string host_field(const Url& url);

// Nobody on the way can read along.
[[nodiscard]] bool is_loopback(const Url& url);

} // namespace netplay_relay::config
