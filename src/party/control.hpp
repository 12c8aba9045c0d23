// The control messages, which are texts of JSON (godot_protocol.md).
#pragma once

#include "party/code.hpp"
#include "party/output.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace netplay_relay::party {

inline constexpr std::string_view subprotocol = "netplay-relay.godot.1";

// Who shows it has the place; 32 hexadecimal digits in a text.
using Token = std::array<std::uint8_t, 16>;
[[nodiscard]] std::string to_text(const Token& token);
[[nodiscard]] std::optional<Token> parse_token(std::string_view text);

// The node of a fleet that has the place. Means nothing without a fleet.
inline constexpr std::size_t token_node_byte = 1;
[[nodiscard]] constexpr std::uint8_t node_of(const Token& token)
{
    return token[token_node_byte] % nodes_max;
}

// What a peer may say.
struct HostRequest
{
    std::string game;
    std::uint32_t max = 0; // 0: not said
    bool mesh = false;
    std::optional<Code> code; // a reserved one
    bool shown = false;       // to everybody, where the operator has a page for that
};
struct JoinRequest
{
    std::optional<Code> code; // nothing: what was typed cannot be one
    std::string game;
    std::int32_t id = 0;
};
struct ReturnRequest
{
    Token token{};
    std::uint64_t got = 0;
};
struct Progress
{
    std::optional<std::uint64_t> got;  // numbered messages that are in
    std::optional<std::uint64_t> seen; // bytes that the game has taken
};
struct RefuseNew
{
    bool refuse = false;
};
struct Kick
{
    std::int32_t id = 0;
    std::string text;
};
using Control = std::variant<HostRequest, JoinRequest, ReturnRequest, Progress, RefuseNew, Kick>;

// Nothing if it is none of them, or has a value that cannot be.
[[nodiscard]] std::optional<Control> read_control(std::span<const std::uint8_t> text);

// What the relay says.
struct Welcome
{
    std::int32_t id = 0;
    Code code;
    Token token{};
    bool mesh = false;
    std::vector<std::int32_t> peers;
    std::uint32_t packet = 0; // bytes of the largest payload
    std::int64_t hold = 0;    // seconds
    bool again = false;
    std::uint64_t got = 0;
};
[[nodiscard]] std::string write_welcome(const Welcome& welcome);
[[nodiscard]] std::string write_peer(std::string_view what, std::int32_t id); // joined, absent ...
[[nodiscard]] std::string write_left(std::int32_t id, CloseReason why);
[[nodiscard]] std::string write_got(std::uint64_t got, std::optional<Duration> round_trip);
[[nodiscard]] std::string write_close(CloseReason reason, std::string_view text);

[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// What it means for who is told of it.
[[nodiscard]] std::string_view sentence_for(CloseReason reason);

} // namespace netplay_relay::party
