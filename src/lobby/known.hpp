// What the lobby knows of each connection, and of each session and its tickets.
#pragma once

#include "base/deadlines.hpp"
#include "base/rare.hpp"
#include "lobby/ids.hpp"
#include "lobby/limits.hpp"
#include "lobby/stages.hpp"
#include "wire/message.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace netplay_relay::lobby {

// On the way from one node of a fleet to another.
enum class Hop : std::uint8_t
{
    none,
    leaves, // for the other node; if it is not taken there, it comes back
    done    // it is where it stays, whatever it wants
};
[[nodiscard]] constexpr Hop last_value(Hop) { return Hop::done; }

// Of one that asks for a session of its own.
struct Asking
{
    Instant since{};
    std::optional<Instant> doubts_since; // others were asked then whether they are there

    bool operator==(const Asking&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.since, self.doubts_since);
    }
};

// There are many, and most are idle: what few of them need is rare.
struct Connection
{
    Instant since;
    Instant deadline = no_deadline;
    Rare<ListenerProfile> profile;
    Rare<Asking> asking;
    SessionKey session;   // every stage of tunnels but greeting
    ConnectionId partner; // the other end of the link
    wire::Endpoint peer;
    wire::TicketId ticket; // waiting and guest
    Stage stage = Stage::greeting;
    bool spoke = false;       // guest: has said more than its greeting
    bool half_closed = false; // guest: one direction of the link has ended
    std::uint8_t passes = 0;  // from one worker to another, within a process
    Hop hop = Hop::none;
    std::uint8_t hops_to = 0; // while it leaves: the node

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.peer, self.since, self.deadline, self.profile, self.session, self.partner,
                self.ticket, self.stage, self.asking, self.spoke, self.half_closed, self.passes,
                self.hop, self.hops_to);
    }
};

// A guest on its way to a host. It outlives the guest until the host has reacted to it.
struct Ticket
{
    wire::TicketId id;
    ConnectionId guest;
    wire::Address address;
    Instant departed{};        // when guest_gone became true
    bool is_announced = false; // the host was told, so one of its pending slots is taken
    bool guest_gone = false;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.id, self.guest, self.address, self.departed, self.is_announced,
                self.guest_gone);
    }
};

// Whether a session's host is still there.
struct Doubt
{
    std::optional<Instant> since;      // was sent a ping then that must be acknowledged,
    std::optional<Instant> trusted_at; // as it was the last time

    bool operator==(const Doubt&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.since, self.trusted_at);
    }
};

// A port that leads to one session or room.
struct Lease
{
    SessionKey session;
    std::uint64_t room = 0;
    std::optional<ConnectionId> asker;   // waits for its number
    std::optional<wire::Address> opener; // of a legacy port
    Instant until = no_deadline;
    unsigned tries = 0;     // ports that could not be opened
    unsigned elsewhere = 0; // and those that other workers had
};

struct Session
{
    SessionKey key;
    ConnectionId host;
    Instant since{};
    Instant pinged{};
    Rare<Doubt> doubt;
    std::optional<Duration> ping;
    std::vector<Ticket> tickets;
    std::vector<ConnectionId> links; // by their guests
    wire::SessionId id;
    wire::Endpoint host_peer;
    std::uint16_t join_port = 0;
    std::uint16_t queries_left = queries_per_guest;
    bool reserved = false;
    bool host_gone = false;
    bool ping_open = false;
    bool has_answered = false; // a guest, with a netplay header
    bool is_deaf = false;      // it let a guest wait in vain, and has said nothing since

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.key, self.id, self.host, self.host_peer, self.since, self.pinged,
                self.reserved, self.host_gone, self.ping_open, self.has_answered, self.is_deaf,
                self.join_port, self.queries_left, self.doubt, self.ping, self.tickets, self.links);
    }
};

} // namespace netplay_relay::lobby
