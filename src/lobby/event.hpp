// What happens to the lobby.
#pragma once

#include "base/placing.hpp"
#include "fleet/view.hpp"
#include "lobby/address_shares.hpp"
#include "lobby/games.hpp"
#include "lobby/ids.hpp"
#include "lobby/limits.hpp"
#include "lobby/news.hpp"
#include "lobby/open_games.hpp"
#include "lobby/orders.hpp"
#include "lobby/shares.hpp"
#include "wire/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace netplay_relay::lobby {

// A connection was accepted.
struct Arrived
{
    ConnectionId connection;
    wire::Endpoint peer;
    ListenerProfile profile;
};

// Its first bytes were a message. `more` tells whether other bytes came right behind it.
struct Greeted
{
    ConnectionId connection;
    wire::Greeting greeting;
    bool more = false;
};

// Its PROXY header has come, whole. `client`: for whom it speaks; none: for the proxy itself.
struct Introduced
{
    ConnectionId connection;
    std::optional<wire::Endpoint> client;
};

// Its bytes were no message.
struct Refused
{
    ConnectionId connection;
    wire::Refusal refusal{};
};

// A host's control connection said this.
struct Said
{
    ConnectionId connection;
    wire::ControlMessage message;
};

// A member of a room, or a peer of a party, said this. The bytes need to live only while the event
// is dealt with.
struct SaidBytes
{
    ConnectionId connection;
    std::span<const std::uint8_t> bytes;
};

// The answer to OpenPort.
struct PortAnswer
{
    std::uint16_t port = 0;
    bool open = false;
    bool is_elsewhere = false; // another worker of the process has it
};

// A host's control connection started to speak like a guest (wire::starts_like_netplay_header).
struct SpokeLikeGuest
{
    ConnectionId connection;
};

// The first byte came from a guest, waiting or linked, that had said nothing but its greeting.
struct Spoke
{
    ConnectionId guest;
};

// The first bytes from the host's end of this guest's link were a netplay header.
struct Answered
{
    ConnectionId guest;
};

// The answer to CheckIdle.
struct Progressed
{
    ConnectionId guest;
    Instant last_byte; // when the link last moved a byte in either direction
};

enum class Acknowledging : std::uint8_t
{
    all,    // nothing is on its way
    waits,  // something is, for whatever time
    silent, // and was sent again and again, without any answer: it looks dead
};

// The answer to CheckAcknowledged. It is the peer's machine that acknowledges, not its frontend.
struct Acknowledgement
{
    ConnectionId connection;
    Acknowledging state{};
    Duration silence = Duration::max(); // since the last acknowledgement came from there
};

// One end of a link has finished sending; the other has been told.
struct HalfClosed
{
    ConnectionId connection;
};

// A connection is over. For a link: the end of the link, caused by this connection of it.
struct Left
{
    ConnectionId connection;
    // left, lost; too_slow: it would not take what we had to say; memory_short: it held
    // memory that others need.
    CloseReason how = CloseReason::left;
    bool is_mute = false; // it has not said a byte, but for a whole PROXY header
};

// Time has passed; nothing else.
struct Tick
{
};

// We stood still for so long (suspended, swapped out, starved of the CPU), and what peers said
// meanwhile is not read yet: none of them is to blame for it.
struct StoodStill
{
    Duration gap{};
};

// So many connections of the process before this one could not be taken over, and are closed.
struct HandoverFailed
{
    std::uint64_t connections = 0;
};

// What is open at all other workers of the process.
struct OpenElsewhere
{
    OpenGames games;
};

// The fleet that this relay is a node of is like this from now on. Never null.
struct SeeFleet
{
    std::shared_ptr<const fleet::View> view;
};

// So much of what is limited in all may be here from now on; whoever is here stays.
struct SetShare
{
    Amounts share;
};

// So much of what is limited for each address those may have here that have much (of others each
// worker of the process allows an equal part). Never null.
struct SetAddressShares
{
    std::shared_ptr<const NetworkShares> shares;
};

// All workers keep too much for peers of parties: of this client prefix, for which most is kept,
// one has to go here.
struct Relieve
{
    wire::Address prefix;
};

// Where new sessions and parties are to be opened: a weight for each worker of the process, or
// none.
struct SetPlacing
{
    std::vector<std::uint8_t> weights;
};

// No new sessions, rooms and legacy ports from now on; who may join those that are open still does.
struct Drain
{
};

// It does again.
struct Undrain
{
};

// What the operator wants, one thing each; Output::outcome tells what has come of it.

// No new sessions, rooms and legacy ports, or again some; nobody waits for the last one to end.
struct TakeNew
{
    bool allowed = true;
};

// This session and its links; this link, by its guest; this room; this party.
struct EndSession
{
    wire::SessionId session;
};
struct EndLink
{
    ConnectionId guest;
};
struct EndRoom
{
    std::uint64_t room = 0;
};
struct EndParty
{
    std::uint64_t party = 0;
};

// This one goes: a member of a room, a peer of a party, a guest, a host with its session, or
// whoever else it is. It may come again.
struct SendAway
{
    ConnectionId who;
};
// The same for a peer by its id in its party: it may be absent.
struct SendPeerAway
{
    std::uint64_t party = 0;
    std::int32_t peer = 0;
};

// Whoever is of this network goes at once, and is refused from then on.
struct SetBan
{
    Ban ban;
};
// What was kept by a process before, all at once: of two bans of one network that holds which ends
// later, or these, if they replace what is known.
struct AdoptBans
{
    std::vector<Ban> bans;
    bool replaces = false;
};
struct LiftBan
{
    wire::Network network;
};

struct Reserve
{
    Reservation reservation;
};
struct LiftReservation
{
    wire::SessionId id;
};

// Says it in this room, or in every one.
struct Say
{
    std::optional<std::uint64_t> room;
    std::string text;
};

// New limits and reserved ids hold for what comes next. Whoever the new lists deny has to go.
struct Reload
{
    std::shared_ptr<const Policy> policy; // never null
};

// The process is asked to stop: everything ends.
struct Shutdown
{
};

using Event =
    std::variant<Arrived, Introduced, Greeted, Refused, Said, SaidBytes, SpokeLikeGuest, Spoke,
                 Answered, Progressed, Acknowledgement, HalfClosed, PortAnswer, Left, Tick,
                 StoodStill, HandoverFailed, OpenElsewhere, SeeFleet, SetShare, SetAddressShares,
                 Relieve, SetPlacing, GameMoved, News, Reload, Drain, Undrain, TakeNew, EndSession,
                 EndLink, EndRoom, EndParty, SendAway, SendPeerAway, SetBan, AdoptBans, LiftBan,
                 Reserve, LiftReservation, Say, Shutdown>;

} // namespace netplay_relay::lobby
