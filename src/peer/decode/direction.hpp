// One direction of a captured connection: its bytes, and what is known of who sends them.
#pragma once

#include "peer/decode/report.hpp"
#include "wire/netplay_decode.hpp"
#include "wire/netplay_header.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

namespace netplay_relay::peer {

class Direction
{
public:
    enum class Stage : std::uint8_t
    {
        opening,
        commands,
        control_host,  // a host's half of a control connection
        control_relay, // the relay's
        stopped,
    };

    void append(std::span<const std::uint8_t> bytes, std::chrono::microseconds time);
    void take(std::size_t used, std::size_t skip = 0);
    void stop();

    [[nodiscard]] std::span<const std::uint8_t> unread() const { return stream_.unread(); }
    [[nodiscard]] const wire::CommandStream& stream() const { return stream_; }
    // The offset of the next byte, and the time when the one `size` bytes behind it arrived.
    [[nodiscard]] Moment moment(std::size_t size) const;

    Stage stage = Stage::opening;
    std::string name;            // of who speaks, fit to be printed
    bool through_tunnel = false; // RATS or RATL came first
    std::optional<wire::Side> side;
    std::optional<wire::Opening> header; // NetplayHeader or NetplayHeader4

private:
    struct Arrival
    {
        std::uint64_t end = 0; // offset behind its last byte
        std::chrono::microseconds time{};
    };

    wire::CommandStream stream_;
    std::deque<Arrival> arrivals_; // of bytes not yet taken
    std::uint64_t received_ = 0;
    std::uint64_t offset_ = 0;
};

} // namespace netplay_relay::peer
