#include "net/engine.hpp"

#include "net/greeting.hpp"
#include "netplay_relay/ensure.hpp"

#include <algorithm>

namespace netplay_relay::net {

namespace {

// Greetings and control messages are short; nobody needs a long read for them.
constexpr std::size_t small_read = 2048;

lobby::Departure departure_for(int error)
{
    return means_lost(error) ? lobby::Departure::lost : lobby::Departure::left;
}

} // namespace

Engine::Engine(boost::asio::io_context& io, lobby::Policy policy, PublicName public_name,
               lobby::RandomSource& random)
    : io_(io), lobby_(std::move(policy), random), public_name_(std::move(public_name)),
      scratch_(lobby_.policy().limits.buffered_bytes_per_connection), timer_(io),
      grace_timer_(io), poller_(io, *this)
{
}

Engine::~Engine() = default;

lobby::Instant Engine::now() const
{
    return lobby::Instant(std::chrono::steady_clock::now().time_since_epoch());
}

void Engine::take(UniqueFd socket, const wire::Endpoint& peer)
{
    const lobby::ConnectionId id{++last_connection_id_};
    auto owned = std::make_unique<Connection>(id, std::move(socket), peer);
    Connection& connection = *owned;
    connections_.emplace(id, std::move(owned));
    connection.wanted = interest_read;
    tell(lobby::Arrived{id, peer});
    // A refused one is closed or lingers by now.
    if (const Connection* still_there = find(id); still_there != nullptr) poller_.update(connection);
}

void Engine::adopt(lobby::Policy policy, PublicName public_name)
{
    scratch_.resize(policy.limits.buffered_bytes_per_connection);
    public_name_ = std::move(public_name);
    lobby_.adopt(std::move(policy));
}

void Engine::ready(Connection& connection, bool can_read, bool can_write)
{
    switch (connection.phase) {
    case Phase::linked: return ready_linked(connection, can_read, can_write);
    case Phase::greeting: return ready_greeting(connection);
    case Phase::control: return ready_control(connection, can_read, can_write);
    case Phase::waiting: return ready_waiting(connection);
    case Phase::lingering: return ready_lingering(connection, can_read, can_write);
    case Phase::closed: return;  // earlier in this batch
    }
}

void Engine::batch_ends()
{
    in_batch_ = false;
    graveyard_.clear();
}

void Engine::ready_greeting(Connection& connection)
{
    const IoResult read = read_now(connection.socket.value(), std::span(scratch_).first(small_read));
    if (read.state == IoState::blocked) return;
    if (read.state != IoState::moved) {
        tell(lobby::Left{connection.id, departure_for(read.error)});
        return destroy(connection);
    }
    const auto event = read_greeting(connection, std::span(scratch_).first(read.bytes));
    if (!event) return;
    if (const auto* greeted = std::get_if<lobby::Greeted>(&*event)) {
        const bool is_host = std::holds_alternative<wire::NewSession>(greeted->greeting);
        connection.is_guest = std::holds_alternative<wire::JoinSession>(greeted->greeting);
        connection.phase = is_host ? Phase::control : Phase::waiting;
        connection.told_spoke = connection.is_guest && greeted->more;
    }
    tell(*event);
}

void Engine::ready_control(Connection& connection, bool can_read, bool can_write)
{
    if (can_write && !connection.outbox.empty()) {
        const IoResult flushed = connection.outbox.flush(connection.socket.value());
        if (flushed.state == IoState::moved) {
            connection.wanted = interest_read;
            poller_.update(connection);
        }
    }
    if (!can_read) return;
    const IoResult read = read_now(connection.socket.value(), std::span(scratch_).first(small_read));
    if (read.state == IoState::blocked) return;
    if (read.state != IoState::moved) {
        tell(lobby::Left{connection.id, departure_for(read.error)});
        return destroy(connection);
    }
    control_events_.clear();
    read_control(connection, std::span(scratch_).first(read.bytes), control_events_);
    for (const lobby::Event& event : control_events_) tell(event);
}

// A guest that waits for its host is read so that its leaving is noticed; what it says is kept.
void Engine::ready_waiting(Connection& connection)
{
    const std::size_t room = scratch_.size() - std::min(scratch_.size(), connection.early.size());
    if (room == 0) {  // it has said enough, or a reload has made the limit smaller
        connection.wanted = interest_none;
        return poller_.update(connection);
    }
    const IoResult read = read_now(connection.socket.value(), std::span(scratch_).first(room));
    if (read.state == IoState::blocked) return;
    if (read.state != IoState::moved) {
        tell(lobby::Left{connection.id, departure_for(read.error)});
        return destroy(connection);
    }
    const auto bytes = std::span(scratch_).first(read.bytes);
    connection.early.insert(connection.early.end(), bytes.begin(), bytes.end());
    if (connection.told_spoke) return;
    connection.told_spoke = true;
    tell(lobby::Spoke{connection.id});
}

void Engine::ready_linked(Connection& connection, bool can_read, bool can_write)
{
    Connection& partner = *connection.partner;
    if (can_write && !connection.outbox.empty()) {
        if (!splice_goes_on(drain(partner, connection), partner, connection)) return;
    }
    if (!can_read || !(connection.wanted & interest_read)) {
        poller_.update(connection);
        poller_.update(partner);
        return;
    }
    const SpliceResult pumped = pump(connection, partner, scratch_, batch_now_);
    if (pumped.state == SpliceState::going && connection.told_spoke) [[likely]] {
        poller_.update(connection);
        poller_.update(partner);
        return;
    }
    if (!splice_goes_on(pumped, connection, partner)) return;
    if (!connection.told_spoke && connection.received > 0) {
        connection.told_spoke = true;
        tell(lobby::Spoke{connection.id});
    }
}

// False if the link is over, and both connections with it.
bool Engine::splice_goes_on(const SpliceResult& result, Connection& source, Connection& target)
{
    switch (result.state) {
    case SpliceState::source_failed:
        tell(lobby::Left{source.id, departure_for(result.error)});
        end_link(source, false, target, true);
        return false;
    case SpliceState::target_failed:
        tell(lobby::Left{target.id, departure_for(result.error)});
        end_link(target, false, source, true);
        return false;
    case SpliceState::source_finished:
        if (!target.finished_reading) tell(lobby::HalfClosed{source.id});
        break;
    case SpliceState::going: break;
    }
    if (is_over(source, target)) {
        // The one that finished first has a partner whose end was read later.
        const bool source_last = result.state == SpliceState::source_finished;
        tell(lobby::Left{source_last ? target.id : source.id, lobby::Departure::left});
        end_link(source, false, target, false);
        return false;
    }
    poller_.update(source);
    poller_.update(target);
    return true;
}

void Engine::ready_lingering(Connection& connection, bool can_read, bool can_write)
{
    if (can_write && !connection.outbox.empty()) {
        const IoResult flushed = connection.outbox.flush(connection.socket.value());
        if (flushed.state == IoState::failed) return destroy(connection);
        if (flushed.state == IoState::moved) {
            finish_writing(connection.socket.value());
            connection.wanted = interest_read;
            poller_.update(connection);
        }
    }
    if (!can_read) return;
    const IoResult read = read_now(connection.socket.value(), scratch_);
    if (read.state == IoState::moved || read.state == IoState::blocked) return;
    if (read.state == IoState::finished && !connection.outbox.empty()) {
        connection.wanted = interest_write;
        return poller_.update(connection);
    }
    destroy(connection);
}

void Engine::tell(lobby::Event event)
{
    events_.push_back(std::move(event));
    if (telling_) return;
    telling_ = true;
    while (!events_.empty()) {
        const lobby::Event next = std::move(events_.front());
        events_.pop_front();
        actions_.clear();
        lobby_.handle(next, now(), actions_);
        for (const lobby::News& news : actions_.news)
            std::visit([this](const auto& known) { report(known); }, news);
        for (const lobby::Action& order : actions_.orders)
            std::visit([this](const auto& known) { carry_out(known); }, order);
    }
    telling_ = false;
    arm_timer();
}

void Engine::arm_timer()
{
    auto next = lobby_.next_deadline().value_or(lobby::Instant::max());
    if (!lingering_.empty()) next = std::min(next, lingering_.front().until);
    // A timer that fires too early costs one look; moving it for every event costs more.
    if (next >= armed_) return;
    armed_ = next;
    timer_.expires_at(std::chrono::steady_clock::time_point(next.time_since_epoch()));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) timer_fired();
    });
}

void Engine::timer_fired()
{
    armed_ = lobby::Instant::max();
    stop_lingering();
    tell(lobby::Tick{});
}

} // namespace netplay_relay::net
