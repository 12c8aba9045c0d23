// What the lobby looks like from outside.
#pragma once

#include "lobby/ids.hpp"
#include "party/output.hpp"
#include "party/snapshot.hpp"
#include "room/output.hpp"
#include "room/snapshot.hpp"
#include "wire/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace netplay_relay::lobby {

struct Use
{
    std::size_t connections = 0;
    std::size_t greeting = 0; // of them: still to say what they want
    std::size_t sessions = 0;
    std::size_t waiting_joins = 0;
    std::size_t links = 0;
    std::size_t rooms = 0;
    std::size_t members = 0;   // in rooms
    std::size_t entering = 0;  // on the way into one
    std::size_t addresses = 0; // with a connection, or with a recent one
    std::size_t parties = 0;
    std::size_t peers = 0;             // in parties, with a connection
    std::size_t absent_peers = 0;      // in parties, without one: their places are held
    std::size_t entering_peers = 0;    // on the way into a party, or out of one
    std::size_t kept_packet_bytes = 0; // for peers, until they have said that they have them
    bool operator==(const Use&) const = default;

    // That of another worker. An address that both know counts twice.
    void add(const Use& other);
};

struct Totals
{
    std::uint64_t connections = 0; // accepted, refused on arrival included
    std::uint64_t sessions = 0;
    std::uint64_t joins = 0; // guests that named an open session and were let in to wait
    std::uint64_t links = 0;
    std::uint64_t rooms = 0;
    std::uint64_t members = 0; // that came into a room
    std::uint64_t parties = 0;
    std::uint64_t peers = 0;         // that came into a party, hosts included
    std::uint64_t standstills = 0;   // times that the relay itself stood still
    std::uint64_t hops_sent = 0;     // connections that are another node's of the fleet
    std::uint64_t hops_returned = 0; // of them, those that it has not taken
    std::uint64_t hops_taken = 0;    // from other nodes
    wire::CloseCounts close_reasons{};
    room::SaidCounts said{}; // by members of rooms
    bool operator==(const Totals&) const = default;

    // Those of another worker, which has forgotten them.
    void add(const Totals& other);

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.connections, self.sessions, self.joins, self.links, self.rooms, self.members,
                self.parties, self.peers, self.standstills, self.hops_sent, self.hops_returned,
                self.hops_taken, self.close_reasons, self.said);
    }
};

struct LinkSnapshot
{
    ConnectionId guest;
    ConnectionId host_side;
    wire::Endpoint guest_peer;
    wire::Endpoint host_peer;
    Instant since;
};

struct SessionSnapshot
{
    SessionKey key;
    wire::SessionId id;
    ConnectionId host;
    wire::Endpoint host_peer;
    Instant since;
    std::uint16_t join_port = 0; // its own, 0: none
    bool reserved = false;
    bool host_gone = false; // ended; its last links are still finishing
    std::size_t seats = 0;
    std::size_t waiting_joins = 0;
    std::optional<Duration> ping;      // how long the last answered ping took
    std::optional<Instant> unanswered; // since when a ping waits for its answer
    std::vector<LinkSnapshot> links;
};

struct MemberSnapshot
{
    room::MemberSnapshot member;
    wire::Endpoint peer;
};

struct PeerSnapshot
{
    party::PeerSnapshot peer;
    std::optional<wire::Endpoint> endpoint; // none while it is absent
};

struct PartySnapshot
{
    party::PartySnapshot party; // its `peers` are empty: they are here
    std::vector<PeerSnapshot> peers;
};

struct RoomSnapshot
{
    room::RoomSnapshot room; // its `members` are empty: they are here
    std::uint16_t join_port = 0;
    std::vector<MemberSnapshot> members;
};

} // namespace netplay_relay::lobby
