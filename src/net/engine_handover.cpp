// All that an engine has, for the process that takes this one's place, and from the one before.
#include "net/engine.hpp"
#include "net/listener.hpp"

#include <utility>

namespace netplay_relay::net {

void Engine::hand_over_memory(OutgoingHandover& into)
{
    into.add_memory(worker_.write_memory()); // what is due is dealt with first
    for (const auto& [port, listeners] : ports_)
        for (const std::unique_ptr<Listener>& listener : listeners)
            into.add({ListenerUse::join_port, listener->endpoint(), false, {}}, listener->socket());
}

void Engine::hand_over(OutgoingHandover& into)
{
    worker_.write_all(
        [&](const worker::Moving& part) { into.add(without_links(part), among_.own()); });
}

std::optional<record::Fault> Engine::adopt_memory(std::span<const std::uint8_t> memory,
                                                  lobby::Duration later)
{
    return worker_.adopt_memory(memory, later);
}

std::optional<record::Fault> Engine::adopt(const worker::Moving& part, lobby::Duration later)
{
    const auto fault = worker_.adopt(part, later);
    if (!fault) begin_sampling();
    return fault;
}

void Engine::go_on_from(const HandoverFacts& facts)
{
    worker_.go_on_from(facts.bytes_moved, facts.traffic);
    tally_ = facts.tally;
}

void Engine::count_handover(const HandoverCounts& counts)
{
    tally_.pauses.add(std::chrono::microseconds(counts.last_pause_us));
    tally_.taken_over += counts.connections;
    tally_.not_taken_over += counts.lost;
}

} // namespace netplay_relay::net
