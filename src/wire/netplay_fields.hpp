// The fields that netplay commands are made of: what the decoder reads the encoder writes.
#pragma once

#include "magic.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::wire {

namespace id {

inline constexpr std::uint32_t ack = 0x0000;
inline constexpr std::uint32_t nak = 0x0001;
inline constexpr std::uint32_t disconnect = 0x0002;
inline constexpr std::uint32_t input = 0x0003;
inline constexpr std::uint32_t no_input = 0x0004;
inline constexpr std::uint32_t nick = 0x0020;
inline constexpr std::uint32_t password = 0x0021;
inline constexpr std::uint32_t info = 0x0022;
inline constexpr std::uint32_t sync = 0x0023;
inline constexpr std::uint32_t spectate = 0x0024;
inline constexpr std::uint32_t play = 0x0025;
inline constexpr std::uint32_t mode = 0x0026;
inline constexpr std::uint32_t mode_refused = 0x0027;
inline constexpr std::uint32_t crc = 0x0040;
inline constexpr std::uint32_t request_savestate = 0x0041;
inline constexpr std::uint32_t load_savestate = 0x0042;
inline constexpr std::uint32_t pause = 0x0043;
inline constexpr std::uint32_t resume = 0x0044;
inline constexpr std::uint32_t stall = 0x0045;
inline constexpr std::uint32_t reset = 0x0046;
inline constexpr std::uint32_t netpacket = 0x0048;
inline constexpr std::uint32_t netpacket_broadcast = 0x0049;
inline constexpr std::uint32_t flip_players = 0x0060;
inline constexpr std::uint32_t chat = 0x1000;
inline constexpr std::uint32_t ping_request = 0x1100;
inline constexpr std::uint32_t ping_response = 0x1101;
inline constexpr std::uint32_t allow_pausing = 0x2000;
inline constexpr std::uint32_t input_latency_frames = 0x2001;

} // namespace id

// SYNC without the battery RAM behind it.
inline constexpr std::uint32_t sync_size = 184;
inline constexpr std::uint32_t sync_4_size = 108;

inline constexpr std::uint32_t input_words_4 = 3;

// Bits of the second word of SYNC, INPUT (protocol 4), MODE and PLAY.
inline constexpr std::uint32_t bit_31 = 1U << 31;
inline constexpr std::uint32_t mode_you = bit_31;
inline constexpr std::uint32_t mode_playing = 1U << 30;
inline constexpr std::uint32_t mode_slave = 1U << 29;
inline constexpr std::uint32_t mode_4_you = 1U << 16;
inline constexpr std::uint32_t mode_4_playing = 1U << 17;
inline constexpr std::uint32_t mode_4_slave = 1U << 18;

// Reads a payload from front to back; its size was checked before.
class FieldReader
{
public:
    explicit FieldReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::uint32_t u32() { return read_u32(bytes(4)); }

    std::span<const std::uint8_t> bytes(std::size_t size)
    {
        const auto front = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return front;
    }

    // A NUL-padded text whose last byte is taken for a NUL.
    std::string text(std::size_t field_size)
    {
        const auto field = bytes(field_size).first(field_size - 1);
        return {field.begin(), std::ranges::find(field, 0)};
    }

    std::span<const std::uint8_t> rest() { return bytes(bytes_.size()); }
    [[nodiscard]] std::size_t left() const { return bytes_.size(); }

private:
    std::span<const std::uint8_t> bytes_;
};

inline void put_u32(std::vector<std::uint8_t>& out, std::uint32_t value)
{
    const auto bytes = big_endian(value);
    out.insert(out.end(), bytes.begin(), bytes.end());
}

inline void put_bytes(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes)
{
    out.insert(out.end(), bytes.begin(), bytes.end());
}

// NUL-padded; cut at a NUL, and so that a NUL ends it.
inline void put_text(std::vector<std::uint8_t>& out, std::string_view text, std::size_t field_size)
{
    const std::string_view kept = text.substr(0, std::min(text.find('\0'), field_size - 1));
    out.insert(out.end(), kept.begin(), kept.end());
    out.insert(out.end(), field_size - kept.size(), 0);
}

} // namespace netplay_relay::wire
