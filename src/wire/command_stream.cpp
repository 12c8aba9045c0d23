#include "base/ensure.hpp"
#include "wire/netplay_decode.hpp"

#include <algorithm>

namespace netplay_relay::wire {

namespace {

// What an empty stream may keep allocated: a savestate is rare, and there are many streams.
constexpr std::size_t idle_capacity_max = 64 * 1024;

} // namespace

void CommandStream::append(std::span<const std::uint8_t> bytes)
{
    const std::size_t skipped = std::min(skip_, bytes.size());
    skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    if (bytes.empty()) return;
    // Moving at most as many bytes as were taken keeps it linear however they are cut.
    if (begin_ > bytes_.size() / 2) {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

DecodedCommand CommandStream::next(const Dialect& dialect) const
{
    return decode_command(unread(), dialect);
}

void CommandStream::take(std::size_t used, std::size_t skip)
{
    ensure(used <= unread().size(), "more bytes are taken than there are");
    begin_ += used;
    const std::size_t skipped = std::min(skip, unread().size());
    begin_ += skipped;
    skip_ += skip - skipped;
    if (begin_ < bytes_.size()) return;
    begin_ = 0;
    if (bytes_.capacity() > idle_capacity_max)
        bytes_ = {};
    else
        bytes_.clear();
}

std::span<const std::uint8_t> CommandStream::unread() const
{
    return std::span(bytes_).subspan(begin_);
}

} // namespace netplay_relay::wire
