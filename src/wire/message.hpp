// The messages of the tunnel protocol, as values (protocol.md, "The tunnel").
#pragma once

#include "base/nodes.hpp"
#include "wire/address.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace netplay_relay::wire {

inline constexpr std::size_t id_size = 12;      // bytes of a session id or a ticket
inline constexpr std::size_t id_text_size = 16; // the same 12 bytes in base64, no padding
inline constexpr std::size_t magic_size = 4;
inline constexpr std::size_t tunnel_message_size = magic_size + id_size;
inline constexpr std::size_t address_reply_size = tunnel_message_size + address_size;
inline constexpr std::size_t netplay_header_size = 24;
inline constexpr std::size_t legacy_request_size = 8; // its payload, if any, is ignored

// Names one session for its whole life; what a friend types, in base64.
struct SessionId
{
    std::array<std::uint8_t, id_size> bytes{};
    auto operator<=>(const SessionId&) const = default;
    [[nodiscard]] bool is_zero() const { return *this == SessionId{}; }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.bytes);
    }
};

// Names one waiting guest towards its host: the "link id" on the wire.
struct TicketId
{
    std::array<std::uint8_t, id_size> bytes{};
    auto operator<=>(const TicketId&) const = default;
    [[nodiscard]] bool is_zero() const { return *this == TicketId{}; }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.bytes);
    }
};

// The node of a fleet that has the session, or the guest, of this name: byte 0 is its number. Of
// names that an operator has made up any other byte stands for a node as well, modulo nodes_max.
inline constexpr std::size_t node_byte = 0;
[[nodiscard]] constexpr std::uint8_t node_of(const SessionId& id)
{
    return id.bytes[node_byte] % nodes_max;
}
[[nodiscard]] constexpr std::uint8_t node_of(const TicketId& id)
{
    return id.bytes[node_byte] % nodes_max;
}

// Standard base64 (RFC 4648, with + and /) of 12 bytes: always 16 characters.
[[nodiscard]] std::string to_text(const SessionId& id);
// Nothing unless the text is exactly 16 characters of that alphabet.
[[nodiscard]] std::optional<SessionId> parse_session_id(std::string_view text);

// Why bytes from outside are not a message.
enum class Refusal : std::uint8_t
{
    unknown_greeting, // first bytes of no protocol we know
    http_greeting,    // a web browser or scanner
    tls_greeting,
    ssh_greeting,
    proxy_greeting,
    no_proxy_header, // of a proxy that has to begin with one
    bad_proxy_header,
    unknown_message, // no message of a host's control connection
};

// Who speaks netplay at once, without naming a session.
enum class ManualCaller : std::uint8_t
{
    client,     // a netplay header of protocol 5 or later, from RetroArch 1.10 or later
    old_client, // the same or that of protocol 4, from 1.9 or earlier: it has no tunnel
    probe,      // POKE: "are you a netplay server?"
};

// What the first bytes of a connection may ask for.
struct NewSession // RATS + 12 zero bytes, from a host
{
    bool operator==(const NewSession&) const = default;
};
struct JoinSession // RATS + session id, from a guest
{
    SessionId session;
    bool operator==(const JoinSession&) const = default;
};
struct AcceptTicket // RATL + ticket, from a host on a new connection
{
    TicketId ticket;
    bool operator==(const AcceptTicket&) const = default;
};
// A netplay client that was given our address and nothing else. Its bytes are for whoever serves
// it: none of them counts as used.
struct ManualJoin
{
    ManualCaller caller{};
    bool operator==(const ManualJoin&) const = default;
};
struct LegacyPortRequest // 00 00 46 49 and a size, from a lobby server before RetroArch 1.10
{
    bool operator==(const LegacyPortRequest&) const = default;
};
// The first line of an HTTP request: a WebSocket, or a web browser. Its bytes are for whoever
// answers it: none of them counts as used.
struct WebRequest
{
    bool operator==(const WebRequest&) const = default;
};
using Greeting =
    std::variant<NewSession, JoinSession, AcceptTicket, ManualJoin, LegacyPortRequest, WebRequest>;

// What a host may say on its control connection afterwards.
struct AddressQuery // RATA + ticket
{
    TicketId ticket;
    bool operator==(const AddressQuery&) const = default;
};
struct Pong // RATP
{
    bool operator==(const Pong&) const = default;
};
using ControlMessage = std::variant<AddressQuery, Pong>;

} // namespace netplay_relay::wire

template <>
struct std::hash<netplay_relay::wire::SessionId>
{
    std::size_t operator()(const netplay_relay::wire::SessionId& id) const noexcept
    {
        const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()),
                                     id.bytes.size());
        return std::hash<std::string_view>{}(bytes);
    }
};

template <>
struct std::hash<netplay_relay::wire::TicketId>
{
    std::size_t operator()(const netplay_relay::wire::TicketId& id) const noexcept
    {
        const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()),
                                     id.bytes.size());
        return std::hash<std::string_view>{}(bytes);
    }
};
