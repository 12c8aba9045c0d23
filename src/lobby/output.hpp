// What the lobby wants done, and what it has to tell.
#pragma once

#include "lobby/games.hpp"
#include "lobby/ids.hpp"
#include "lobby/limits.hpp"
#include "lobby/news.hpp"
#include "lobby/orders.hpp"
#include "lobby/refusal.hpp"
#include "lobby/stages.hpp"
#include "party/output.hpp"
#include "room/output.hpp"
#include "wire/encode.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace netplay_relay::lobby {

// Send this on a host's control connection.
struct Send
{
    ConnectionId connection;
    wire::Bytes bytes;
};

// These two connections are a link from now on. What each has said early goes to the other first.
struct Join
{
    ConnectionId guest;
    ConnectionId host_side;
};

// End this connection, after refusal_reply_for(reason). No event follows for it.
struct Close
{
    ConnectionId connection;
    CloseReason reason{};
    // A host with a session and a member of a room would take a refusal reply for something else.
    bool without_reply = false;
    // A peer of a party throws away what it reads together with the end of the stream: it is to
    // hang up first (protocol.md, "Godot").
    bool peer_hangs_up = false;
};
[[nodiscard]] inline wire::RefusalReply refusal_reply_of(const Close& command)
{
    return command.without_reply ? wire::RefusalReply::none : refusal_reply_for(command.reason);
}

// End both connections of this link. No event follows for it.
struct CloseLink
{
    ConnectionId guest;
    CloseReason reason{};
};

// This connection is of another stage from now on (stages.hpp), which tells who takes its bytes.
// What a member of a room or a peer of a party says, and has said already, is to be told with
// SaidBytes. The two ends
// of a link are told by Join.
struct Become
{
    ConnectionId connection;
    Stage stage{};
};

// Send these to a member or a peer, behind whatever it was sent before.
struct Deliver
{
    OutboundMessage message;
};

// Listen on this port, and answer with PortAnswer. Connections come through the listener.
struct OpenPort
{
    std::uint16_t port = 0;
    ListenerProfile profile;
};

// Listen there no longer.
struct ClosePort
{
    std::uint16_t port = 0;
};

// Say with Progressed when this link last moved a byte.
struct CheckIdle
{
    ConnectionId guest;
};

// Say with Acknowledgement what this connection's machine has acknowledged of what was sent to it.
struct CheckAcknowledged
{
    ConnectionId connection;
};

// This connection is a proxy's, which has told for whom it speaks, by PROXY header or by
// X-Forwarded-For.
struct SpeaksFor
{
    ConnectionId connection;
    wire::Endpoint peer; // of port 0: that is not known
};

// This connection belongs to another worker of the process, or to another node of the fleet, and
// goes on there with all that it has said: with its greeting, if that is what has told so.
struct PassOn
{
    ConnectionId connection;
    std::uint16_t worker = 0;
    std::optional<fleet::Node> node = std::nullopt; // instead of the worker
    std::optional<wire::Greeting> greeting = std::nullopt;
    wire::Endpoint peer{}; // of one for another node
};

// Say this to that worker of the process.
struct TellWorker
{
    std::uint16_t worker = 0;
    GameMoved news;
};

// Say this to all other workers of the process.
struct TellWorkers
{
    News news;
};

using Command =
    std::variant<Send, Join, Close, CloseLink, CheckIdle, Become, Deliver, OpenPort, ClosePort,
                 CheckAcknowledged, SpeaksFor, PassOn, TellWorker, TellWorkers>;

struct SessionOpened
{
    SessionKey session;
    wire::SessionId id;
    ConnectionId host;
    wire::Endpoint host_peer;
    bool reserved = false;
};

struct SessionClosed
{
    SessionKey session;
    wire::SessionId id;
    wire::Endpoint host_peer;
    CloseReason reason{};
    Duration age{};
};

struct LinkOpened
{
    wire::SessionId session;
    ConnectionId guest;
    wire::Endpoint guest_peer;
    wire::Endpoint host_peer;
    Duration waited{}; // since the guest came
    SessionKey key;
};

struct LinkClosed
{
    wire::SessionId session;
    ConnectionId guest;
    wire::Endpoint guest_peer;
    CloseReason reason{};
    Duration age{};
};

// A connection ended without having been a host or part of a link.
struct TurnedAway
{
    wire::Endpoint peer;
    CloseReason reason{};
    ConnectionId connection{}; // of one that hung up by itself
};

// Something happened in a room.
struct RoomEvent
{
    room::RoomEvent event;
    std::optional<wire::Endpoint> peer; // of the member that it is about
};

// A connection that was in a room, or on its way into one, has ended.
struct MemberGone
{
    wire::Endpoint peer;
    CloseReason reason{};
    Duration age{};
    room::MemberName name{}; // nothing of one who was not in a room yet
};

// Something happened in a party.
struct PartyEvent
{
    party::PartyEvent event;
    std::optional<wire::Endpoint> peer; // of the peer that it is about, while it is connected
};

// A connection that was in a party, or on its way into one, has ended. peer_absent: its place is
// held.
struct PeerGone
{
    wire::Endpoint peer;
    CloseReason reason{};
    Duration age{};
};

// A session or room has none of join_ports: all are taken, or those tried cannot be opened.
struct WithoutPort
{
    wire::SessionId session; // zero: it is a room
    std::uint64_t room = 0;
    unsigned tried = 0; // 0: all are taken
};

// What a reload has done to those who were there.
struct Reloaded
{
    // A key that lets in less than before. Nobody has to go for it, and `count` of what is there
    // would not be let in now.
    struct Kept
    {
        std::string_view key;
        std::size_t count = 0;
        bool operator==(const Kept&) const = default;
    };
    std::vector<Kept> kept;
    // Had to go, because the lists deny them now.
    std::size_t sessions = 0;
    std::size_t links = 0;
    std::size_t waiting_joins = 0;
    std::size_t members = 0; // of rooms, those on the way into one included
    std::size_t peers = 0;   // of parties, likewise

    bool operator==(const Reloaded&) const = default;
};

using LogEvent = std::variant<SessionOpened, SessionClosed, LinkOpened, LinkClosed, TurnedAway,
                              RoomEvent, MemberGone, PartyEvent, PeerGone, WithoutPort, Reloaded>;

// Commands must be carried out, in order; events may be ignored.
struct Output
{
    std::vector<Command> commands;
    std::vector<LogEvent> events;
    Outcome outcome; // of what the operator wanted

    void clear()
    {
        commands.clear();
        events.clear();
        outcome = {};
    }
};

} // namespace netplay_relay::lobby
