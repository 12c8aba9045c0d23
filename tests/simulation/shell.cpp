#include "shell.hpp"

#include "net/greeting.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using net::IoResult;
using net::IoState;
using net::Phase;
using net::SpliceResult;
using net::SpliceState;

constexpr std::size_t small_read = 2048;
constexpr int control_reads_per_turn = 8;

lobby::Departure departure_for(int error)
{
    return net::means_lost(error) ? lobby::Departure::lost : lobby::Departure::left;
}

} // namespace

Shell::Shell(Schedule& schedule, Dice dice, lobby::Policy policy, lobby::RandomSource& random,
             Witness& witness, Fault fault)
    : schedule_(schedule), dice_(dice), lobby_(std::move(policy), random), witness_(witness),
      fault_(fault), scratch_(lobby_.policy().limits.buffered_bytes_per_connection)
{
}

void Shell::accept(Line line, const wire::Endpoint& peer, std::uint16_t port)
{
    net::UniqueFd socket(line);
    if (port != 0 && !ports_.contains(port)) return; // nobody listens there
    const lobby::ConnectionId id = id_of(line);
    connections_.emplace(id, std::make_unique<Connection>(id, std::move(socket), peer));
    tell(lobby::Arrived{id, peer, port == 0 ? lobby::Door{} : ports_.at(port)});
    graveyard_.clear();
}

void Shell::ready(Line line, Edge edge)
{
    Connection* connection = find(id_of(line));
    if (connection == nullptr) return witness_.complains("an edge of a closed socket");
    connection->hung_up |= edge.hung_up;
    switch (connection->phase) {
    case Phase::linked: ready_linked(*connection, edge); break;
    case Phase::greeting: ready_greeting(*connection, edge); break;
    case Phase::control: ready_control(*connection, edge); break;
    case Phase::waiting: ready_waiting(*connection); break;
    case Phase::member: ready_member(*connection, edge); break;
    case Phase::lingering: ready_lingering(*connection, edge); break;
    case Phase::closed: break;
    }
    graveyard_.clear();
}

void Shell::go_on_later(const Connection& connection)
{
    if (unfinished_.empty()) schedule_.after({}, [this] { run_unfinished(); });
    unfinished_.push_back(connection.id);
}

void Shell::run_unfinished()
{
    const std::vector<lobby::ConnectionId> turns = std::exchange(unfinished_, {});
    for (const lobby::ConnectionId id : turns)
        if (find(id) != nullptr) ready(line_of(id), {.readable = true, .again = true});
}

std::optional<std::span<const std::uint8_t>> Shell::read_some(Connection& connection,
                                                              std::size_t most)
{
    const auto into = scratch_.all().first(std::min(most, scratch_.size()));
    const IoResult read = net::read_now(connection.socket.value(), into);
    if (read.state == IoState::blocked) return std::nullopt;
    if (read.state != IoState::moved) {
        if (fault_ != Fault::forgets_the_dead)
            tell(lobby::Left{connection.id, departure_for(read.error)});
        destroy(connection);
        return std::nullopt;
    }
    return into.first(read.bytes);
}

void Shell::ready_greeting(Connection& connection, Edge edge)
{
    while (connection.phase == Phase::greeting) {
        const auto bytes = read_some(connection, small_read);
        if (!bytes) return;
        const bool is_full = bytes->size() == small_read;
        const auto event = net::read_greeting(connection, *bytes);
        if (!event) continue;
        if (const auto* greeted = std::get_if<lobby::Greeted>(&*event)) {
            const bool is_host = std::holds_alternative<wire::NewSession>(greeted->greeting);
            connection.is_guest = std::holds_alternative<wire::JoinSession>(greeted->greeting) ||
                                  std::holds_alternative<wire::ManualJoin>(greeted->greeting);
            connection.phase = is_host ? Phase::control : Phase::waiting;
            connection.told_spoke = connection.is_guest && greeted->more;
        }
        tell(*event);
        if (is_full || edge.hung_up) go_on_later(connection);
        return;
    }
}

void Shell::ready_control(Connection& connection, Edge edge)
{
    if (edge.writable && !connection.outbox.empty())
        (void)connection.outbox.flush(connection.socket.value());
    for (int turns = 0; turns < control_reads_per_turn; ++turns) {
        const auto bytes = read_some(connection, small_read);
        if (!bytes) return;
        const bool is_short = bytes->size() < small_read;
        std::vector<lobby::Event> events;
        net::read_control(connection, *bytes, events);
        for (const lobby::Event& event : events)
            tell(event);
        if (connection.phase != Phase::control) return;
        if (is_short && !edge.hung_up && !edge.again) return;
    }
    go_on_later(connection);
}

void Shell::ready_waiting(Connection& connection)
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
    if (!connection.hung_up) return;
    tell(lobby::Left{connection.id, lobby::Departure::left});
    destroy(connection);
}

void Shell::ready_linked(Connection& connection, Edge edge)
{
    Connection& partner = *connection.partner;
    if (edge.broken && connection.finished_reading) {
        (void)splice_goes_on({SpliceState::source_failed, ECONNRESET}, connection, partner);
        return;
    }
    if (edge.writable && !connection.outbox.empty()) {
        const SpliceResult drained = net::drain(connection);
        if (!splice_goes_on(drained, partner, connection)) return;
        if (drained.state == SpliceState::more && fault_ != Fault::forgets_to_go_on &&
            !pump_link(partner, true))
            return;
    }
    if (edge.readable) (void)pump_link(connection, edge.hung_up || edge.again);
}

bool Shell::pump_link(Connection& source, bool until_empty)
{
    const SpliceResult pumped =
        net::pump(source, *source.partner, scratch_.all(), until_empty, schedule_.now());
    if (fault_ == Fault::keeps_no_rest) source.partner->outbox = {};
    if (pumped.state == SpliceState::more) go_on_later(source);
    if (!splice_goes_on(pumped, source, *source.partner)) return false;
    if (!source.told_spoke) tell_first_word(source);
    return source.phase == Phase::linked;
}

// The first byte of a guest, and of a host's end its netplay header.
void Shell::tell_first_word(Connection& source)
{
    const std::size_t needed = source.is_guest ? 1 : wire::netplay_header_size;
    if (source.received < needed) return;
    source.told_spoke = true;
    if (source.is_guest)
        tell(lobby::Spoke{source.id});
    else if (source.answered)
        tell(lobby::Answered{source.partner->id});
}

bool Shell::splice_goes_on(const SpliceResult& result, Connection& source, Connection& target)
{
    switch (result.state) {
    case SpliceState::source_failed: return link_broke(source, result.error);
    case SpliceState::target_failed: return pump_link(target, true);
    case SpliceState::source_finished:
        if (fault_ == Fault::takes_one_end_for_both) {
            tell(lobby::Left{source.id, lobby::Departure::left});
            end_link(source, false, target, true);
            return false;
        }
        if (source.write_error != 0) return link_broke(source, source.write_error);
        if (!target.finished_reading) tell(lobby::HalfClosed{source.id});
        break;
    case SpliceState::going:
    case SpliceState::more: break;
    }
    if (!net::is_over(source, target)) return true;
    tell(lobby::Left{target.id, lobby::Departure::left});
    end_link(source, false, target, false);
    return false;
}

bool Shell::link_broke(Connection& broken, int error)
{
    tell(lobby::Left{broken.id, departure_for(error)});
    end_link(broken, false, *broken.partner, true);
    return false;
}

void Shell::ready_lingering(Connection& connection, Edge edge)
{
    if (edge.writable && !connection.outbox.empty()) {
        const IoResult flushed = connection.outbox.flush(connection.socket.value());
        if (flushed.state == IoState::failed) return destroy(connection);
        if (flushed.state == IoState::moved) net::finish_writing(connection.socket.value());
    }
    for (int turns = 0; turns < control_reads_per_turn; ++turns) {
        const IoResult read = net::read_now(connection.socket.value(), scratch_.all());
        if (read.state == IoState::blocked) return;
        if (read.state == IoState::finished && !connection.outbox.empty()) return;
        if (read.state != IoState::moved) return destroy(connection);
    }
    go_on_later(connection);
}

void Shell::tell(lobby::Event event)
{
    events_.push_back(std::move(event));
    if (telling_) return;
    telling_ = true;
    lobby::Actions actions;
    while (!events_.empty()) {
        const lobby::Event next = std::move(events_.front());
        events_.pop_front();
        actions.clear();
        note_who_left(next);
        lobby_.handle(next, schedule_.now(), actions);
        witness_.sees(next, actions, schedule_.now());
        for (lobby::Action& order : actions.orders)
            std::visit([this](auto& known) { carry_out(known); }, order);
        check();
    }
    telling_ = false;
    arm_timer();
}

void Shell::arm_timer()
{
    if (fault_ == Fault::waits_for_ever) return;
    const auto next = lobby_.next_deadline().value_or(lobby::Instant::max());
    if (next >= armed_) return;
    armed_ = next;
    const auto late = fault_ == Fault::sleeps_over
                          ? lobby::Duration(std::chrono::seconds{1})
                          : dice_.between(lobby::Duration{0}, timer_lateness_max);
    schedule_.at(next + late, [this, next] {
        if (armed_ != next) return; // another took its place
        armed_ = lobby::Instant::max();
        tell(lobby::Tick{});
        graveyard_.clear();
    });
}

// They are in our table until the lobby has heard of it.
void Shell::note_who_left(const lobby::Event& event)
{
    const auto* left = std::get_if<lobby::Left>(&event);
    if (left == nullptr) return;
    said_left_.insert(left->connection);
    const Connection* connection = find(left->connection);
    if (connection != nullptr && connection->partner != nullptr)
        said_left_.insert(connection->partner->id);
}

Shell::Connection* Shell::find(lobby::ConnectionId id) const
{
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
}

} // namespace netplay_relay::simulation
