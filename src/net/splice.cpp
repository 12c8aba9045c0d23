#include "net/splice.hpp"

namespace netplay_relay::net {

namespace {

void want(Connection& connection, std::uint8_t interest) { connection.wanted |= interest; }

void want_no_more(Connection& connection, std::uint8_t interest)
{
    connection.wanted = static_cast<std::uint8_t>(connection.wanted & ~interest);
}

} // namespace

SpliceResult pump(Connection& source, Connection& target, Scratch scratch, lobby::Instant now)
{
    const IoResult read = read_now(source.socket.value(), scratch);
    switch (read.state) {
    case IoState::blocked: return {};
    case IoState::failed: return {SpliceState::source_failed, read.error};
    case IoState::finished:
        source.finished_reading = true;
        want_no_more(source, interest_read);
        if (target.outbox.empty())
            finish_writing(target.socket.value());
        else
            target.finish_after_flush = true;
        return {SpliceState::source_finished, 0};
    case IoState::moved: break;
    }
    source.received += read.bytes;
    source.last_byte = now;
    return forward(source, target, scratch.first(read.bytes));
}

SpliceResult forward(Connection& source, Connection& target, std::span<const std::uint8_t> bytes)
{
    if (target.outbox.empty()) {
        const IoResult written = write_now(target.socket.value(), bytes);
        if (written.state == IoState::failed) return {SpliceState::target_failed, written.error};
        if (written.bytes == bytes.size()) return {};
        bytes = bytes.subspan(written.bytes);
    }
    target.outbox.keep(bytes);
    want(target, interest_write);
    want_no_more(source, interest_read);
    return {};
}

SpliceResult drain(Connection& source, Connection& target)
{
    const IoResult flushed = target.outbox.flush(target.socket.value());
    if (flushed.state == IoState::failed) return {SpliceState::target_failed, flushed.error};
    if (flushed.state == IoState::blocked) return {};
    want_no_more(target, interest_write);
    if (target.finish_after_flush) {
        target.finish_after_flush = false;
        finish_writing(target.socket.value());
    } else if (!source.finished_reading) {
        want(source, interest_read);
    }
    return {};
}

bool is_over(const Connection& one, const Connection& other)
{
    return one.finished_reading && other.finished_reading && one.outbox.empty() &&
           other.outbox.empty();
}

} // namespace netplay_relay::net
