// What the lobby wants done, and what it has to tell.
#pragma once

#include "netplay_relay/lobby/goodbye.hpp"
#include "netplay_relay/lobby/ids.hpp"
#include "netplay_relay/lobby/limits.hpp"
#include "netplay_relay/room/outcome.hpp"
#include "netplay_relay/wire/encode.hpp"

#include <optional>
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
    ConnectionId host_leg;
};

// End this connection, with farewell_for(goodbye) as its last words. No event follows for it.
struct Close
{
    ConnectionId connection;
    Goodbye goodbye{};
};

// End both connections of this link. No event follows for it.
struct CloseLink
{
    ConnectionId guest;
    Goodbye goodbye{};
};

// This connection is a member of a room from now on: what it says, and has said already, is to be
// told with MemberSaid.
struct EnterRoom
{
    ConnectionId connection;
};

// Send these to a member, behind whatever it was sent before.
struct Deliver
{
    room::Parcel parcel;
};

// Listen on this port, and answer with PortAnswer. Connections come through the door.
struct OpenPort
{
    std::uint16_t port = 0;
    Door door;
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

using Action =
    std::variant<Send, Join, Close, CloseLink, CheckIdle, EnterRoom, Deliver, OpenPort, ClosePort>;

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
    Goodbye goodbye{};
    Duration age{};
};

struct LinkOpened
{
    wire::SessionId session;
    ConnectionId guest;
    wire::Endpoint guest_peer;
    wire::Endpoint host_peer;
};

struct LinkClosed
{
    wire::SessionId session;
    ConnectionId guest;
    wire::Endpoint guest_peer;
    Goodbye goodbye{};
    Duration age{};
};

// A connection ended without having been a host or part of a link.
struct TurnedAway
{
    wire::Endpoint peer;
    Goodbye goodbye{};
};

// Something happened in a room.
struct RoomEvent
{
    room::RoomNews news;
    std::optional<wire::Endpoint> peer; // of the member that it is about
};

// A connection that was in a room, or on its way into one, has ended.
struct MemberGone
{
    wire::Endpoint peer;
    Goodbye goodbye{};
    Duration age{};
};

using News = std::variant<SessionOpened, SessionClosed, LinkOpened, LinkClosed, TurnedAway,
                          RoomEvent, MemberGone>;

// Orders must be carried out, in order; news may be ignored.
struct Actions
{
    std::vector<Action> orders;
    std::vector<News> news;

    void clear()
    {
        orders.clear();
        news.clear();
    }
};

} // namespace netplay_relay::lobby
