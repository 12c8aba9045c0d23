#include "peer/decode/tcp_streams.hpp"

#include <algorithm>

namespace netplay_relay::peer {

void TcpStream::begin(std::uint32_t sequence)
{
    if (begun_) return;
    begun_ = syn_seen_ = true;
    first_ = sequence + 1;
}

bool TcpStream::began_with(std::uint32_t sequence) const
{
    return syn_seen_ && first_ == sequence + 1;
}

// Sequence numbers wrap; the nearest place to the next byte is meant. Negative: before the first.
std::int64_t TcpStream::place_of(std::uint32_t sequence) const
{
    const std::uint32_t next_sequence = first_ + static_cast<std::uint32_t>(next_);
    const auto distance = static_cast<std::int32_t>(sequence - next_sequence);
    return static_cast<std::int64_t>(next_) + distance;
}

void TcpStream::push(std::uint32_t sequence, std::span<const std::uint8_t> payload,
                     std::vector<std::uint8_t>& out)
{
    if (payload.empty()) return;
    if (!begun_) {
        begun_ = true;
        first_ = sequence;
    }
    std::int64_t place = place_of(sequence);
    const auto next = static_cast<std::int64_t>(next_);
    if (place < next) { // said again
        const auto known = static_cast<std::uint64_t>(next - place);
        if (known >= payload.size()) return;
        payload = payload.subspan(known);
        place = next;
    }
    if (place > next) return keep(static_cast<std::uint64_t>(place), payload);
    out.insert(out.end(), payload.begin(), payload.end());
    next_ += payload.size();
    take_early(out);
}

void TcpStream::keep(std::uint64_t place, std::span<const std::uint8_t> payload)
{
    if (is_lost()) return;
    std::vector<std::uint8_t>& piece = early_[place];
    if (piece.size() >= payload.size()) return;
    early_size_ += payload.size() - piece.size();
    piece.assign(payload.begin(), payload.end());
}

void TcpStream::take_early(std::vector<std::uint8_t>& out)
{
    while (!early_.empty() && early_.begin()->first <= next_) {
        const auto& [place, piece] = *early_.begin();
        const std::uint64_t known = next_ - place;
        if (known < piece.size()) {
            out.insert(out.end(), piece.begin() + static_cast<std::ptrdiff_t>(known), piece.end());
            next_ = place + piece.size();
        }
        early_size_ -= piece.size();
        early_.erase(early_.begin());
    }
}

void TcpStream::end(std::uint32_t sequence)
{
    const std::int64_t place = place_of(sequence);
    if (begun_ && !end_ && place >= 0) end_ = static_cast<std::uint64_t>(place);
}

bool TcpStream::is_lost() const
{
    return early_size_ > early_bytes_max || early_.size() > early_pieces_max;
}

std::uint64_t TcpStream::gap() const { return early_.empty() ? 0 : early_.begin()->first - next_; }

} // namespace netplay_relay::peer
