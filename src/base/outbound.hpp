// Bytes on their way to one connection, as the pure machines hand them out.
#pragma once

#include "base/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace netplay_relay {

// Bytes as they travel to several: one copy, shared by all who get it.
using SharedBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

// Bytes for one connection, in order: `bytes` and then `shared`, which may be null.
struct OutboundMessage
{
    ConnectionId to;
    std::vector<std::uint8_t> bytes;
    SharedBytes shared;
};

// Buffers whose bytes were sent, for those of the next messages: in a game, none is allocated anew.
class SpareBuffers
{
public:
    // An empty one.
    [[nodiscard]] std::vector<std::uint8_t> take()
    {
        std::vector<std::uint8_t> buffer;
        if (buffers_.empty()) {
            buffer.reserve(buffer_size);
            return buffer;
        }
        buffer = std::move(buffers_.back());
        buffers_.pop_back();
        return buffer;
    }

    // One too many, or too large, is freed.
    void give(std::vector<std::uint8_t> used)
    {
        const bool is_of_use = used.capacity() >= buffer_size && used.capacity() <= spare_size_max;
        if (!is_of_use || buffers_.size() >= spare_max) return;
        used.clear();
        buffers_.push_back(std::move(used));
    }

private:
    // Of a call: INPUTs of eight players, and the NOINPUT.
    static constexpr std::size_t buffer_size = 256;
    static constexpr std::size_t spare_size_max = 4096;
    static constexpr std::size_t spare_max = 64;

    std::vector<std::vector<std::uint8_t>> buffers_;
};

} // namespace netplay_relay
