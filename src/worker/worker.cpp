#include "worker/worker.hpp"

#include "base/ensure.hpp"
#include "worker/greeting.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace netplay_relay::worker {

namespace {

// A host says 16 bytes for each guest that comes; who says more has to wait for its next turn.
constexpr std::size_t control_read = 256;
constexpr int lingering_reads_per_turn = 4;
// So many that have used up their turn are served before those that play have theirs again.
constexpr std::size_t unfinished_per_turn = 8;
// What somebody has said at once may be thousands of messages for each of many peers: when it comes
// to more than this, what is for one of them is written together, and not message by message.
constexpr std::size_t commands_of_many = 64;

wire::CloseReason departure_for(int error)
{
    return means_lost(error) ? wire::CloseReason::lost : wire::CloseReason::left;
}

} // namespace

Worker::Worker(Io& io, Observer& observer, lobby::Policy policy, lobby::RandomSource& random,
               AmongWorkers among)
    : io_(io), observer_(observer), among_(among), lobby_(std::move(policy), random, among),
      scratch_(lobby_.policy().limits.buffered_bytes_per_connection)
{
}

Worker::~Worker()
{
    for (const Connection& connection : connections_)
        io_.close(connection.handle, false);
}

void Worker::take(lobby::ConnectionId id, Handle handle, const wire::Endpoint& peer,
                  const lobby::ListenerProfile& profile)
{
    const bool is_new = connections_.emplace(id, handle, peer).second;
    ensure(is_new, "an id was given twice");
    if (next_beat_ == lobby::Instant::max()) beat();
    tell(lobby::Arrived{id, peer, profile});
    watch(id);
}

// From now on it is read, unless it is gone already.
void Worker::watch(lobby::ConnectionId id)
{
    Connection* connection = find(id);
    if (connection == nullptr) return;
    const int error = io_.watch(connection->handle, *connection);
    connection->watched = error == 0;
    if (connection->watched) return;
    observer_.cannot_watch(connection->peer, error);
    if (connection->is_linked()) return (void)link_broke(*connection, error);
    lose(id, wire::CloseReason::lost);
}

void Worker::adopt(lobby::Policy policy)
{
    scratch_ = ScratchMemory(policy.limits.buffered_bytes_per_connection);
    tell(lobby::Reload{std::make_shared<const lobby::Policy>(std::move(policy))});
}

[[gnu::hot]] void Worker::begin_batch()
{
    batch_now_ = io_.now();
    in_batch_ = true;
}

[[gnu::hot]] void Worker::ready(Connection& connection, Readiness readiness)
{
    connection.hung_up |= readiness.hung_up;
    if (connection.is_leaving) [[unlikely]]
        return;
    switch (connection.stage()) {
    case Stage::guest:
    case Stage::host_side: return ready_linked(connection, readiness);
    case Stage::member:
    case Stage::party_peer: return ready_heard(connection, readiness);
    case Stage::asking:
    case Stage::host: return ready_control(connection, readiness);
    case Stage::greeting:
    case Stage::introducing:
    case Stage::waiting:
    case Stage::asking_port: return ready_early(connection, readiness);
    case Stage::lingering: return ready_lingering(connection, readiness);
    case Stage::closed: return; // earlier in this batch
    }
}

// Whoever has just come can be written to, which is no reason to read.
void Worker::ready_early(Connection& connection, Readiness readiness)
{
    if (!readiness.readable) return;
    switch (connection.stage()) {
    case Stage::greeting: return ready_greeting(connection, readiness);
    case Stage::introducing: return ready_introducing(connection, readiness);
    default: return ready_waiting(connection);
    }
}

[[gnu::hot]] void Worker::end_batch()
{
    in_batch_ = false;
    graveyard_.clear();
    if (!leaving_.empty()) [[unlikely]]
        pass_on_leaving();
    if (io_.is_memory_refused()) [[unlikely]]
        watch_memory();
}

// A connection that used up its turn has more to read, which will not be reported again.
void Worker::go_on_later(Connection& connection)
{
    if (connection.queued) return;
    connection.queued = true;
    if (unfinished_.empty()) wake_soon();
    unfinished_.push_back(connection.id);
}

void Worker::go_on()
{
    wakes_soon_ = false;
    if (std::exchange(is_due_, false)) woken();
    if (!unfinished_.empty()) run_unfinished();
}

void Worker::run_unfinished()
{
    begin_batch();
    const std::size_t turns = std::min(unfinished_.size(), unfinished_per_turn);
    for (std::size_t turn = 0; turn < turns; ++turn) {
        Connection* connection = find(unfinished_.front());
        // Still listed while it runs, so that nobody asks for a second run.
        if (connection != nullptr) {
            connection->queued = false;
            ready(*connection, {.readable = true, .again = true});
        }
        unfinished_.pop_front();
    }
    if (!unfinished_.empty()) wake_soon();
    end_batch();
}

// Reads once into scratch_. Nothing if there is nothing to read, or if it was the end: then the
// lobby knows, and the connection is gone.
std::optional<std::span<const std::uint8_t>> Worker::read_some(Connection& connection,
                                                               std::size_t most)
{
    const auto into = scratch_.all().first(std::min(most, scratch_.size()));
    const IoResult read = io_.read(connection.handle, into);
    if (read.state == IoState::blocked) return std::nullopt;
    if (read.state != IoState::moved) {
        lose(connection.id, departure_for(read.error));
        return std::nullopt;
    }
    return into.first(read.bytes);
}

void Worker::ready_control(Connection& connection, Readiness readiness)
{
    // What it said before it broke can be read for long, and nobody takes the answers.
    if (readiness.broken) {
        return lose(connection.id, departure_for(io_.error_of(connection.handle)));
    }
    if (readiness.writable && !connection.outbox.empty())
        (void)connection.outbox.flush(io_, connection.handle);
    if (!readiness.readable) return;
    const auto bytes = read_some(connection, control_read);
    if (!bytes) return;
    const bool is_short = bytes->size() < control_read;
    control_events_.clear();
    read_control(connection, *bytes, control_events_);
    for (const lobby::Event& event : control_events_)
        tell(event);
    if (!lobby::is_control(connection.stage())) return;
    if (!is_short || readiness.hung_up || readiness.again) go_on_later(connection);
}

// A guest that waits for its host is read so that its leaving is noticed; what it says is kept.
void Worker::ready_waiting(Connection& connection)
{
    while (connection.first->early.size() < scratch_.size()) {
        const auto bytes = read_some(connection, scratch_.size() - connection.first->early.size());
        if (!bytes) return;
        std::vector<std::uint8_t>& early = connection.first.change().early;
        early.insert(early.end(), bytes->begin(), bytes->end());
        if (connection.told_spoke || !connection.is_guest()) continue;
        connection.told_spoke = true;
        tell(lobby::Spoke{connection.id});
        if (connection.stage() != Stage::waiting) return;
    }
    connection.unread = true;
    if (!connection.hung_up) return watch_slow(connection);
    lose(connection.id, wire::CloseReason::left);
}

[[gnu::hot]] void Worker::ready_linked(Connection& connection, Readiness readiness)
{
    Connection& partner = *connection.partner;
    if (readiness.broken && connection.finished_reading)
        return (void)splice_goes_on({SpliceState::source_failed, ECONNRESET}, connection, partner);
    if (readiness.writable && !connection.outbox.empty()) {
        const SpliceResult drained = drain(io_, connection);
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
[[gnu::hot]] bool Worker::pump_link(Connection& source, bool until_empty)
{
    const std::uint64_t before = source.received;
    const SpliceResult pumped =
        pump(io_, source, *source.partner, scratch_.all(), until_empty, batch_now_);
    count_moved(source, source.received - before);
    const bool kept = !source.partner->outbox.empty();
    if (pumped.state == SpliceState::going && source.told_spoke && !kept) [[likely]]
        return true;
    if (pumped.state == SpliceState::more) go_on_later(source);
    if (!splice_goes_on(pumped, source, *source.partner)) return false;
    if (!source.told_spoke) tell_first_word(source);
    return source.is_linked();
}

// The first byte of a guest, and of a host's end its netplay header.
void Worker::tell_first_word(Connection& source)
{
    const std::size_t needed = source.is_guest() ? 1 : wire::netplay_header_size;
    if (source.received < needed) return;
    source.told_spoke = true;
    source.first.reset(); // the host's header
    if (source.is_guest())
        tell(lobby::Spoke{source.id});
    else if (source.answered)
        tell(lobby::Answered{source.partner->id});
}

// False if the link is over, and both connections with it.
bool Worker::splice_goes_on(const SpliceResult& result, Connection& source, Connection& target)
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
        if (!source.is_linked()) return false; // by what the lobby wanted then
        break;
    case SpliceState::going:
    case SpliceState::more: break;
    }
    if (!target.outbox.empty()) watch_slow(target);
    if (!is_over(source, target)) return true;
    // Its partner finished first: this one only followed.
    tell(lobby::Left{target.id, wire::CloseReason::left});
    end_link(source, false, target, false);
    return false;
}

// One end is gone and all it said was read. Always false: the link is over.
bool Worker::link_broke(Connection& broken, int error)
{
    tell(lobby::Left{broken.id, departure_for(error)});
    end_link(broken, false, *broken.partner, true);
    return false;
}

void Worker::ready_lingering(Connection& connection, Readiness readiness)
{
    if (readiness.writable && !connection.outbox.empty()) {
        const IoResult flushed = connection.outbox.flush(io_, connection.handle);
        if (flushed.state == IoState::failed) return destroy(connection);
        if (flushed.state == IoState::moved && !connection.peer_hangs_up)
            io_.finish_writing(connection.handle);
    }
    for (int turns = 0; turns < lingering_reads_per_turn; ++turns) {
        const IoResult read = io_.read(connection.handle, scratch_.all());
        if (read.state == IoState::blocked) return;
        if (read.state == IoState::finished && !connection.outbox.empty()) return;
        if (read.state != IoState::moved) return destroy(connection);
    }
    go_on_later(connection);
}

void Worker::tell(lobby::Event event)
{
    if (telling_) return events_.push_back(std::move(event));
    notice_standstill();
    telling_ = true;
    deal_with_queued(); // a standstill
    deal_with(event);
    deal_with_events();
}

lobby::Outcome Worker::order(lobby::Event event)
{
    ensure(!telling_, "an order in the middle of something");
    outcome_ = {};
    tell(std::move(event));
    return outcome_;
}

void Worker::deal_with_events()
{
    telling_ = true;
    deal_with_queued();
    telling_ = false;
    observer_.carried_out();
    if (among_.count > 1) [[unlikely]]
        tell_others();
    if (!leaving_.empty() && !in_batch_) [[unlikely]]
        pass_on_leaving();
    arm_timer();
}

bool Worker::waits_for_share(const wire::Address& address, bool asks)
{
    if (among_.count == 1 || !lobby_.waits_for_share(address, io_.now(), asks)) return false;
    if (asks) tell_others();
    return true;
}

void Worker::tell_others()
{
    const lobby::OpenGames games = lobby_.open_games();
    if (games == told_others_) return;
    told_others_ = games;
    io_.tell_others(games);
}

void Worker::deal_with_queued()
{
    while (!events_.empty()) {
        const lobby::Event next = std::move(events_.front());
        events_.pop_front();
        deal_with(next);
    }
}

void Worker::deal_with(const lobby::Event& event)
{
    output_.clear();
    lobby_.handle(event, now(), output_);
    if (output_.outcome.met > 0) [[unlikely]]
        outcome_ = output_.outcome;
    observer_.handled(event, output_);
    carry_out_output();
}

void Worker::carry_out_output()
{
    for (const lobby::LogEvent& event : output_.events)
        report(event);
    gathers_ = output_.commands.size() > commands_of_many;
    // Carrying one out may tell the lobby something, but that waits until the others are.
    for (lobby::Command& command : output_.commands)
        std::visit([this](auto& known) { carry_out(known); }, command);
    if (std::exchange(gathers_, false)) flush_gathered();
}

void Worker::report(const lobby::LogEvent& event)
{
    EventFacts facts;
    if (const auto* closed = std::get_if<lobby::LinkClosed>(&event)) {
        if (const Connection* guest = find(closed->guest);
            guest != nullptr && guest->partner != nullptr)
            facts.meter = {guest->received, guest->partner->received};
        bytes_moved_ += facts.meter.to_host + facts.meter.to_guest;
    } else if (const auto* away = std::get_if<lobby::TurnedAway>(&event)) {
        const Connection* connection = find(away->connection);
        facts.was_mute = connection != nullptr && connection->is_mute();
    }
    observer_.report(event, facts);
}

} // namespace netplay_relay::worker
