// What the metrics and the status tell in numbers, of one worker or of all together.
#pragma once

#include "lobby/snapshot.hpp"
#include "net/tally.hpp"
#include "party/output.hpp"
#include "worker/memory_pressure.hpp"
#include "worker/traffic.hpp"

#include <cstddef>
#include <cstdint>

namespace netplay_relay::net {

struct Figures
{
    lobby::Use use;
    lobby::Totals totals;
    worker::Traffic traffic;
    Tally tally;
    party::PartyCounts party_counts;
    worker::SlowMemory slow_memory;
    std::size_t state_bytes = 0;   // of savestates in rooms
    std::uint64_t bytes_moved = 0; // by links that have ended
    std::size_t hops = 0;          // of players whose games are at other nodes
    std::uint64_t events_lost = 0; // see ToldQueue
    lobby::Duration longest_turn{};

    // Those of another worker.
    void add(const Figures& other);
};

// Of a worker alone.
struct WorkerFacts
{
    lobby::Use use;
    lobby::Duration longest_turn{};
    double cpu_seconds = 0; // of its thread; of the whole process if it has none of its own
};

} // namespace netplay_relay::net
