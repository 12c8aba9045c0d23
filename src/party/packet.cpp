#include "party/packet.hpp"

#include <algorithm>
#include <array>

namespace netplay_relay::party {

namespace {

constexpr std::size_t mode_at = 4;
constexpr std::size_t channel_at = 5;
constexpr std::size_t size_at = 6;
constexpr std::uint8_t list_flag = 0x80;

void append_little(std::vector<std::uint8_t>& to, std::uint32_t value)
{
    const auto bytes = little_endian(value);
    to.insert(to.end(), bytes.begin(), bytes.end());
}

} // namespace

std::optional<Packet> PacketReader::next()
{
    if (rest_.empty() || fault_) return std::nullopt;
    const auto failed = [this](PacketFault fault) {
        fault_ = fault;
        return std::nullopt;
    };
    if (rest_.size() < packet_head_size) return failed(PacketFault::malformed);
    Packet packet;
    packet.target = static_cast<std::int32_t>(load_little<std::uint32_t>(rest_));
    packet.listed = (rest_[mode_at] & list_flag) != 0;
    const auto mode = static_cast<std::uint8_t>(rest_[mode_at] & ~list_flag);
    packet.channel = rest_[channel_at];
    const std::size_t size = load_little<std::uint32_t>(rest_.subspan(size_at));
    rest_ = rest_.subspan(packet_head_size);
    if (mode >= mode_count) return failed(PacketFault::malformed);
    packet.mode = static_cast<Mode>(mode);
    if (size > payload_max_) return failed(PacketFault::too_large);
    if (packet.listed) {
        const auto count = static_cast<std::uint32_t>(packet.target);
        if (count > targets_max_ || count * sizeof(std::int32_t) > rest_.size())
            return failed(PacketFault::malformed);
        packet.targets = rest_.first(count * sizeof(std::int32_t));
        rest_ = rest_.subspan(packet.targets.size());
    }
    if (size > rest_.size()) return failed(PacketFault::malformed);
    packet.payload = rest_.first(size);
    rest_ = rest_.subspan(size);
    return packet;
}

void append_packet(std::vector<std::uint8_t>& to, std::int32_t source, const Packet& packet)
{
    std::array<std::uint8_t, packet_head_size> head{};
    std::ranges::copy(little_endian(static_cast<std::uint32_t>(source)), head.begin());
    head[mode_at] = static_cast<std::uint8_t>(packet.mode);
    head[channel_at] = packet.channel;
    std::ranges::copy(little_endian(static_cast<std::uint32_t>(packet.payload.size())),
                      head.begin() + size_at);
    to.insert(to.end(), head.begin(), head.end());
    to.insert(to.end(), packet.payload.begin(), packet.payload.end());
}

void append_request(std::vector<std::uint8_t>& to, const Packet& packet)
{
    const auto listed = static_cast<std::uint32_t>(packet.targets.size() / sizeof(std::int32_t));
    append_little(to, packet.listed ? listed : static_cast<std::uint32_t>(packet.target));
    const auto mode = static_cast<std::uint8_t>(packet.mode);
    to.push_back(packet.listed ? mode | list_flag : mode);
    to.push_back(packet.channel);
    append_little(to, static_cast<std::uint32_t>(packet.payload.size()));
    to.insert(to.end(), packet.targets.begin(), packet.targets.end());
    to.insert(to.end(), packet.payload.begin(), packet.payload.end());
}

} // namespace netplay_relay::party
