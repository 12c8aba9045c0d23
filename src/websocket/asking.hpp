// How a WebSocket connection begins, for who asks for it: the request, and what the answer means
// (RFC 6455, section 4.1).
#pragma once

#include "websocket/upgrade.hpp"

#include <array>

namespace netplay_relay::websocket {

using KeyBytes = std::array<std::uint8_t, 16>;

// Sec-WebSocket-Key, of 16 random bytes.
[[nodiscard]] std::string key_from(const KeyBytes& random);

// The whole request. `host` as it stands in Host, with its port.
[[nodiscard]] std::string request(std::string_view host, std::string_view path,
                                  std::string_view key, std::string_view subprotocol);

// The connection is one: frames stand behind so many bytes.
struct Accepted
{
    std::size_t used = 0;

    bool operator==(const Accepted&) const = default;
};

struct NotAccepted
{
    unsigned status = 0;  // 0: no HTTP
    std::string sentence; // of the server, or what is wrong with its answer

    bool operator==(const NotAccepted&) const = default;
};

using Answer = std::variant<NeedMoreHead, Accepted, NotAccepted>;

// `first`: all that the server has said up to now.
[[nodiscard]] Answer read_answer(std::span<const std::uint8_t> first, std::string_view key,
                                 std::string_view subprotocol);

} // namespace netplay_relay::websocket
