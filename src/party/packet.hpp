// The packets within a binary message (godot_protocol.md).
#pragma once

#include "base/byte_order.hpp"
#include "party/output.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::party {

// Target or source 4 bytes, mode 1, channel 1, size of the payload 4.
inline constexpr std::size_t packet_head_size = 10;

struct Packet
{
    // 0: all others, n: that one, -n: all but that one. With a list only those in it are meant.
    std::int32_t target = 0;
    Mode mode = Mode::reliable;
    std::uint8_t channel = 0;
    bool listed = false;
    std::span<const std::uint8_t> targets; // 4 bytes each
    std::span<const std::uint8_t> payload;
};

enum class PacketFault : std::uint8_t
{
    malformed,
    too_large,
};

// Reads them one after the other.
class PacketReader
{
public:
    PacketReader(std::span<const std::uint8_t> message, std::size_t payload_max,
                 std::size_t targets_max)
        : rest_(message), payload_max_(payload_max), targets_max_(targets_max)
    {
    }

    // Nothing at the end, or if there is a fault.
    [[nodiscard]] std::optional<Packet> next();
    [[nodiscard]] std::optional<PacketFault> fault() const { return fault_; }

private:
    std::span<const std::uint8_t> rest_;
    std::size_t payload_max_;
    std::size_t targets_max_;
    std::optional<PacketFault> fault_;
};

// As a peer gets it.
void append_packet(std::vector<std::uint8_t>& to, std::int32_t source, const Packet& packet);

// As a peer sends it: to its target, or to those in the list.
void append_request(std::vector<std::uint8_t>& to, const Packet& packet);

} // namespace netplay_relay::party
