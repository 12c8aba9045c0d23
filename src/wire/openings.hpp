// How the first bytes of a connection look, one function for each protocol that may be spoken to
// us. Which of them count, and what follows from each, is in lobby/protocols.hpp.
#pragma once

#include "wire/decode.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace netplay_relay::wire {

// Nothing if the bytes are the start of something else, NeedMore while they may be of this
// protocol, and then the same answer whatever follows.
using Look = std::optional<Decoded<Greeting>> (*)(std::span<const std::uint8_t> first);

// RATS, RATL (protocol.md, "The tunnel").
[[nodiscard]] std::optional<Decoded<Greeting>> look_for_host(std::span<const std::uint8_t> first);
[[nodiscard]] std::optional<Decoded<Greeting>> look_for_guest(std::span<const std::uint8_t> first);
[[nodiscard]] std::optional<Decoded<Greeting>>
look_for_host_side(std::span<const std::uint8_t> first);

// RANP, the header of protocol 4, POKE (protocol.md, "The netplay header"): none of these bytes is
// used up, they are for whoever serves the client.
[[nodiscard]] std::optional<Decoded<Greeting>>
look_for_netplay_client(std::span<const std::uint8_t> first);
[[nodiscard]] std::optional<Decoded<Greeting>>
look_for_protocol_4_client(std::span<const std::uint8_t> first);
[[nodiscard]] std::optional<Decoded<Greeting>> look_for_probe(std::span<const std::uint8_t> first);

// 00 00 46 49 (protocol.md, "Legacy ports").
[[nodiscard]] std::optional<Decoded<Greeting>>
look_for_legacy_port_request(std::span<const std::uint8_t> first);

// GET, of a WebSocket or of a web browser: none of these bytes is used up, they are for whoever
// answers it (protocol.md, "Godot").
[[nodiscard]] std::optional<Decoded<Greeting>>
look_for_web_request(std::span<const std::uint8_t> first);

// Those that have nothing to do with us, and are told apart for the log. HTTP: all but GET.
[[nodiscard]] std::optional<Decoded<Greeting>> look_for_http(std::span<const std::uint8_t> first);
[[nodiscard]] std::optional<Decoded<Greeting>> look_for_tls(std::span<const std::uint8_t> first);
[[nodiscard]] std::optional<Decoded<Greeting>> look_for_ssh(std::span<const std::uint8_t> first);
// HAProxy's PROXY protocol, version 1 or 2: whom a proxy before us speaks for.
[[nodiscard]] std::optional<Decoded<Greeting>>
look_for_proxy_header(std::span<const std::uint8_t> first);

} // namespace netplay_relay::wire
