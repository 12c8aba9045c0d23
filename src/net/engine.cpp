#include "net/engine.hpp"

#include "net/debug_log.hpp"
#include "net/greeting.hpp"
#include "net/listener.hpp"
#include "net/memory_reserve.hpp"
#include "netplay_relay/ensure.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <utility>

namespace netplay_relay::net {

namespace {

// Greetings and control messages are short; nobody needs a long read for them.
constexpr std::size_t small_read = 2048;
// A host says 16 bytes for each guest that comes; who says more has to wait for its next turn.
constexpr std::size_t control_read = 256;
constexpr int lingering_reads_per_turn = 4;
// So many that have used up their turn are served before those that play have theirs again.
constexpr std::size_t unfinished_per_turn = 8;

// Why the kernel reports that a socket is broken.
int error_of(int socket)
{
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

lobby::Departure departure_for(int error)
{
    return means_lost(error) ? lobby::Departure::lost : lobby::Departure::left;
}

} // namespace

Engine::Engine(boost::asio::io_context& io, lobby::Policy policy, PublicName public_name,
               lobby::RandomSource& random)
    : io_(io), lobby_(std::move(policy), random), public_name_(std::move(public_name)),
      scratch_(lobby_.policy().limits.buffered_bytes_per_connection), timer_(io), beat_timer_(io),
      grace_timer_(io), poller_(io, *this)
{
}

Engine::~Engine() = default;

lobby::Instant Engine::now() const
{
    return lobby::Instant(std::chrono::steady_clock::now().time_since_epoch());
}

void Engine::take(UniqueFd socket, const wire::Endpoint& peer, const lobby::Door& door)
{
    const lobby::ConnectionId id{++last_connection_id_};
    auto owned = std::make_unique<Connection>(id, std::move(socket), peer);
    Connection& connection = *owned;
    connections_.emplace(id, std::move(owned));
    if (!std::exchange(beats_, true)) {
        beaten_at_ = now();
        beat();
    }
    tell(lobby::Arrived{id, peer, door});
    if (find(id) == nullptr || poller_.watch(connection)) return;
    warn_of_watching(connection, errno);
    tell(lobby::Left{id, lobby::Departure::lost});
    destroy(connection);
}

void Engine::warn_of_watching(const Connection& connection, int error)
{
    if (!watch_quiet_.may_warn(now())) return;
    spdlog::warn("cannot_watch peer={} error=\"{}; raise fs.epoll.max_user_watches if there is no "
                 "space\"",
                 wire::to_text(connection.peer), std::strerror(error));
}

void Engine::adopt(lobby::Policy policy, PublicName public_name)
{
    scratch_ = ScratchMemory(policy.limits.buffered_bytes_per_connection);
    public_name_ = std::move(public_name);
    tell(lobby::Reload{std::make_shared<const lobby::Policy>(std::move(policy))});
}

void Engine::batch_begins()
{
    batch_now_ = now();
    in_batch_ = true;
}

void Engine::ready(Connection& connection, Readiness readiness)
{
    connection.hung_up |= readiness.hung_up;
    switch (connection.phase) {
    case Phase::linked: return ready_linked(connection, readiness);
    case Phase::member: return ready_member(connection, readiness);
    case Phase::greeting: return ready_greeting(connection, readiness);
    case Phase::control: return ready_control(connection, readiness);
    case Phase::waiting: return ready_waiting(connection);
    case Phase::lingering: return ready_lingering(connection, readiness);
    case Phase::closed: return; // earlier in this batch
    }
}

void Engine::batch_ends()
{
    in_batch_ = false;
    graveyard_.clear();
    if (is_memory_reserve_used()) [[unlikely]]
        watch_memory();
}

// A connection that used up its turn has more to read, which the poller will not report again.
void Engine::go_on_later(Connection& connection)
{
    if (connection.queued) return;
    connection.queued = true;
    if (unfinished_.empty()) boost::asio::post(io_, [this] { run_unfinished(); });
    unfinished_.push_back(connection.id);
}

void Engine::run_unfinished()
{
    batch_begins();
    const std::size_t turns = std::min(unfinished_.size(), unfinished_per_turn);
    for (std::size_t turn = 0; turn < turns; ++turn) {
        Connection* connection = find(unfinished_.front());
        // Still listed while it runs, so that nobody posts a second run.
        if (connection != nullptr) {
            connection->queued = false;
            ready(*connection, {.readable = true, .again = true});
        }
        unfinished_.pop_front();
    }
    if (!unfinished_.empty()) boost::asio::post(io_, [this] { run_unfinished(); });
    batch_ends();
}

// Reads once into scratch_. Nothing if there is nothing to read, or if it was the end: then the
// lobby knows, and the connection is gone.
std::optional<std::span<const std::uint8_t>> Engine::read_some(Connection& connection,
                                                               std::size_t most)
{
    const auto into = scratch_.all().first(std::min(most, scratch_.size()));
    const IoResult read = read_now(connection.socket.value(), into);
    if (read.state == IoState::blocked) return std::nullopt;
    if (read.state != IoState::moved) {
        tell(lobby::Left{connection.id, departure_for(read.error)});
        destroy(connection);
        return std::nullopt;
    }
    return into.first(read.bytes);
}

void Engine::ready_greeting(Connection& connection, Readiness readiness)
{
    while (connection.phase == Phase::greeting) {
        const auto bytes = read_some(connection, small_read);
        if (!bytes) return;
        const bool is_full = bytes->size() == small_read;
        const auto event = read_greeting(connection, *bytes);
        if (!event) continue;
        if (const auto* greeted = std::get_if<lobby::Greeted>(&*event)) {
            const bool is_host = std::holds_alternative<wire::NewSession>(greeted->greeting);
            // Whoever names no session may become a guest as well.
            connection.is_guest = std::holds_alternative<wire::JoinSession>(greeted->greeting) ||
                                  std::holds_alternative<wire::ManualJoin>(greeted->greeting);
            connection.phase = is_host ? Phase::control : Phase::waiting;
            connection.told_spoke = connection.is_guest && greeted->more;
        }
        tell(*event);
        // What is left behind a full read makes no edge of its own, nor does an end already
        // reported.
        if (is_full || readiness.hung_up) go_on_later(connection);
        return;
    }
}

void Engine::ready_control(Connection& connection, Readiness readiness)
{
    // What it said before it broke can be read for long, and nobody takes the answers.
    if (readiness.broken) {
        tell(lobby::Left{connection.id, departure_for(error_of(connection.socket.value()))});
        return destroy(connection);
    }
    if (readiness.writable && !connection.outbox.empty())
        (void)connection.outbox.flush(connection.socket.value());
    const auto bytes = read_some(connection, control_read);
    if (!bytes) return;
    const bool is_short = bytes->size() < control_read;
    control_events_.clear();
    read_control(connection, *bytes, control_events_);
    for (const lobby::Event& event : control_events_)
        tell(event);
    if (connection.phase != Phase::control) return;
    if (!is_short || readiness.hung_up || readiness.again) go_on_later(connection);
}

// A guest that waits for its host is read so that its leaving is noticed; what it says is kept.
void Engine::ready_waiting(Connection& connection)
{
    while (connection.early.size() < scratch_.size()) {
        const auto bytes = read_some(connection, scratch_.size() - connection.early.size());
        if (!bytes) return;
        connection.early.insert(connection.early.end(), bytes->begin(), bytes->end());
        if (connection.told_spoke || !connection.is_guest) continue;
        connection.told_spoke = true;
        tell(lobby::Spoke{connection.id});
        if (connection.phase != Phase::waiting) return;
    }
    connection.unread = true;
    if (!connection.hung_up) return watch_slow(connection);
    tell(lobby::Left{connection.id, lobby::Departure::left});
    destroy(connection);
}

void Engine::ready_linked(Connection& connection, Readiness readiness)
{
    Connection& partner = *connection.partner;
    if (readiness.broken && connection.finished_reading)
        return (void)splice_goes_on({SpliceState::source_failed, ECONNRESET}, connection, partner);
    if (readiness.writable && !connection.outbox.empty()) {
        const SpliceResult drained = drain(connection);
        connection.last_byte = batch_now_;
        if (!splice_goes_on(drained, partner, connection)) return;
        if (drained.state == SpliceState::more && !pump_link(partner, true)) return;
    }
    if (readiness.readable && !pump_link(connection, readiness.hung_up || readiness.again)) return;
    // An end that cannot be read yet, because the other end takes nothing, must not wait for ever.
    if (connection.hung_up && !connection.told_half_closed && !partner.outbox.empty()) {
        connection.told_half_closed = true;
        tell(lobby::HalfClosed{connection.id});
    }
}

// Moves what the source has to its partner. False if the link is over.
bool Engine::pump_link(Connection& source, bool until_empty)
{
    const SpliceResult pumped =
        pump(source, *source.partner, scratch_.all(), until_empty, batch_now_);
    const bool kept = !source.partner->outbox.empty();
    if (pumped.state == SpliceState::going && source.told_spoke && !kept) [[likely]]
        return true;
    if (pumped.state == SpliceState::more) go_on_later(source);
    if (!splice_goes_on(pumped, source, *source.partner)) return false;
    if (!source.told_spoke) tell_first_word(source);
    return source.phase == Phase::linked;
}

// The first byte of a guest, and of a host's end its netplay header.
void Engine::tell_first_word(Connection& source)
{
    const std::size_t needed = source.is_guest ? 1 : wire::netplay_header_size;
    if (source.received < needed) return;
    source.told_spoke = true;
    if (source.is_guest)
        tell(lobby::Spoke{source.id});
    else if (source.answered)
        tell(lobby::Answered{source.partner->id});
}

// False if the link is over, and both connections with it.
bool Engine::splice_goes_on(const SpliceResult& result, Connection& source, Connection& target)
{
    switch (result.state) {
    case SpliceState::source_failed: return link_broke(source, result.error);
    // Nobody takes what the source says any more. What the target said before it went must still
    // arrive, and behind it is its end.
    case SpliceState::target_failed:
        if (target.finished_reading) return link_broke(target, result.error);
        return pump_link(target, true);
    case SpliceState::source_finished:
        if (source.write_error != 0) return link_broke(source, source.write_error);
        if (!target.finished_reading) tell(lobby::HalfClosed{source.id});
        break;
    case SpliceState::going:
    case SpliceState::more: break;
    }
    if (!target.outbox.empty()) watch_slow(target);
    if (!is_over(source, target)) return true;
    // Its partner finished first: this one only followed.
    tell(lobby::Left{target.id, lobby::Departure::left});
    end_link(source, false, target, false);
    return false;
}

// One end is gone and all it said was read. Always false: the link is over.
bool Engine::link_broke(Connection& broken, int error)
{
    tell(lobby::Left{broken.id, departure_for(error)});
    end_link(broken, false, *broken.partner, true);
    return false;
}

void Engine::ready_lingering(Connection& connection, Readiness readiness)
{
    if (readiness.writable && !connection.outbox.empty()) {
        const IoResult flushed = connection.outbox.flush(connection.socket.value());
        if (flushed.state == IoState::failed) return destroy(connection);
        if (flushed.state == IoState::moved) finish_writing(connection.socket.value());
    }
    for (int turns = 0; turns < lingering_reads_per_turn; ++turns) {
        const IoResult read = read_now(connection.socket.value(), scratch_.all());
        if (read.state == IoState::blocked) return;
        if (read.state == IoState::finished && !connection.outbox.empty()) return;
        if (read.state != IoState::moved) return destroy(connection);
    }
    go_on_later(connection);
}

void Engine::tell(lobby::Event event)
{
    events_.push_back(std::move(event));
    if (telling_) return;
    notice_standstill();
    telling_ = true;
    const bool is_debugged = spdlog::should_log(spdlog::level::debug);
    while (!events_.empty()) {
        const lobby::Event next = std::move(events_.front());
        events_.pop_front();
        actions_.clear();
        if (is_debugged) log_event(next);
        lobby_.handle(next, now(), actions_);
        for (const lobby::News& news : actions_.news)
            std::visit([this](const auto& known) { report(known); }, news);
        // Carrying one out may tell the lobby something, but that waits for its turn here.
        for (lobby::Action& order : actions_.orders) {
            if (is_debugged) log_order(order);
            std::visit([this](auto& known) { carry_out(known); }, order);
        }
    }
    telling_ = false;
    if (when_drained_ && lobby_.is_drained())
        boost::asio::post(io_, std::exchange(when_drained_, {}));
    arm_timer();
}

} // namespace netplay_relay::net
