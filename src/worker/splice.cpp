#include "worker/splice.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::worker {

namespace {

// A source that always has more gets this many reads before others have their turn.
constexpr int reads_per_turn = 4;

// The first bytes of a host's end, gathered until they can be told from others.
void note_answer(Connection& host_side, std::span<const std::uint8_t> bytes)
{
    const std::span<const std::uint8_t> known = host_side.first->partial.view();
    const std::size_t more = std::min(bytes.size(), wire::netplay_header_size - known.size());
    std::vector<std::uint8_t> first(known.begin(), known.end());
    first.insert(first.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(more));
    host_side.first.change().partial.assign(first);
    host_side.answered =
        first.size() == wire::netplay_header_size && wire::starts_like_netplay_header(first);
}

SpliceResult finish(Io& io, Connection& source, Connection& target)
{
    source.finished_reading = true;
    io.finish_writing(target.handle);
    return {SpliceState::source_finished, 0};
}

SpliceResult fail(Connection& target, int error)
{
    target.write_error = error;
    target.outbox = {};
    return {SpliceState::target_failed, error};
}

} // namespace

ScratchMemory::ScratchMemory(std::size_t size) : size_(size)
{
    constexpr std::size_t page = 4096;
    const std::size_t pages = (size + page - 1) / page;
    bytes_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(page, pages * page)));
    ensure(bytes_ != nullptr, "no memory for the scratch buffer");
}

[[gnu::hot]] SpliceResult pump(Io& io, Connection& source, Connection& target, Scratch scratch,
                               bool until_empty, lobby::Instant now)
{
    if (source.finished_reading) return {};
    for (int reads = 0; reads < reads_per_turn; ++reads) {
        if (!target.outbox.empty()) return {}; // drain() will tell when to go on
        const IoResult read = io.read(source.handle, scratch);
        if (read.state == IoState::blocked) return {};
        if (read.state == IoState::failed) return {SpliceState::source_failed, read.error};
        if (read.state == IoState::finished) return finish(io, source, target);
        source.received += read.bytes;
        source.last_byte = now;
        const SpliceResult forwarded = forward(io, target, scratch.first(read.bytes));
        inspect_passing(source, target, scratch.first(read.bytes)); // when they are on their way
        if (forwarded.state != SpliceState::going) return forwarded;
        if (read.bytes < scratch.size() && !until_empty) return {};
    }
    return {SpliceState::more, 0};
}

[[gnu::hot]] SpliceResult forward(Io& io, Connection& target, std::span<const std::uint8_t> bytes)
{
    if (target.write_error != 0) return {};
    if (target.outbox.empty()) {
        const IoResult written = io.write(target.handle, bytes);
        if (written.state == IoState::failed) return fail(target, written.error);
        if (written.bytes == bytes.size()) return {};
        bytes = bytes.subspan(written.bytes);
    }
    target.outbox.keep(bytes);
    return {};
}

[[gnu::hot]] void inspect_passing(Connection& source, Connection& target,
                                  std::span<const std::uint8_t> bytes)
{
    if (!source.told_spoke && !source.is_guest()) note_answer(source, bytes);
    std::unique_ptr<inspect::LinkInspector>& inspector =
        source.is_guest() ? source.inspector : target.inspector;
    if (inspector == nullptr) return;
    inspector->take(source.is_guest() ? inspect::End::guest : inspect::End::host, bytes);
    if (inspector->gave_up()) inspector.reset();
}

SpliceResult drain(Io& io, Connection& target)
{
    const IoResult flushed = target.outbox.flush(io, target.handle);
    if (flushed.state == IoState::failed) return fail(target, flushed.error);
    return {flushed.state == IoState::moved ? SpliceState::more : SpliceState::going, 0};
}

bool is_over(const Connection& one, const Connection& other)
{
    return one.finished_reading && other.finished_reading && one.outbox.empty() &&
           other.outbox.empty();
}

} // namespace netplay_relay::worker
