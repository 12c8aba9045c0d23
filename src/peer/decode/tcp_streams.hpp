// One direction of a TCP connection, put back into order as far as the capture allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::peer {

// Bytes that came before their turn. More are a hole that nothing will fill: a receiver's window
// is rarely larger.
inline constexpr std::size_t early_bytes_max = 4U << 20U;
inline constexpr std::size_t early_pieces_max = 4096;

class TcpStream
{
public:
    // SYN: the stream begins behind this number. Without one it begins with what comes first.
    void begin(std::uint32_t sequence);
    [[nodiscard]] bool has_begun() const { return begun_; }
    // True if a SYN with this number would be the one that was seen.
    [[nodiscard]] bool began_with(std::uint32_t sequence) const;

    // Appends to `out` what is now in its turn.
    void push(std::uint32_t sequence, std::span<const std::uint8_t> payload,
              std::vector<std::uint8_t>& out);

    // FIN, behind this number.
    void end(std::uint32_t sequence);
    [[nodiscard]] bool is_at_end() const { return end_ && next_ >= *end_; }

    // True if what is missing will not come: too much came behind it.
    [[nodiscard]] bool is_lost() const;
    // How many bytes are missing before the first that came too early; 0 if none are.
    [[nodiscard]] std::uint64_t gap() const;

private:
    [[nodiscard]] std::int64_t place_of(std::uint32_t sequence) const;
    void keep(std::uint64_t place, std::span<const std::uint8_t> payload);
    void take_early(std::vector<std::uint8_t>& out);

    bool begun_ = false;
    bool syn_seen_ = false;
    std::uint32_t first_ = 0; // sequence number of place 0
    std::uint64_t next_ = 0;  // place of the next byte
    std::optional<std::uint64_t> end_;
    std::map<std::uint64_t, std::vector<std::uint8_t>> early_; // by place
    std::size_t early_size_ = 0;
};

} // namespace netplay_relay::peer
