// How the memory that the process may use is divided, so that the limits fit each other.
#pragma once

#include "daemon/control_groups.hpp"
#include "lobby/limits.hpp"

#include <cstddef>
#include <string>

namespace netplay_relay::daemon {

inline constexpr std::size_t mebibyte = 1U << 20U;

// In bytes, and who says so: "limits.memory_mebibytes"; "memory.high" or "memory.max" of a control
// group that the process is in; or "machine", where it is half of what there is.
struct MemoryLimit
{
    std::size_t bytes = 0;
    std::string by;
};

// What is configured, else the least of what holds for this process.
[[nodiscard]] MemoryLimit memory_limit(const lobby::Limits& limits,
                                       const ControlGroups& groups = {});

// All in bytes.
struct MemoryPlan
{
    MemoryLimit limit;
    std::size_t connections = 0; // the program, and all connections while everybody reads
    std::size_t savestates = 0;  // rooms.savestate_bytes_in_all, and what looking at them takes
    std::size_t packets = 0;     // parties.kept_mebibytes_in_all
    std::size_t slow_peers = 0;  // what is left: for what those who do not read leave lying
    std::string problem;         // a sentence if that is too little
};

[[nodiscard]] MemoryPlan divide_memory(MemoryLimit limit, const lobby::Policy& policy);

} // namespace netplay_relay::daemon
