// The header of HAProxy's PROXY protocol, versions 1 and 2: a proxy before us says in it for whom
// it speaks, before the first byte of that client.
#pragma once

#include "wire/address.hpp"
#include "wire/decode.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace netplay_relay::wire {

struct ProxyHeader
{
    // Nothing: the proxy speaks for itself, as its health checks do, or for nobody with an address.
    std::optional<Endpoint> client;
    bool operator==(const ProxyHeader&) const = default;
};

// Of a header of version 1, with its line end; and of one of version 2, with what is behind the
// addresses, which is skipped. The proxies that we know send at most some 100 and some 250 bytes.
inline constexpr std::size_t proxy_line_size_max = 107;
inline constexpr std::size_t proxy_header_size_max = 536;

// Refuses with no_proxy_header as soon as the bytes begin as none does, and with bad_proxy_header
// what begins as one and is none that we understand: longer, of another version, of addresses that
// are none, or of UDP. Decides within proxy_header_size_max bytes, and then in the same way
// whatever follows.
[[nodiscard]] Decoded<ProxyHeader> decode_proxy_header(std::span<const std::uint8_t> bytes);

} // namespace netplay_relay::wire
