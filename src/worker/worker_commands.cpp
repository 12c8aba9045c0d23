// The lobby's commands, carried out.
#include "worker/worker.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace netplay_relay::worker {

namespace {

// One that is still being sent what was kept for it gets that time so often.
constexpr std::uint8_t linger_rounds_max = 30;
// Sent again after 0.2, 0.6 and 1.4 s at the soonest, later on a slow line.
constexpr unsigned repeats_dead = 3;
} // namespace

void Worker::carry_out(const lobby::Send& command)
{
    Connection* connection = find(command.connection);
    if (connection == nullptr) return;
    auto bytes = command.bytes.view();
    if (connection->outbox.empty()) {
        const IoResult written = io_.write(connection->handle, bytes);
        if (written.state == IoState::failed) return; // reading it will tell why
        bytes = bytes.subspan(written.bytes);
        if (bytes.empty()) return;
    }
    connection->outbox.keep(bytes);
    if (connection->outbox.size() > scratch_.size()) {
        return lose(connection->id, wire::CloseReason::too_slow);
    }
    watch_slow(*connection);
}

// Behind what it is passed on with is whatever else it has said.
void Worker::carry_out(const lobby::PassOn& command)
{
    Connection* connection = find(command.connection);
    if (connection == nullptr) return;
    if (command.greeting) {
        const wire::Bytes greeting = wire::encode_greeting(*command.greeting);
        std::vector<std::uint8_t>& early = connection->first.change().early;
        early.insert(early.begin(), greeting.view().begin(), greeting.view().end());
    }
    connection->is_leaving = true;
    leaving_.push_back(
        {command.connection, command.worker, command.node, std::nullopt, command.peer});
}

void Worker::carry_out(const lobby::Join& command)
{
    Connection* guest = find(command.guest);
    Connection* host_side = find(command.host_side);
    ensure(guest != nullptr && host_side != nullptr, "joined one that is gone");
    for (Connection* end : {guest, host_side}) {
        end->become(end == guest ? Stage::guest : Stage::host_side);
        end->partner = end == guest ? host_side : guest;
        end->last_byte = io_.now();
    }
    if (inspects_) guest->inspector = std::make_unique<inspect::LinkInspector>();
    // One of them may have left already: that is dealt with in its turn, when the link is known to
    // everybody.
    for (Connection* source : {guest, host_side}) {
        const std::vector<std::uint8_t> early = take_early(*source);
        source->received += early.size();
        count_moved(*source, early.size());
        Connection& target = *source->partner;
        if (forward(io_, target, early).state == SpliceState::target_failed) go_on_later(target);
        if (!target.outbox.empty()) watch_slow(target);
        inspect_passing(*source, *source->partner, early);
        if (!source->told_spoke) tell_first_word(*source);
        if (source->unread) go_on_later(*source);
    }
}

void Worker::carry_out(const lobby::Close& command)
{
    Connection* connection = find(command.connection);
    if (connection == nullptr) return;
    const wire::Bytes reply = wire::encode_refusal_reply(lobby::refusal_reply_of(command),
                                                         lobby::told_reason_for(command.reason));
    close_gracefully(*connection, reply.view(), command.peer_hangs_up);
}

void Worker::carry_out(const lobby::CloseLink& command)
{
    Connection* guest = find(command.guest);
    if (guest == nullptr || guest->partner == nullptr) return;
    end_link(*guest, true, *guest->partner, true);
}

void Worker::carry_out(const lobby::CheckIdle& command)
{
    const Connection* guest = find(command.guest);
    if (guest == nullptr || guest->partner == nullptr) return;
    tell(lobby::Progressed{guest->id, std::max(guest->last_byte, guest->partner->last_byte)});
}

void Worker::carry_out(const lobby::CheckAcknowledged& command)
{
    const Connection* connection = find(command.connection);
    if (connection == nullptr) return;
    const Unacknowledged sent = io_.unacknowledged(connection->handle);
    const auto state = !sent.any                     ? lobby::Acknowledging::all
                       : sent.repeats < repeats_dead ? lobby::Acknowledging::waits
                                                     : lobby::Acknowledging::silent;
    tell(lobby::Acknowledgement{connection->id, state, sent.silence});
}

void Worker::carry_out(const lobby::SpeaksFor& command)
{
    if (Connection* connection = find(command.connection); connection != nullptr)
        connection->peer = command.peer;
}

void Worker::carry_out(const lobby::OpenPort& command)
{
    const bool is_elsewhere = io_.is_port_elsewhere(command.port);
    const bool is_open = !is_elsewhere && io_.open_port(command.port, command.profile);
    tell(lobby::PortAnswer{command.port, is_open, is_elsewhere});
}

// Closes both ends; one that is to be flushed gets what is still kept for it first.
void Worker::end_link(Connection& one, bool flush_one, Connection& other, bool flush_other)
{
    for (Connection* end : {&one, &other}) {
        end->partner = nullptr;
        end->inspector.reset();
    }
    if (flush_one)
        close_gracefully(one, {});
    else
        destroy(one);
    if (flush_other)
        close_gracefully(other, {});
    else
        destroy(other);
}

// Sends the reply behind whatever is kept, says that no more will come, and waits a little for
// the peer to hang up: closing at once would send a reset, which can overtake what was said. One
// that is to hang up first (lobby::Close) is not told that no more will come.
void Worker::close_gracefully(Connection& connection, std::span<const std::uint8_t> reply,
                              bool peer_hangs_up)
{
    connection.peer_hangs_up = peer_hangs_up;
    connection.first.reset();
    // What a host would not take of our answers is of no use to it any more.
    if (lobby::is_control(connection.stage())) connection.outbox = {};
    if (lingering_.size() >= lingering_max && !is_ending_)
        destroy(*find(*lingering_.due(no_deadline)));
    connection.outbox.keep(pending_output_of(connection));
    connection.outbox.keep(reply);
    const IoResult flushed = connection.outbox.flush(io_, connection.handle);
    if (flushed.state == IoState::failed) return destroy(connection);
    if (flushed.state == IoState::moved && !peer_hangs_up) io_.finish_writing(connection.handle);
    connection.become(Stage::lingering);
    go_on_later(connection); // what it has said already is to be read, and thrown away
    lingering_.set(connection.id, connection.waits.change().lingers_until, io_.now() + linger_time);
}

void Worker::stop_lingering()
{
    const lobby::Instant due = io_.now();
    while (const auto id = lingering_.due(due)) {
        Connection& connection = *find(*id);
        const bool more_time =
            !connection.outbox.empty() && ++connection.linger_rounds < linger_rounds_max;
        if (more_time)
            lingering_.set(*id, connection.waits.change().lingers_until, due + linger_time);
        else
            destroy(connection);
    }
}

// The kernel's limit for unacknowledged data also ends a connection whose peer is alive and just
// does not read (a full window), so while we keep bytes for one, we look for ourselves whether it
// lives.
void Worker::watch_slow(Connection& connection)
{
    if (connection.is_slow() || connection.stage() == Stage::closed) return;
    io_.be_patient(connection.handle, true);
    slow_.set(connection.id, connection.waits.change().look_at, io_.now() + member_look);
    if (may_be_short()) watch_memory();
    if (!telling_) arm_timer();
}

void Worker::look_at_slow()
{
    const lobby::Instant due = io_.now();
    while (const auto id = slow_.due(due)) {
        Connection* connection = find(*id);
        const bool is_kept_waiting = connection->stage() == Stage::waiting && connection->unread;
        const bool took_all =
            connection->outbox.empty() && !is_kept_waiting && connection->has_taken_messages();
        const bool blocks = blocks_state_memory(*connection);
        if (blocks || takes_state_too_slowly(*connection)) {
            lose(*id, wire::CloseReason::too_slow);
        } else if (took_all) {
            slow_.clear(*id, connection->waits.change().look_at);
            io_.be_patient(connection->handle, false);
        } else if (!io_.is_silenced(connection->handle)) {
            slow_.set(*id, connection->waits.change().look_at, due + member_look);
        } else if (connection->is_linked()) {
            (void)link_broke(*connection, ETIMEDOUT);
        } else {
            lose(*id, wire::CloseReason::lost);
        }
    }
}

// What the lobby wants when it is told may end this one before.
void Worker::lose(lobby::ConnectionId id, wire::CloseReason how)
{
    const Connection* leaving = find(id);
    tell(lobby::Left{id, how, leaving != nullptr && leaving->is_mute()});
    if (Connection* connection = find(id); connection != nullptr) destroy(*connection);
}

// Within a batch the record stays: the Io may still hold its address. Who does not read leaves
// nothing behind in the kernel: see watch_slow().
void Worker::destroy(Connection& connection)
{
    const auto found = connections_.find(connection.id);
    if (found == connections_.end()) return;
    const bool took_all = connection.outbox.empty() && connection.has_taken_messages();
    if (connection.is_slow() && took_all) io_.be_patient(connection.handle, false);
    io_.close(connection.handle, connection.is_slow() && !took_all);
    if (connection.is_slow()) slow_.clear(connection.id, connection.waits.change().look_at);
    if (connection.lingers())
        lingering_.clear(connection.id, connection.waits.change().lingers_until);
    connection.become(Stage::closed);
    Connections::node_type owned = connections_.extract(found);
    if (in_batch_) graveyard_.push_back(std::move(owned));
    if (connections_.empty()) observer_.emptied();
}

Connection* Worker::find(lobby::ConnectionId id) const { return connections_.find_by(id); }

std::optional<Handle> Worker::handle_of(lobby::ConnectionId connection) const
{
    const Connection* found = find(connection);
    if (found == nullptr) return std::nullopt;
    return found->handle;
}

std::optional<inspect::GameFacts> Worker::game_of(const lobby::LinkSnapshot& link) const
{
    const Connection* guest = find(link.guest);
    if (guest == nullptr || guest->inspector == nullptr) return std::nullopt;
    return guest->inspector->facts();
}

std::optional<LinkFacts> Worker::facts(const lobby::LinkSnapshot& link) const
{
    const Connection* guest = find(link.guest);
    const Connection* host = find(link.host_side);
    if (guest == nullptr || host == nullptr) return std::nullopt;
    LinkFacts facts;
    facts.guest = {guest->received, 0, guest->outbox.size(), io_.tcp_facts(guest->handle)};
    facts.host = {host->received, 0, host->outbox.size(), io_.tcp_facts(host->handle)};
    facts.last_byte = std::max(guest->last_byte, host->last_byte);
    if (guest->inspector != nullptr) facts.game = guest->inspector->facts();
    return facts;
}

} // namespace netplay_relay::worker
