// Everything the operator decides: how much of everything there may be, and who may do what.
#pragma once

#include "party/settings.hpp"
#include "room/settings.hpp"
#include "wire/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::lobby {

using Seconds = std::chrono::seconds;

// An address is one IPv4 address, or one IPv6 network of 64 bits, which is what one household has.
struct Limits
{
    std::uint32_t connections = 4096;
    std::uint32_t sessions = 512;
    std::uint32_t links_per_session = 31; // RetroArch has client numbers 1 to 31
    std::uint32_t links_per_address = 16; // of one session, waiting joins included
    std::uint32_t waiting_joins_per_session = 16;
    std::uint32_t connections_per_address = 128;
    std::uint32_t sessions_per_address = 16;
    std::uint32_t waiting_joins_per_address = 8;
    std::uint32_t new_connections_per_second_per_address = 50; // twice as many at once
    Seconds greeting{10};
    Seconds join_wait{10};    // a guest gives up by itself after 11 s (protocol.md, "Waiting")
    Seconds link_idle{14400}; // a game that its guest paused sends no byte either way
    Seconds half_closed{60};  // one end has finished and the other says nothing more
    Seconds host_ping{30};    // 0: never ask; an unanswered ping ends nothing
    std::uint32_t buffered_bytes_per_connection = 32768;
    std::uint32_t memory_mebibytes = 0; // of process and kernel for it; 0: what the system says

    bool operator==(const Limits&) const = default;
};

// A host keeps at most this many announced guests; it ignores the announcement of one more
// (protocol.md, "What a host does").
inline constexpr std::size_t host_pending_slots = 8;

// One of those slots is never given to a guest that has said nothing.
inline constexpr std::size_t silent_slots = host_pending_slots - 1;

// A guest whose session id was mistyped asks for a new session and at once sends its netplay
// header; a host waits for the answer. It gets the answer after this moment of listening.
inline constexpr std::chrono::milliseconds lost_guest_watch{3};

// A session that is in the way of a host's new one, and acknowledges nothing for so long, is over.
inline constexpr std::chrono::milliseconds doubt_limit{1500};

// The new host waits no longer than this, whatever becomes of the others. A frontend waits 5 s.
inline constexpr std::chrono::milliseconds doubt_wait_max{1800};

// So many members of one address are looked at when one more of it comes.
inline constexpr std::size_t members_checked = 64;

// A host asks once for the address of each guest that it is told of (protocol.md, "What a host
// does"). Each guest gives it so many more, to so many at most.
inline constexpr unsigned queries_per_guest = 4;
inline constexpr unsigned queries_max = 64;

// A network with fewer connections is a newcomer: a household with a few consoles, or one whose
// line broke a moment ago.
inline constexpr std::uint32_t connections_of_newcomers = 4;

// How much faster than others an address with an open session may make new connections.
inline constexpr std::uint32_t host_arrival_factor = 4;

// How long a link with a silent guest keeps its seat when a guest that speaks wants in.
inline constexpr Seconds silent_link_grace{2};

// How long the address of a guest that has left is kept for the host's query.
inline constexpr Seconds departed_ticket_memory{60};

// How many ended sessions are remembered, to tell a late guest from a mistyped id.
inline constexpr std::size_t expired_sessions_remembered = 1024;

// Records of addresses, those with no connection left included.
inline constexpr std::size_t addresses_max = 65536;

// Who may. An empty allow list allows everybody; a deny list wins over an allow list.
struct AccessList
{
    std::vector<wire::Network> allow;
    std::vector<wire::Network> deny;

    [[nodiscard]] bool permits(const wire::Address& address) const;
    bool operator==(const AccessList&) const = default;
};

// A session id promised to hosts of these networks.
struct ReservedSession
{
    wire::SessionId id;
    std::vector<wire::Network> networks;

    [[nodiscard]] bool is_for(const wire::Address& host) const;
    bool operator==(const ReservedSession&) const = default;
};

// What becomes of a client that was given our address and nothing else.
enum class ManualIp : std::uint8_t
{
    off, // it is refused
    // A guest of the session if exactly one is open, its host has answered a guest, rooms have no
    // password, and nobody is in one; else a room.
    automatic,
    room,
    tunnel, // a guest of the session if exactly one is open; else it is refused
};
constexpr ManualIp last_value(ManualIp) { return ManualIp::tunnel; }

// TCP ports, both ends included; none if first is 0.
struct PortRange
{
    std::uint16_t first = 0;
    std::uint16_t last = 0;

    [[nodiscard]] bool empty() const { return first == 0; }
    [[nodiscard]] std::uint32_t size() const
    {
        return empty() ? 0 : std::uint32_t{last} - first + 1;
    }
    [[nodiscard]] bool contains(std::uint16_t port) const
    {
        return !empty() && port >= first && port <= last;
    }
    bool operator==(const PortRange&) const = default;
};

// Ports of a room each, given out on request to lobby servers before RetroArch 1.10.
struct LegacyPorts
{
    PortRange range;
    std::uint32_t per_address = 4;
    Seconds expiry{3600}; // without anybody in its room
    bool operator==(const LegacyPorts&) const = default;
};

// What the listening socket says of a connection that came through it.
struct ListenerProfile
{
    std::optional<ManualIp> manual_ip; // nothing: as the policy says
    bool by_password = false;          // rooms are found by the password that is typed
    bool by_core = false;              // and by the core, whatever the CRC of the content is
    bool multitap = false;             // its rooms have the core's multitap
    std::uint16_t room_port = 0;       // a legacy port: it has one room
    std::uint64_t room = 0;            // a join port that leads to this room,
    std::uint64_t session = 0;         // or to this session (SessionKey)
    // Who hosts through it gets this session id while it is free.
    std::optional<wire::SessionId> reserved;
    bool operator==(const ListenerProfile&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.manual_ip, self.by_password, self.by_core, self.multitap, self.room_port,
                self.room, self.session, self.reserved);
    }
};

struct Policy
{
    Limits limits;
    AccessList host;
    AccessList join;
    std::vector<ReservedSession> reserved;
    ManualIp manual_ip = ManualIp::room;
    room::RoomSettings rooms;
    party::PartySettings parties;
    // Of a WebSocket that comes from there, X-Forwarded-For tells whose it is. What comes from
    // there is not limited by address until that is known.
    std::vector<wire::Network> trusted_proxies;
    bool proxy_protocol = false; // and each connection from there begins with a PROXY header
    PortRange join_ports; // one for each session and room, for who can type no more than that
    LegacyPorts legacy_ports;
    // Of a fleet: the ids that are drawn begin with it, and no others are given out. The same as
    // in parties.
    std::optional<std::uint8_t> node;
    bool operator==(const Policy&) const = default;
};

} // namespace netplay_relay::lobby
