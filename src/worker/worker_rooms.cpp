// Members of rooms: what they say goes to the lobby, and what the lobby has for them to them.
#include "base/ensure.hpp"
#include "worker/worker.hpp"

#include <utility>

namespace netplay_relay::worker {

namespace {

// Written to one member before the others have their turn: a savestate is long.
constexpr std::size_t write_budget = 128 * 1024;
// Kept of what a member was to be sent when it has to go.
constexpr std::size_t pending_output_max = 64 * 1024;

} // namespace

void Worker::carry_out(const lobby::Become& command)
{
    Connection* connection = find(command.connection);
    if (connection == nullptr) return;
    connection->become(command.stage);
    // What a member has said already is told when the lobby has come to an end with this.
    if (command.stage == Stage::member) go_on_later(*connection);
}

void Worker::ready_member(Connection& connection, Readiness readiness)
{
    if (!connection.has_taken_messages()) flush_member(connection);
    if (!connection.first->early.empty()) {
        const std::vector<std::uint8_t> early = take_early(connection);
        tell_said(connection, early);
        if (connection.stage() == Stage::member) go_on_later(connection);
        return;
    }
    if (!readiness.readable && !readiness.again) return;
    const auto bytes = read_some(connection, scratch_.size());
    if (!bytes) return;
    const bool is_full = bytes->size() == scratch_.size();
    tell_said(connection, *bytes);
    if (connection.stage() != Stage::member) return;
    if (is_full || readiness.hung_up || readiness.again) go_on_later(connection);
}

// The bytes live only as long as this call: nothing may keep the lobby from hearing them at once.
void Worker::tell_said(Connection& connection, std::span<const std::uint8_t> bytes)
{
    ensure(!telling_, "a member was heard while the lobby was busy");
    connection.received += bytes.size();
    traffic_.from_members.add(bytes.size());
    connection.last_byte = now();
    tell(lobby::SaidBytes{connection.id, bytes});
}

void Worker::carry_out(lobby::Deliver& command)
{
    Connection* connection = find(command.message.to);
    if (connection == nullptr || connection->stage() == Stage::lingering) return;
    if (!connection->member) connection->member = std::make_unique<MemberBytes>();
    MemberBytes& member = *connection->member;
    std::size_t size = command.message.bytes.size();
    if (command.message.shared) size += command.message.shared->size();
    member.sent += size;
    traffic_.to_members.add(size);
    const bool is_clear = connection->has_taken_messages();
    if (is_clear && !command.message.shared) {
        const IoResult written = io_.write(connection->handle, command.message.bytes);
        if (written.state == IoState::failed) return; // reading it will tell why
        if (written.bytes == command.message.bytes.size())
            return lobby_.take_back(std::move(command.message.bytes));
        command.message.bytes.erase(command.message.bytes.begin(),
                                    command.message.bytes.begin() +
                                        static_cast<std::ptrdiff_t>(written.bytes));
    }
    if (!member.send_queue) member.send_queue = std::make_unique<SendQueue>();
    SendQueue& send_queue = *member.send_queue;
    send_queue.push(std::move(command.message.bytes));
    if (command.message.shared && send_queue.states() == 0) send_queue.states_since = io_.now();
    send_queue.push(std::move(command.message.shared));
    if (send_queue.backlog() > member_backlog_max || send_queue.states() > member_states_max) {
        return lose(connection->id, wire::CloseReason::too_slow);
    }
    if (is_clear) flush_member(*connection);
}

void Worker::flush_member(Connection& connection)
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
    return send_queue != nullptr && send_queue->states() > 0 &&
           io_.now() - send_queue->states_since >= member_state_limit;
}

// Nobody takes more of the state that it holds, while others wait for the memory.
bool Worker::blocks_state_memory(Connection& connection)
{
    SendQueue* send_queue = connection.send_queue();
    if (send_queue == nullptr) return false;
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
    words = connection.send_queue()->pending_output(pending_output_max);
    connection.member->send_queue.reset();
    return words;
}

std::optional<EndpointFacts> Worker::facts_of(lobby::ConnectionId member) const
{
    const Connection* connection = find(member);
    if (connection == nullptr) return std::nullopt;
    EndpointFacts facts;
    facts.received = connection->received;
    if (connection->member) facts.sent = connection->member->sent;
    if (connection->send_queue() != nullptr) facts.kept = connection->send_queue()->size();
    facts.tcp = io_.tcp_facts(connection->handle);
    return facts;
}

} // namespace netplay_relay::worker
