#include "daemon/open_files.hpp"

#include "base/among_workers.hpp"
#include "daemon/control_groups.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <sched.h>
#include <sys/resource.h>

namespace netplay_relay::daemon {

namespace {

constexpr std::uint32_t least = 16;

// Two epoll sets, timers, what wakes it for others, and a few to spare.
constexpr std::size_t files_of_worker = 8;

// Those that the process may use.
std::uint32_t cores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    // With more than the set has room for, the first of them are enough.
    const bool known = sched_getaffinity(0, sizeof set, &set) == 0;
    return usable_cores(known ? static_cast<std::uint32_t>(CPU_COUNT(&set)) : 1);
}

} // namespace

std::size_t port_sockets(const lobby::Policy& policy, std::size_t addresses)
{
    const std::size_t users = std::size_t{policy.limits.sessions} + policy.rooms.rooms;
    const std::size_t join = std::min<std::size_t>(policy.join_ports.size(), users);
    return (join + policy.legacy_ports.range.size()) * addresses;
}

std::uint16_t workers_of(const config::Config& config)
{
    const auto wanted = config.workers != 0 ? config.workers : cores();
    return static_cast<std::uint16_t>(std::clamp<std::uint32_t>(wanted, 1, workers_max));
}

std::size_t files_of_workers(const config::Config& config, std::size_t listening)
{
    const std::size_t workers = workers_of(config);
    const std::size_t loops = workers > 1 ? workers * files_of_worker : 0; // a single one has ours
    return workers * (listening + worker::lingering_max) + loops;
}

OpenFiles judge_open_files(const FileNeeds& needs, std::uint64_t files_allowed)
{
    OpenFiles result;
    const std::uint64_t besides = needs.ports + needs.others;
    const std::uint64_t needed = needs.connections + besides;
    const std::uint64_t left = files_allowed > besides ? files_allowed - besides : 0;
    result.connections =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(needs.connections, left));
    result.enough = result.connections >= std::min(needs.connections, least);
    if (needed <= files_allowed) return result;
    result.arithmetic = std::to_string(needs.connections) + " connections (limits.connections) + ";
    if (needs.ports > 0)
        result.arithmetic += std::to_string(needs.ports) + " sockets (join_ports, legacy_ports) + ";
    result.arithmetic += std::to_string(needs.others) + " other files = " + std::to_string(needed) +
                         ", but this process may open " + std::to_string(files_allowed) +
                         " (ulimit -Hn, LimitNOFILE)";
    return result;
}

void raise_open_files()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

OpenFiles provide_open_files(const FileNeeds& needs)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return judge_open_files(needs, 0);
    const rlim_t needed = needs.connections + needs.ports + needs.others;
    if (limit.rlim_cur < needed) {
        rlimit raised = limit;
        raised.rlim_cur = std::min(needed, limit.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return judge_open_files(needs, limit.rlim_cur);
}

} // namespace netplay_relay::daemon
