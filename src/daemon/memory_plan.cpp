#include "daemon/memory_plan.hpp"

#include "worker/memory_pressure.hpp"

#include <algorithm>
#include <fstream>
#include <sys/sysinfo.h>
#include <utility>

namespace netplay_relay::daemon {

namespace {

// Measured: 10 MB with no connection; two sockets, their records and a link between them take some
// 8 KB, most of it in the kernel.
constexpr std::size_t program = 16 * mebibyte;
constexpr std::size_t per_connection = 6 * 1024;
// With less for those who do not read, a few slow players of rooms hinder each other.
constexpr std::size_t slow_peers_least = 16 * mebibyte;

void take_if_less(MemoryLimit& least, const std::string& file, const char* by)
{
    std::size_t bytes = 0;
    std::ifstream stream(file); // "max" or a number
    if (!(stream >> bytes) || bytes >= least.bytes) return;
    least = {bytes, by};
}

std::string in_mib(std::size_t bytes) { return std::to_string(bytes / mebibyte) + " MiB"; }

} // namespace

MemoryLimit memory_limit(const lobby::Limits& limits, const ControlGroups& groups)
{
    if (limits.memory_mebibytes > 0)
        return {limits.memory_mebibytes * mebibyte, "limits.memory_mebibytes"};
    struct sysinfo machine
    {
    };
    sysinfo(&machine);
    MemoryLimit least{std::size_t{machine.totalram} * machine.mem_unit / 2, "machine"};
    for (const std::string& directory : directories_of(groups)) {
        take_if_less(least, directory + "/memory.high", "memory.high");
        take_if_less(least, directory + "/memory.max", "memory.max");
    }
    return least;
}

MemoryPlan divide_memory(MemoryLimit limit, const lobby::Policy& policy)
{
    MemoryPlan plan;
    plan.limit = std::move(limit);
    plan.connections = program + policy.limits.connections * per_connection;
    plan.savestates = std::size_t{policy.rooms.savestate_bytes_in_all} / 2 * 3;
    plan.packets = policy.parties.parties == 0 ? 0 : policy.parties.kept_bytes_in_all;
    const std::size_t taken = plan.connections + plan.savestates + plan.packets;
    const std::size_t left = plan.limit.bytes > taken ? plan.limit.bytes - taken : 0;
    // All of them at once can take no more than this.
    const std::size_t needed = policy.limits.connections * worker::socket_memory_max;
    plan.slow_peers = std::clamp(left, slow_peers_least, std::max(needed, slow_peers_least));
    if (left >= slow_peers_least) return plan;
    plan.problem = in_mib(plan.connections) + " for connections (limits.connections) and " +
                   in_mib(plan.savestates) +
                   " for savestates (1.5 times rooms.savestate_bytes_in_all) and " +
                   in_mib(plan.packets) + " for packets (parties.kept_mebibytes_in_all) leave " +
                   in_mib(left) + " of " + in_mib(plan.limit.bytes) + " (" + plan.limit.by +
                   ") for slow players, who need " + in_mib(slow_peers_least);
    return plan;
}

} // namespace netplay_relay::daemon
