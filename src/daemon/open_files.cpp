#include "daemon/open_files.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace netplay_relay::daemon {

namespace {

constexpr std::uint32_t least = 16;

} // namespace

std::size_t port_sockets(const lobby::Policy& policy, std::size_t addresses)
{
    const std::size_t users = std::size_t{policy.limits.sessions} + policy.rooms.rooms;
    const std::size_t join = std::min<std::size_t>(policy.join_ports.size(), users);
    return (join + policy.legacy_ports.range.size()) * addresses;
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
