#include "net/hop_pump.hpp"

#include "net/tls_stream.hpp"

#include <cerrno>

namespace netplay_relay::net {

namespace {

constexpr int reads_per_turn = 8;

bool has_unsent(int socket)
{
    const TlsStream* stream = TlsSockets::find(socket);
    return stream != nullptr && stream->has_unsent();
}

} // namespace

HopPump::HopPump(Poller& poller, std::span<std::uint8_t> scratch, std::vector<HopPump*>& due,
                 UniqueFd player, UniqueFd link)
    : poller_(poller), scratch_(scratch), due_(due), player_(*this, player.release()),
      link_(*this, link.release())
{
}

HopPump::~HopPump()
{
    is_due_ = true;
    close(false);
}

bool HopPump::begin()
{
    if (poller_.watch(player_.socket, player_) != 0 || poller_.watch(link_.socket, link_) != 0)
        return false;
    limit_unacknowledged(player_.socket, Keepalive{}.unacknowledged_ms);
    // No edge tells of what TLS has read already.
    pump(player_);
    pump(link_);
    return true;
}

void HopPump::ready(End& end, const worker::Readiness& readiness)
{
    if (is_over_) return;
    if (readiness.writable) flush(end);
    if (readiness.readable || readiness.hung_up) pump(end);
    if (readiness.broken && !is_over_) broke(end, error_of(end.socket));
}

void HopPump::go_on()
{
    is_due_ = false;
    for (End* end : {&player_, &link_})
        if (std::exchange(end->again, false)) pump(*end);
}

void HopPump::become_due()
{
    if (!std::exchange(is_due_, true)) due_.push_back(this);
}

// Until it has said all, or the other one does not take it.
void HopPump::pump(End& from)
{
    End& to = other(from);
    for (int reads = 0; !is_over_ && !from.finished && to.pending.empty(); ++reads) {
        if (reads == reads_per_turn) {
            from.again = true;
            return become_due();
        }
        const IoResult read = read_some(from.socket, scratch_);
        if (read.state == IoState::blocked) return;
        if (read.state == IoState::failed) return broke(from, read.error);
        if (read.state == IoState::finished) {
            from.finished = true;
            end_stream(to.socket);
            return look_whether_over();
        }
        const auto bytes = scratch_.first(read.bytes);
        const IoResult written = write_some(to.socket, bytes);
        if (written.state == IoState::failed) return broke(to, written.error);
        const auto rest = bytes.subspan(written.bytes);
        to.pending.assign(rest.begin(), rest.end());
        if (!rest.empty()) wait_for(to, true);
        if (read.bytes < scratch_.size()) return; // an edge will tell of more
    }
}

void HopPump::flush(End& end)
{
    flush_stream(end.socket);
    if (end.pending.empty()) return look_whether_over();
    const IoResult written = write_some(end.socket, end.pending);
    if (written.state == IoState::failed) return broke(end, written.error);
    end.pending.erase(end.pending.begin(),
                      end.pending.begin() + static_cast<std::ptrdiff_t>(written.bytes));
    if (!end.pending.empty()) return;
    end.pending.shrink_to_fit();
    wait_for(end, false);
    pump(other(end));
}

// The kernel would give up one that is there and takes nothing.
void HopPump::wait_for(End& slow, bool waits)
{
    limit_unacknowledged(slow.socket, waits ? 0 : Keepalive{}.unacknowledged_ms);
}

void HopPump::look()
{
    for (End* end : {&player_, &link_})
        if (!is_over_ && !end->pending.empty() && is_silenced(end->socket)) broke(*end, ETIMEDOUT);
}

// Whoever has been told the end before is not reset for it.
void HopPump::broke(End& end, int error) { close(!end.finished && error != 0); }

void HopPump::look_whether_over()
{
    const bool is_done = player_.finished && link_.finished && player_.pending.empty() &&
                         link_.pending.empty() && !has_unsent(link_.socket);
    if (is_done) close(false);
}

void HopPump::close(bool reset)
{
    if (std::exchange(is_over_, true)) return;
    for (End* end : {&player_, &link_}) {
        poller_.forget(end->socket);
        close_stream(end->socket, reset);
    }
    become_due();
}

} // namespace netplay_relay::net
