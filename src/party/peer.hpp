// What a party manager knows of each peer, and of each party.
#pragma once

#include "base/allowance.hpp"
#include "base/deadlines.hpp"
#include "base/outbound.hpp"
#include "control.hpp"
#include "party/settings.hpp"
#include "websocket/frames.hpp"
#include "wire/address_counts.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::party {

// What the memory around a message takes: small ones are more of it than what they say.
inline constexpr std::size_t around_message = 128;

// Bytes are counted in these where so many a second are allowed.
inline constexpr double kilobyte = 1024;

// What is kept until it is acknowledged: a whole frame.
struct Kept
{
    SharedBytes frame;
    std::uint32_t payload = 0; // bytes that the game takes; 0: a control message
    std::int32_t from = 0;     // the peer that said it; 0: the relay
    Instant since{};

    [[nodiscard]] std::size_t cost() const { return frame->size() + around_message; }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.frame, self.payload, self.from);
        archive.check(self.frame != nullptr && self.payload <= self.frame->size());
        archive.times(self.since);
    }
};

// What is unreliable and waits for the game to take what was sent before.
struct Held
{
    SharedBytes frame;
    std::uint32_t payload = 0;
    Instant since{};

    [[nodiscard]] std::size_t cost() const { return frame->size() + around_message; }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.frame, self.payload);
        archive.check(self.frame != nullptr && self.payload <= self.frame->size());
        archive.times(self.since);
    }
};

// The bytes up to here were sent then.
struct Mark
{
    std::uint64_t sent = 0;
    Instant when{};

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.sent);
        archive.times(self.when);
    }
};

// Who has to go, and is still told so.
struct Farewell
{
    CloseReason reason{};
    Instant until{};   // then it is closed, whatever it has taken
    bool said = false; // all was sent: it may hang up
    bool late = false; // it came back so late that it has more time, which it has once

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.reason, self.said, self.late);
        archive.times(self.until);
    }
};

struct Party;

struct Peer
{
    Party* party = nullptr; // that it is of
    std::int32_t id = 0;
    ConnectionId connection; // 0: absent
    wire::Address address;
    Token token{};
    Instant since{};
    Instant due = no_deadline; // when it is looked at next
    std::optional<Instant> absent_since;
    std::optional<Farewell> farewell;

    // For it. Numbers count from 1 over its whole life.
    std::uint64_t acknowledged = 0; // the number of the last that is in
    std::deque<Kept> kept;          // those behind it
    std::uint64_t kept_sent = 0;    // so many of them were sent by this connection
    std::uint64_t offered = 0;      // the number of the last that was sent by any connection
    std::size_t kept_bytes = 0;
    std::deque<Held> held;
    std::size_t held_bytes = 0;
    std::uint64_t sent = 0; // bytes that the game takes, by this connection
    std::uint64_t seen = 0; // of those it has taken
    std::deque<Mark> marks; // of those it has not taken

    // From it.
    std::uint64_t numbered = 0; // so many are in
    std::uint64_t told = 0;     // as it was told
    std::uint64_t bytes_untold = 0;
    std::optional<Instant> tell_at;
    Allowance messages;
    Allowance kilobytes;
    Instant heard{};
    std::optional<Instant> pinged; // and not answered
    Instant ping_at{};
    std::optional<Duration> round_trip; // the last one
    Duration usual_round_trip{};        // without one that is much longer than those before
    bool round_trip_untold = false;

    // Within a call.
    std::uint64_t listed_by = 0;   // the last list of targets that it was in
    std::uint64_t gathered_by = 0; // the last message that has packets for it,
    std::size_t gathered_at = 0;   // and where these are

    std::uint64_t packets_in = 0;
    std::uint64_t packets_out = 0;
    std::uint64_t dropped = 0;
    std::uint32_t resumes = 0;

    [[nodiscard]] bool is_absent() const { return connection == ConnectionId{}; }
    [[nodiscard]] bool is_leaving() const { return farewell.has_value(); }
    [[nodiscard]] std::uint64_t untaken() const { return sent - seen; }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.id, self.connection, self.address, self.token);
        archive.times(self.since, self.absent_since, self.heard, self.pinged, self.ping_at,
                      self.tell_at);
        archive(self.due, self.farewell, self.acknowledged, self.kept, self.kept_sent, self.offered,
                self.held, self.sent, self.seen, self.marks, self.numbered, self.told,
                self.bytes_untold, self.messages, self.kilobytes, self.round_trip,
                self.usual_round_trip, self.round_trip_untold, self.packets_in, self.packets_out,
                self.dropped, self.resumes);
    }
};

// Nobody of this address comes in before then.
struct Exclusion
{
    wire::Address prefix;
    CloseReason reason{};
    std::uint32_t times = 0;
    Instant until{};

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.prefix, self.reason, self.times);
        archive.times(self.until);
    }
};

struct Party
{
    std::uint64_t number = 0;
    Code code;
    std::string game;
    wire::Address opener;
    std::uint32_t peers_max = 0;
    std::uint32_t packet_bytes = 0; // of the largest payload, as its peers were told
    Instant since{};
    bool mesh = false;
    bool refuses = false;
    bool shown = false;                // its host wants it to be
    bool closing = false;              // nobody comes in any more,
    CloseReason end{};                 // for this reason
    std::vector<Exclusion> exclusions; // the last one is the newest
    std::map<std::int32_t, std::unique_ptr<Peer>> peers;
    wire::CountedOpening counted; // for its opener

    [[nodiscard]] Peer* find(std::int32_t id) const
    {
        const auto found = peers.find(id);
        return found == peers.end() ? nullptr : found->second.get();
    }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.number, self.code, self.game, self.opener, self.peers_max, self.packet_bytes,
                self.mesh, self.refuses, self.shown, self.closing, self.end, self.exclusions,
                self.peers);
        archive.times(self.since);
    }
};

inline constexpr std::int32_t host_id = 1;

} // namespace netplay_relay::party
