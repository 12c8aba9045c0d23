// The memory of those who do not read: looked at while it can be too much.
#include "net/engine.hpp"
#include "net/memory_reserve.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace netplay_relay::net {

namespace {

constexpr std::size_t mebibyte = 1U << 20U;

} // namespace

void Engine::limit_slow_memory(std::size_t bytes)
{
    slow_memory_.most = bytes;
    watch_memory();
    arm_timer();
}

void Engine::watch_memory()
{
    if (memory_look_ == lobby::Instant::max()) memory_look_ = now() + memory_look;
    if (!telling_) arm_timer();
}

// Of a link, what either end's socket holds: one is full because the other takes nothing.
Holder Engine::holder_of(const Connection& connection) const
{
    Holder holder{connection.id, wire::household(connection.peer.address)};
    for (const Connection* end : {&connection, static_cast<const Connection*>(connection.partner)})
        if (end != nullptr) holder.bytes += kernel_memory(end->socket.value()) + end->outbox.size();
    if (connection.parcels) holder.bytes += connection.parcels->backlog();
    return holder;
}

void Engine::look_at_memory()
{
    if (now() < memory_look_) return;
    memory_look_ = lobby::Instant::max();
    std::vector<Holder> holders;
    holders.reserve(slow_.size());
    for (const Later& later : slow_)
        if (const Connection* connection = find(later.connection); connection != nullptr)
            holders.push_back(holder_of(*connection));
    slow_memory_.held = 0;
    for (const Holder& holder : holders)
        slow_memory_.held += holder.bytes;

    const bool is_refused = is_memory_reserve_used();
    // What the system refuses us may be for other reasons than these; half of it is given back.
    const std::size_t most =
        is_refused ? std::min(slow_memory_.most, slow_memory_.held / 2) : slow_memory_.most;
    if (slow_memory_.held > most) {
        const auto gone = who_has_to_go(std::move(holders), most / 4 * 3);
        if (memory_quiet_.may_warn(now()))
            spdlog::warn("memory_short held_mib={} limit_mib={} closed={} problem=\"{}\"",
                         slow_memory_.held / mebibyte, slow_memory_.most / mebibyte, gone.size(),
                         is_refused ? "the system refuses memory" : "too many do not read");
        for (const lobby::ConnectionId id : gone)
            if (Connection* connection = find(id); connection != nullptr) give_up(*connection);
    } else if (is_refused && memory_quiet_.may_warn(now())) {
        spdlog::warn("memory_short problem=\"the system refuses memory: what is too big ends\"");
    }
    const bool is_restored = restore_memory_reserve();
    if (!is_restored || slow_.size() * 2 * socket_memory_max > slow_memory_.most) watch_memory();
}

// Nothing is flushed any more: that would need the memory.
void Engine::give_up(Connection& connection)
{
    tell(lobby::Left{connection.id, lobby::Departure::memory_short});
    if (connection.partner != nullptr)
        end_link(connection, false, *connection.partner, false);
    else
        destroy(connection);
}

} // namespace netplay_relay::net
