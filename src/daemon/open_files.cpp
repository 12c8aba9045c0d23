#include "daemon/open_files.hpp"

#include "admin/public_page.hpp"
#include "base/among_workers.hpp"
#include "daemon/control_groups.hpp"
#include "net/fleet_office.hpp"
#include "net/hop_limits.hpp"
#include "net/newcomers.hpp"
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
    // A single one has ours, and nobody waits for its share.
    const std::size_t loops = workers > 1 ? workers * (files_of_worker + net::newcomers_max) : 0;
    return workers * (listening + worker::lingering_max) + loops;
}

FileNeeds file_needs(const config::Config& config, std::size_t listening,
                     std::size_t port_addresses)
{
    FileNeeds needs{config.policy.limits.connections, port_sockets(config.policy, port_addresses),
                    listening + files_besides + files_of_workers(config, listening), 0};
    if (!config.public_page.listen.empty()) needs.others += admin::public_connections_max;
    if (config.fleet.nodes.empty()) return needs;
    needs.others += 2 * net::links_greeted_max;
    needs.hops = static_cast<std::uint32_t>(net::hops_max * workers_of(config));
    return needs;
}

OpenFiles judge_open_files(const FileNeeds& needs, std::uint64_t files_allowed)
{
    OpenFiles result;
    const std::uint64_t besides = needs.ports + needs.others;
    const std::uint64_t left = files_allowed > besides ? files_allowed - besides : 0;
    const std::uint64_t unused = left - std::min<std::uint64_t>(left, needs.connections);
    result.hops = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(needs.hops, std::max(unused, left / 4) / 2));
    const std::uint64_t hop_files = std::uint64_t{2} * result.hops;
    result.connections =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(needs.connections, left - hop_files));
    result.enough = result.connections >= std::min(needs.connections, least);
    const std::uint64_t needed = needs.connections + hop_files + besides;
    if (needed <= files_allowed) return result;
    result.arithmetic = std::to_string(needs.connections) + " connections (limits.connections) + ";
    if (needs.ports > 0)
        result.arithmetic += std::to_string(needs.ports) + " sockets (join_ports, legacy_ports) + ";
    if (hop_files > 0)
        result.arithmetic += std::to_string(hop_files) + " for players at other nodes (fleet) + ";
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
    const rlim_t needed = needs.connections + needs.ports + needs.others + rlim_t{2} * needs.hops;
    if (limit.rlim_cur < needed) {
        rlimit raised = limit;
        raised.rlim_cur = std::min(needed, limit.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return judge_open_files(needs, limit.rlim_cur);
}

} // namespace netplay_relay::daemon
