// Moves the bytes of a link: what one end says goes to the other, in order, whole, and no faster
// than the other takes it.
#pragma once

#include "worker/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

namespace netplay_relay::worker {

// One buffer for all links: between two reads it holds nothing. Its size bounds what a slow target
// can make us keep.
using Scratch = std::span<std::uint8_t>;

// The memory behind it, aligned to pages.
class ScratchMemory
{
public:
    // `size` in bytes, above 0.
    explicit ScratchMemory(std::size_t size);

    [[nodiscard]] Scratch all() const { return {bytes_.get(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct Free
    {
        void operator()(std::uint8_t* bytes) const { std::free(bytes); }
    };
    std::unique_ptr<std::uint8_t[], Free> bytes_;
    std::size_t size_;
};

enum class SpliceState : std::uint8_t
{
    going,           // nothing to tell
    more,            // the source's turn is over, but it has more: pump it again
    source_finished, // the end of the source's stream: now known to the target, or after its outbox
    source_failed,
    target_failed,
};

struct SpliceResult
{
    SpliceState state = SpliceState::going;
    int error = 0; // errno, if one failed
};

// The source has bytes: reads and writes at once, nearly always once. `until_empty` reads on after
// a short read: for when the end of the stream is near, or an earlier report of readiness was not
// used up.
[[nodiscard]] SpliceResult pump(Io& io, Connection& source, Connection& target, Scratch scratch,
                                bool until_empty, lobby::Instant now);

// Sends bytes to the target, or keeps what it does not take. Until that is gone, its source is not
// read. A target that has failed once takes everything and keeps nothing.
[[nodiscard]] SpliceResult forward(Io& io, Connection& target, std::span<const std::uint8_t> bytes);

// Shows bytes that pass from the source to the target to the link's inspector, if it has one.
void inspect_passing(Connection& source, Connection& target, std::span<const std::uint8_t> bytes);

// The target takes bytes again: writes what was kept. `more` once nothing is left: its source may
// have been waiting.
[[nodiscard]] SpliceResult drain(Io& io, Connection& target);

// True when both streams have ended and nothing is kept for either end.
[[nodiscard]] bool is_over(const Connection& one, const Connection& other);

} // namespace netplay_relay::worker
