// All that an engine has, for the process that takes this one's place, and from the one before.
#include "net/engine.hpp"
#include "net/listener.hpp"

#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

void Engine::hand_over(OutgoingHandover& into)
{
    into.add_memory(worker_.write_memory()); // what is due is dealt with first
    for (const auto& [port, listeners] : ports_)
        for (const std::unique_ptr<Listener>& listener : listeners)
            into.add({ListenerUse::join_port, listener->endpoint(), false, {}}, listener->socket());
    worker_.write_all([&](const worker::Moving& part) { into.add(without_links(part)); });
}

TakenOver Engine::take_over(IncomingHandover& from)
{
    TakenOver taken;
    const HandoverIndex& index = from.index();
    connection_ids_.note(index.facts.last_connection_id);
    for (std::size_t at = 0; at < index.listeners.size(); ++at)
        if (index.listeners[at].use == ListenerUse::join_port)
            inherited_ports_[index.listeners[at].wanted] = from.take_listener(at);
    std::erase_if(inherited_ports_, [](const auto& port) { return !port.second.is_open(); });
    // A long pause is nobody's fault: all that was to happen happens so much later.
    const lobby::Duration pause = now() - index.facts.paused;
    const lobby::Duration later = pause > worker::standstill_least ? pause : lobby::Duration{};
    const auto memory_fault = worker_.adopt_memory(from.memory(), later);
    taken.has_memory = !memory_fault;
    if (memory_fault)
        spdlog::error("handover_incomplete part=memory problem=\"{}\"",
                      record::word(*memory_fault));
    for (std::size_t at = 0; at < index.parts.size(); ++at) {
        const auto connections = static_cast<std::uint32_t>(index.parts[at].connections.size());
        std::string_view problem = "its sockets did not come";
        if (const std::optional<worker::Moving> part = from.take_part(at)) {
            const auto fault = worker_.adopt(*part, later);
            taken.connections += fault ? 0 : connections;
            if (!fault) continue;
            problem = record::word(*fault);
            close_all(*part);
        }
        taken.lost += connections;
        spdlog::error("handover_failed connections={} problem=\"{}\"", connections, problem);
    }
    inherited_ports_.clear(); // nobody's any more
    if (taken.lost > 0) worker_.miss(taken.lost);
    worker_.go_on_from(index.facts.bytes_moved, index.facts.traffic);
    tally_ = index.facts.tally;
    if (taken.connections > 0) begin_sampling();
    return taken;
}

void Engine::count_handover(const HandoverCounts& counts)
{
    tally_.pauses.add(std::chrono::microseconds(counts.last_pause_us));
    tally_.taken_over += counts.connections;
    tally_.not_taken_over += counts.lost;
}

} // namespace netplay_relay::net
