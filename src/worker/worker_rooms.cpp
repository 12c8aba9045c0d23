// Members of rooms and peers of parties: what they say goes to the lobby, and what the lobby has
// for them to them.
#include "base/ensure.hpp"
#include "worker/worker.hpp"

#include <utility>

namespace netplay_relay::worker {

namespace {

// Written to one of them before the others have their turn: a savestate is long.
constexpr std::size_t write_budget = 128 * 1024;
// A larger message is written by itself.
constexpr std::size_t gathered_size_max = 2048;
// Kept of what a member was to be sent when it has to go.
constexpr std::size_t pending_output_max = 64 * 1024;

} // namespace

void Worker::carry_out(const lobby::Become& command)
{
    Connection* connection = find(command.connection);
    if (connection == nullptr) return;
    connection->become(command.stage);
    // What it has said already is told when the lobby has come to an end with this.
    if (lobby::is_heard(command.stage)) go_on_later(*connection);
}

void Worker::ready_heard(Connection& connection, Readiness readiness)
{
    if (!connection.has_taken_messages()) flush_queue(connection);
    if (!connection.first->early.empty()) {
        const std::vector<std::uint8_t> early = take_early(connection);
        tell_said(connection, early);
        if (lobby::is_heard(connection.stage())) go_on_later(connection);
        return;
    }
    if (!readiness.readable && !readiness.again) return;
    const auto bytes = read_some(connection, scratch_.size());
    if (!bytes) return;
    const bool is_full = bytes->size() == scratch_.size();
    tell_said(connection, *bytes);
    if (!lobby::is_heard(connection.stage())) return;
    if (is_full || readiness.hung_up || readiness.again) go_on_later(connection);
}

// The bytes live only as long as this call: nothing may keep the lobby from hearing them at once.
void Worker::tell_said(Connection& connection, std::span<const std::uint8_t> bytes)
{
    ensure(!telling_, "a member was heard while the lobby was busy");
    connection.received += bytes.size();
    const bool is_peer = connection.stage() == Stage::party_peer;
    (is_peer ? traffic_.from_peers : traffic_.from_members).add(bytes.size());
    connection.last_byte = now();
    tell(lobby::SaidBytes{connection.id, bytes});
}

void Worker::carry_out(lobby::Deliver& command)
{
    Connection* connection = find(command.message.to);
    if (connection == nullptr || connection->stage() == Stage::lingering) return;
    OutboundMessage& message = command.message;
    if (!connection->member) connection->member = std::make_unique<MemberBytes>();
    MemberBytes& member = *connection->member;
    const std::size_t size =
        message.bytes.size() + (message.shared ? message.shared->size() : std::size_t{0});
    const bool is_peer = connection->stage() == Stage::party_peer;
    member.sent += size;
    (is_peer ? traffic_.to_peers : traffic_.to_members).add(size);
    const bool is_clear = connection->has_taken_messages();
    const bool waits = gathers_ && is_peer && size <= gathered_size_max;
    if (is_clear && !waits && write_at_once(*connection, message)) return;
    if (!member.send_queue) member.send_queue = std::make_unique<SendQueue>();
    SendQueue& send_queue = *member.send_queue;
    send_queue.push(std::move(message.bytes));
    if (message.shared && send_queue.states() == 0) send_queue.states_since = io_.now();
    if (is_peer)
        send_queue.push_message(std::move(message.shared));
    else
        send_queue.push(std::move(message.shared));
    if (is_backlog_too_long(*connection)) return lose(connection->id, wire::CloseReason::too_slow);
    if (!is_clear) return;
    if (waits) return gathered_.push_back(connection->id);
    flush_queue(*connection);
}

// Some of them may have been closed meanwhile.
void Worker::flush_gathered()
{
    for (const lobby::ConnectionId id : gathered_) {
        Connection* connection = find(id);
        if (connection != nullptr && connection->send_queue() != nullptr) flush_queue(*connection);
    }
    gathered_.clear();
}

// True if nothing is left to be done. A savestate is written in pieces; most else is short.
bool Worker::write_at_once(Connection& connection, OutboundMessage& message)
{
    const bool is_shared = connection.stage() == Stage::party_peer && message.bytes.empty() &&
                           message.shared != nullptr && message.shared->size() <= write_budget;
    if (message.shared != nullptr && !is_shared) return false;
    const std::span<const std::uint8_t> bytes = is_shared ? *message.shared : message.bytes;
    const IoResult written = io_.write(connection.handle, bytes);
    if (written.state == IoState::failed) return true; // reading it will tell why
    if (written.bytes == bytes.size()) {
        if (!is_shared) lobby_.take_back(std::move(message.bytes), connection.stage());
        return true;
    }
    const auto rest = bytes.subspan(written.bytes);
    std::vector<std::uint8_t> left(rest.begin(), rest.end());
    message.bytes = std::move(left);
    message.shared.reset();
    return false;
}

bool Worker::is_backlog_too_long(const Connection& connection)
{
    const SendQueue& queue = *connection.send_queue();
    if (connection.stage() == Stage::party_peer) return queue.size() > peer_backlog_max;
    return queue.backlog() > member_backlog_max || queue.states() > member_states_max;
}

void Worker::flush_queue(Connection& connection)
{
    SendQueue& send_queue = *connection.send_queue();
    const std::size_t states = send_queue.states();
    const IoResult flushed = send_queue.flush(io_, connection.handle, write_budget);
    if (send_queue.states() < states) send_queue.states_since = io_.now();
    if (flushed.state == IoState::failed) {
        // What it said before may still be read; that it is gone is told there.
        connection.member->send_queue.reset();
        return go_on_later(connection);
    }
    if (send_queue.empty())
        connection.member->send_queue.reset();
    else if (flushed.state == IoState::moved)
        go_on_later(connection);
    else
        watch_slow(connection);
}

// All rooms share the memory for savestates: one that is taken by the spoonful holds up the others.
bool Worker::takes_state_too_slowly(const Connection& connection) const
{
    const SendQueue* send_queue = connection.send_queue();
    return send_queue != nullptr && connection.stage() == Stage::member &&
           send_queue->states() > 0 && io_.now() - send_queue->states_since >= member_state_limit;
}

// Nobody takes more of the state that it holds, while others wait for the memory.
bool Worker::blocks_state_memory(Connection& connection)
{
    SendQueue* send_queue = connection.send_queue();
    if (send_queue == nullptr || connection.stage() != Stage::member) return false;
    const std::uint64_t taken = connection.member->sent - send_queue->size();
    const std::uint64_t before = std::exchange(send_queue->taken_at_look, taken);
    return send_queue->states() > 0 && lobby_.is_short_of_state_memory() &&
           io_.now() - send_queue->states_since >= member_look &&
           taken - before < member_progress_least;
}

std::vector<std::uint8_t> Worker::pending_output_of(Connection& connection)
{
    std::vector<std::uint8_t> words;
    if (connection.send_queue() == nullptr) return words;
    const bool is_peer = connection.stage() == Stage::party_peer;
    words =
        connection.send_queue()->pending_output(is_peer ? peer_backlog_max : pending_output_max);
    connection.member->send_queue.reset();
    return words;
}

std::optional<EndpointFacts> Worker::facts_of(lobby::ConnectionId heard) const
{
    const Connection* connection = find(heard);
    if (connection == nullptr) return std::nullopt;
    EndpointFacts facts;
    facts.received = connection->received;
    if (connection->member) facts.sent = connection->member->sent;
    if (connection->send_queue() != nullptr) facts.kept = connection->send_queue()->size();
    facts.tcp = io_.tcp_facts(connection->handle);
    return facts;
}

} // namespace netplay_relay::worker
