#include "daemon/open_files.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace netplay_relay::daemon {

namespace {

constexpr std::uint32_t least = 16;

} // namespace

OpenFiles judge_open_files(std::uint32_t connections, std::size_t others,
                           std::uint64_t files_allowed)
{
    OpenFiles result;
    const std::uint64_t needed = connections + others;
    const std::uint64_t left = files_allowed > others ? files_allowed - others : 0;
    result.connections = static_cast<std::uint32_t>(std::min<std::uint64_t>(connections, left));
    result.enough = result.connections >= std::min(connections, least);
    if (needed > files_allowed)
        result.arithmetic = std::to_string(connections) + " connections (limits.connections) + " +
                            std::to_string(others) + " other files = " + std::to_string(needed) +
                            ", but this process may open " + std::to_string(files_allowed) +
                            " (ulimit -Hn, LimitNOFILE)";
    return result;
}

OpenFiles provide_open_files(std::uint32_t connections, std::size_t others)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return judge_open_files(connections, others, 0);
    const rlim_t needed = connections + others;
    if (limit.rlim_cur < needed) {
        rlimit raised = limit;
        raised.rlim_cur = std::min(needed, limit.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return judge_open_files(connections, others, limit.rlim_cur);
}

} // namespace netplay_relay::daemon
