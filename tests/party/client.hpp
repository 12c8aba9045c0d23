// A scripted peer of a party: speaks HTTP and WebSocket in bytes, and notes what it is told as the
// addon does.
#pragma once

#include "websocket/frames.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::party {

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::string>;

[[nodiscard]] Bytes bytes_of_text(std::string_view text);
[[nodiscard]] std::string upgrade_request(const std::string& lines = {});

// A packet as a peer sends it. `targets`: a list instead of the one.
struct Sent
{
    std::int32_t target = 0;
    char mode = 'r'; // u, o, r
    std::string payload;
    std::uint8_t channel = 0;
    std::optional<std::vector<std::int32_t>> targets{};
};
[[nodiscard]] Bytes packets_of(const std::vector<Sent>& packets);
[[nodiscard]] Bytes masked(websocket::Kind kind, std::span<const std::uint8_t> payload);

struct Welcomed
{
    std::int32_t id = 0;
    std::string code;
    std::string token;
    bool mesh = false;
    std::vector<std::int32_t> peers;
    std::size_t packet = 0;
    int hold = 0;
    bool again = false;
    std::uint64_t got = 0;
};

class ScriptedPeer
{
public:
    explicit ScriptedPeer(std::string name) : name_(std::move(name)) {}

    // Another connection: what was heard on the old one counts no more.
    void connects();
    // The relay said this; what it answers at once.
    [[nodiscard]] Bytes hear(std::span<const std::uint8_t> bytes);

    // Since asked last: packets as "1 r0 hello", those of one message with " + " between them, and
    // control messages as they are, but for welcome and got.
    [[nodiscard]] Words told();
    [[nodiscard]] std::string progress() const; // what it would say of what it has

    std::string http;                 // the answer to its request, while that is no WebSocket
    std::optional<Welcomed> welcomed; // by this connection
    std::uint64_t got = 0;            // numbered messages, over its whole life
    std::uint64_t seen = 0;           // bytes of binary messages of this connection
    std::uint64_t confirmed = 0;      // numbered messages of its own that the relay has
    std::string round_trip;           // in ms, as it was told
    std::size_t gots = 0;
    std::size_t pings = 0;
    Bytes ponged;       // what a pong to it had
    bool hung = false;  // a close frame came
    bool mute = false;  // does not answer pings
    bool ended = false; // the relay told it to go

private:
    void take(const websocket::Message& message);
    void take_text(std::string_view text);
    void take_packets(std::span<const std::uint8_t> message);

    std::string name_;
    bool is_open_ = false; // HTTP is over
    Bytes head_;
    websocket::FrameReader reader_{websocket::Side::client};
    Bytes replies_;
    Words told_;
};

} // namespace netplay_relay::party
