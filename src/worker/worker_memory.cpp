// The memory of those who do not read: looked at while it can be too much.
#include "worker/worker.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::worker {

void Worker::limit_slow_memory(std::size_t bytes)
{
    slow_memory_.most = bytes;
    watch_memory();
    arm_timer();
}

void Worker::watch_memory()
{
    if (memory_look_ == lobby::Instant::max()) memory_look_ = io_.now() + memory_look;
    if (!telling_) arm_timer();
}

// Those who are slow could hold too much: a link's two ends each, or what waits for a peer here.
bool Worker::may_be_short() const
{
    constexpr std::size_t each =
        std::max(2 * socket_memory_max, socket_memory_max + peer_backlog_max);
    return slow_.size() * each > slow_memory_.most;
}

// Of a link, what either end holds in the kernel: one is full because the other takes nothing.
Holder Worker::holder_of(const Connection& connection) const
{
    Holder holder{connection.id, wire::client_prefix(connection.peer.address)};
    for (const Connection* end : {&connection, static_cast<const Connection*>(connection.partner)})
        if (end != nullptr) holder.bytes += io_.kernel_memory(end->handle) + end->outbox.size();
    const SendQueue* queue = connection.send_queue();
    // The memory for savestates is limited by itself.
    if (queue != nullptr)
        holder.bytes += connection.stage() == Stage::member ? queue->backlog() : queue->size();
    return holder;
}

void Worker::look_at_memory()
{
    if (io_.now() < memory_look_) return;
    memory_look_ = lobby::Instant::max();
    std::vector<Holder> holders;
    holders.reserve(slow_.size());
    for (const auto& [when, id] : slow_)
        holders.push_back(holder_of(*find(id)));
    slow_memory_.held = 0;
    for (const Holder& holder : holders)
        slow_memory_.held += holder.bytes;

    const bool is_refused = io_.is_memory_refused();
    // What the system refuses us may be for other reasons than these; half of it is given back.
    const std::size_t most =
        is_refused ? std::min(slow_memory_.most, slow_memory_.held / 2) : slow_memory_.most;
    std::vector<lobby::ConnectionId> gone;
    if (slow_memory_.held > most) gone = who_has_to_go(std::move(holders), most / 4 * 3);
    if (is_refused || slow_memory_.held > most)
        observer_.memory_short({slow_memory_.held, slow_memory_.most, gone.size(), is_refused});
    for (const lobby::ConnectionId id : gone)
        if (Connection* connection = find(id); connection != nullptr) give_up(*connection);
    const bool is_restored = io_.restore_memory();
    // What is held once those are gone is told as well.
    if (!is_restored || !gone.empty() || may_be_short()) watch_memory();
}

// Nothing is flushed any more: that would need the memory.
void Worker::give_up(Connection& connection)
{
    if (connection.partner == nullptr) return lose(connection.id, wire::CloseReason::memory_short);
    tell(lobby::Left{connection.id, wire::CloseReason::memory_short});
    end_link(connection, false, *connection.partner, false);
}

} // namespace netplay_relay::worker
