// A game of Godot at the relay, as the addon makes it one: bytes in, bytes out, time in. It comes
// back by itself to the place that it had, and nothing that has to arrive is lost or doubled
// meanwhile (godot_protocol.md).
#pragma once

#include "base/ids.hpp"
#include "party/client_control.hpp"
#include "party/packet.hpp"
#include "websocket/frames.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace netplay_relay::inspector {

using party::Mode;

struct PartyRequest
{
    bool hosts = false;
    std::string game;
    std::string code; // to join; of a host: a reserved one, or empty
    std::uint32_t max = 0;
    bool mesh = false;
    std::int32_t id = 0; // of who joins
    bool shown = false;  // of a host: to everybody
};

struct PartyClientSettings
{
    PartyRequest request;
    std::string host; // as it stands in the HTTP request
    bool says_seen = true;
};

// Whom packets are for: as Godot has it, or those in the list.
struct PartyTarget
{
    std::int32_t target = 0;
    std::vector<std::int32_t> list;
};

struct PartyPacket
{
    std::int32_t source = 0;
    Mode mode{};
    std::uint8_t channel = 0;
    std::vector<std::uint8_t> payload;
};
// The connection is gone; it comes back, unless an end follows.
struct PartyAbsent
{
    std::string why;
};
enum class PartyEndKind : std::uint8_t
{
    left,    // by its own word
    refused, // before it was in a party
    closed,  // the relay has sent it away
    lost,    // its place is not held any more
    broken,  // what the relay said makes no sense
};
struct PartyEnd
{
    PartyEndKind kind{};
    std::string reason; // the close reason, if the relay has told one
    std::string text;
};
using PartyClientEvent =
    std::variant<party::Welcome, party::PeerNews, PartyPacket, party::Got, PartyAbsent, PartyEnd>;

struct PartyClientCounts
{
    std::uint64_t messages_in = 0; // whole ones, of both kinds
    std::uint64_t messages_out = 0;
    std::uint64_t packets_in = 0;
    std::uint64_t packets_out = 0;
    std::uint64_t packets_dropped = 0;   // unreliable ones, while they could not be sent
    std::uint64_t packets_refused = 0;   // too large, or too much was kept already
    std::uint64_t messages_repeated = 0; // reliable ones, after a return
    std::uint64_t returns = 0;
};

class PartyClient
{
public:
    using Random = std::function<void(std::span<std::uint8_t>)>;

    PartyClient(PartyClientSettings settings, Random random, Instant now);

    // When it wants a connection; nothing while it has one, or needs none.
    [[nodiscard]] std::optional<Instant> connect_at() const;
    void dialling();
    void connected(Instant now);
    void received(std::span<const std::uint8_t> bytes, Instant now);
    void lost(const std::string& why, Instant now); // or could not be made

    // They leave with the next tick, those that are of one kind in one message. False: too large,
    // or too much is kept already.
    bool send(const PartyTarget& to, Mode mode, std::uint8_t channel,
              std::span<const std::uint8_t> payload);
    void refuse(bool newcomers);
    void kick(std::int32_t id, std::string_view text);
    void leave(); // what was sent still arrives, if there is a connection

    // The game takes what has come: with it, what is `seen`.
    [[nodiscard]] std::vector<PartyClientEvent> take_events();

    // Once a frame, or when there is something to send.
    void tick(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // For the connection, in order. What is not taken of it makes packets wait and be dropped.
    [[nodiscard]] std::vector<std::uint8_t>& out() { return out_; }

    [[nodiscard]] bool is_in() const { return state_ == State::in; }
    [[nodiscard]] bool is_over() const { return state_ == State::over; }
    [[nodiscard]] std::size_t unacknowledged() const { return kept_.size(); }
    [[nodiscard]] const std::set<std::int32_t>& peers() const { return peers_; }
    [[nodiscard]] std::uint64_t numbered() const { return numbered_; }
    [[nodiscard]] const PartyClientCounts& counts() const { return counts_; }

private:
    enum class State : std::uint8_t
    {
        absent,
        dialling,
        greeting, // its HTTP request is sent
        asking,   // its first message is sent
        in,
        over,
    };
    struct Numbered
    {
        websocket::Kind kind{};
        std::vector<std::uint8_t> payload;
    };

    void read_answer(std::span<const std::uint8_t> bytes, Instant now);
    void feed(std::span<const std::uint8_t> bytes, Instant now);
    [[nodiscard]] bool hear(const websocket::Message& message, Instant now);
    void hear_text(std::span<const std::uint8_t> text, Instant now);
    void hear_welcome(const party::Welcome& welcome, Instant now);
    void hear_packets(std::span<const std::uint8_t> message, Instant now);
    void note_in(std::size_t bytes, bool numbered, Instant now);
    void acknowledged(std::uint64_t count);
    void keep(websocket::Kind kind, std::vector<std::uint8_t> payload);
    void flush();
    void pump();
    void say_progress(Instant now);
    [[nodiscard]] std::optional<Instant> progress_due() const;
    void write(websocket::Kind kind, std::span<const std::uint8_t> payload);
    void end(PartyEndKind kind, std::string reason, std::string text);

    PartyClientSettings settings_;
    Random random_;
    State state_ = State::absent;
    std::vector<PartyClientEvent> events_;
    std::vector<std::uint8_t> out_;
    std::set<std::int32_t> peers_;
    PartyClientCounts counts_;

    std::optional<party::Welcome> place_; // since it is in
    Instant connect_at_{};
    std::optional<Instant> lost_since_;
    unsigned attempts_ = 0;

    // Of this connection.
    std::string key_;
    std::vector<std::uint8_t> head_;
    websocket::FrameReader reader_{websocket::Side::client};
    Instant heard_{};
    std::uint64_t taken_ = 0; // bytes of messages whose packets are among the events
    std::uint64_t seen_ = 0;  // that the game has taken
    std::uint64_t seen_told_ = 0;

    // To it. Numbers count from 1 over its whole life.
    std::uint64_t numbered_ = 0; // so many are in
    std::uint64_t numbered_told_ = 0;
    unsigned messages_untold_ = 0;
    std::size_t bytes_untold_ = 0;
    std::optional<Instant> untold_since_;
    Instant told_at_{};

    // From it.
    std::vector<std::uint8_t> gathered_; // packets of the message that leaves next
    std::uint64_t gathered_count_ = 0;
    bool gathered_reliable_ = false;
    std::uint64_t acknowledged_ = 0; // the number of the last that is in
    std::deque<Numbered> kept_;      // those behind it
    std::size_t kept_sent_ = 0;      // so many of them were sent by this connection
    std::size_t kept_bytes_ = 0;
};

} // namespace netplay_relay::inspector
