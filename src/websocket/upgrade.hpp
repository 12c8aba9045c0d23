// How a WebSocket connection begins: an HTTP request, and what we answer to it (RFC 6455, section
// 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace netplay_relay::websocket {

inline constexpr std::size_t head_size_max = 8192;

// A request that may be accepted.
struct Upgrade
{
    std::size_t used = 0; // bytes of the head; frames may already stand behind it
    std::string key;      // Sec-WebSocket-Key
    // X-Forwarded-For: all values of all such lines, left to right. Not checked in any way.
    std::vector<std::string> forwarded_for;
    // Origin: the page that a browser runs the game in, one value for each such line. A program
    // that is no browser has none.
    std::vector<std::string> origins = {};

    bool operator==(const Upgrade&) const = default;
};

struct BadRequest
{
    unsigned status = 400;
    std::string sentence;
    bool no_websocket = false; // it did not ask for a WebSocket at all: a browser, a probe

    bool operator==(const BadRequest&) const = default;
};

struct NeedMoreHead
{
    bool operator==(const NeedMoreHead&) const = default;
};

using Head = std::variant<NeedMoreHead, Upgrade, BadRequest>;

// `first`: all that the peer has said up to now. Keeps nothing, so that a connection whose head is
// not whole needs no more in its record than its bytes.
[[nodiscard]] Head read_head(std::span<const std::uint8_t> first, std::string_view subprotocol);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
[[nodiscard]] std::string accept_of(std::string_view key);

// The whole 101 answer.
[[nodiscard]] std::string acceptance(const Upgrade& upgrade, std::string_view subprotocol);

// The whole answer, after which the connection ends.
[[nodiscard]] std::string refusal(const BadRequest& request);

} // namespace netplay_relay::websocket
