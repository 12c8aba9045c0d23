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

HopPump::HopPump(Place place, fleet::Node node, const wire::Endpoint& peer, UniqueFd player,
                 UniqueFd link)
    : place_(place), node_(node), peer_(peer), key_(TlsSockets::find(link.value())->place().key),
      player_(*this, player.release()), link_(*this, link.release())
{
}

HopPump::HopPump(Place place, const HandedHop& handed, UniqueFd player)
    : place_(place), node_(handed.node), peer_(handed.peer), key_(handed.link.place.key),
      player_(*this, player.release()), link_(*this, -1),
      before_(std::make_unique<TlsStream>(-1, handed.link))
{
    player_.pending = handed.to_player;
    link_.pending = handed.to_link;
}

HopPump::~HopPump()
{
    is_due_ = true;
    close(false);
}

bool HopPump::begin()
{
    if (place_.poller.watch(player_.socket, player_) != 0) return false;
    if (before_ == nullptr && place_.poller.watch(link_.socket, link_) != 0) return false;
    wait_for(player_, !player_.pending.empty());
    // No edge tells of what TLS has read already.
    pump(player_);
    pump(link_);
    return true;
}

void HopPump::ready(End& end, const worker::Readiness& of_socket)
{
    if (is_over_) return;
    const worker::Readiness readiness = readiness_behind(end.socket, of_socket);
    end.hung_up |= of_socket.hung_up;
    if (readiness.writable) flush(end);
    if (readiness.readable || readiness.hung_up) pump(end);
    if (readiness.broken && !is_over_) broke(end, error_of(end.socket));
    if (is_paused()) become_due(); // for another link
}

void HopPump::go_on()
{
    is_due_ = false;
    for (End* end : {&player_, &link_})
        if (std::exchange(end->again, false)) pump(*end);
}

void HopPump::become_due()
{
    if (!std::exchange(is_due_, true)) place_.due.push_back(this);
}

const TlsStream* HopPump::stream() const
{
    return before_ != nullptr ? before_.get() : TlsSockets::find(link_.socket);
}

void HopPump::pause()
{
    if (is_over_ || is_paused()) return;
    if (is_half_over()) return close(false); // nothing could go on
    TlsSockets::find(link_.socket)->pause();
    pump(link_);
    drain();
}

void HopPump::drain()
{
    if (TlsStream* stream = is_over_ ? nullptr : TlsSockets::find(link_.socket)) stream->drain();
}

bool HopPump::is_paused() const { return !is_over_ && stream()->is_paused(); }

// One of whom half is over has nothing to go on with.
bool HopPump::is_quiet() const { return is_paused() && !is_half_over() && stream()->is_quiet(); }

std::chrono::steady_clock::duration HopPump::pause_time() const
{
    return is_over_ ? std::chrono::steady_clock::duration{} : stream()->pause_time();
}

fleet::LinkPlace HopPump::place() const { return stream()->place(); }

HandedHop HopPump::handed() const
{
    return {node_, peer_, stream()->paused(), player_.pending, link_.pending};
}

void HopPump::go_on_with(UniqueFd link)
{
    const TlsStream::Paused before = stream()->paused();
    if (before_ == nullptr) {
        place_.poller.forget(link_.socket);
        close_stream(link_.socket, false);
    }
    before_.reset();
    link_.socket = link.release();
    link_.hung_up = false;
    TlsSockets::find(link_.socket)->go_on_from(before);
    if (place_.poller.watch(link_.socket, link_) != 0) return close(false);
    wait_for(link_, !link_.pending.empty());
    flush(link_);
    pump(link_);
    pump(player_);
}

// Until it has said all, or the other one does not take it.
void HopPump::pump(End& from)
{
    if (is_over_ || (&from == &player_ && is_paused()) || (&from == &link_ && before_ != nullptr))
        return;
    End& to = other(from);
    for (int reads = 0; !is_over_ && !from.finished && to.pending.empty(); ++reads) {
        if (reads == reads_per_turn) {
            from.again = true;
            return become_due();
        }
        const IoResult read = read_some(from.socket, place_.scratch);
        if (read.state == IoState::blocked) return;
        if (read.state == IoState::failed) return broke(from, read.error);
        if (read.state == IoState::finished) {
            from.finished = true;
            end_stream(to.socket);
            return look_whether_over();
        }
        const auto bytes = place_.scratch.first(read.bytes);
        const IoResult written = write_some(to.socket, bytes);
        if (written.state == IoState::failed) return broke(to, written.error);
        const auto rest = bytes.subspan(written.bytes);
        to.pending.assign(rest.begin(), rest.end());
        if (!rest.empty()) wait_for(to, true);
        // An edge will tell of more, but for the end.
        if (read.bytes < place_.scratch.size() && !from.hung_up) return;
    }
}

void HopPump::flush(End& end)
{
    flush_stream(end.socket);
    if (&end == &link_ && is_paused()) return;
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
        if (!is_over_ && !is_paused() && !end->pending.empty() && is_silenced(end->socket))
            broke(*end, ETIMEDOUT);
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
        if (end->socket < 0) continue;
        place_.poller.forget(end->socket);
        close_stream(end->socket, reset);
    }
    become_due();
}

} // namespace netplay_relay::net
