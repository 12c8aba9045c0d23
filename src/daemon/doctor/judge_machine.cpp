// What the machine has for the relay: files, memory, the kernel's settings, the time.
#include "daemon/doctor/facts.hpp"

#include <algorithm>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::daemon::doctor {

namespace {

// Of those that connect in one moment, such as players who come back after a restart of the line.
constexpr std::uint64_t backlog_least = 512;
constexpr std::uint64_t epoll_watches_besides = 1024;
constexpr int year_of_this_program = 2025;
constexpr std::uint64_t mebi = 1U << 20U;

std::string mib(std::uint64_t bytes) { return fmt::format("{} MiB", bytes / mebi); }

} // namespace

void judge_open_files(const Facts& facts, Findings& out)
{
    if (!facts.open_files) return;
    const OpenFileFacts& files = *facts.open_files;
    const OpenFiles judged = daemon::judge_open_files(files.needs, files.allowed);
    const std::uint64_t needed = files.needs.connections + files.needs.ports + files.needs.others +
                                 std::uint64_t{2} * judged.hops;
    const char* const word = "open files";
    if (!judged.arithmetic.empty())
        out.push_back({judged.enough ? Grade::warn : Grade::fail, word,
                       fmt::format("{}; of {}", judged.arithmetic, files.whose),
                       fmt::format("LimitNOFILE={} in the unit (ulimit -n), or limits.connections "
                                   "of {}",
                                   needed, std::max(judged.connections, 1U))});
    else
        out.push_back({Grade::ok, word,
                       fmt::format("{} may open {}, and needs {} at the most", files.whose,
                                   files.allowed, needed),
                       ""});
    if (files.of_system > 0 && files.of_system < files.used_of_system + needed)
        out.push_back(
            {Grade::warn, word,
             fmt::format("all programs together may open {} (fs.file-max), and have {}",
                         files.of_system, files.used_of_system),
             fmt::format("sysctl -w fs.file-max={}", 2 * (files.used_of_system + needed))});
}

void judge_memory(const Facts& facts, Findings& out)
{
    if (!facts.memory) return;
    const MemoryFacts& memory = *facts.memory;
    const MemoryPlan& plan = memory.plan;
    const std::size_t before = out.size();
    if (!plan.problem.empty())
        out.push_back({Grade::warn, "memory", plan.problem,
                       "lower limits.connections, rooms.savestate_bytes_in_all or "
                       "parties.kept_mebibytes_in_all, or give it more (MemoryHigh, "
                       "limits.memory_mebibytes)"});
    if (memory.machine > 0 && plan.limit.bytes > memory.machine)
        out.push_back({Grade::warn, "memory",
                       fmt::format("{} ({}) are more than the machine has, {}",
                                   mib(plan.limit.bytes), plan.limit.by, mib(memory.machine)),
                       "the kernel ends the relay before its own limit does anything"});
    else if (memory.available > 0 &&
             memory.available + memory.relay_resident < plan.limit.bytes / 4)
        out.push_back({Grade::warn, "memory",
                       fmt::format("{} are available, a fraction of the {} that the relay counts "
                                   "on ({})",
                                   mib(memory.available), mib(plan.limit.bytes), plan.limit.by),
                       "look who has it: ps axo rss,comm --sort -rss"});
    if (memory.relay_swapped >= mebi)
        out.push_back({Grade::warn, "memory",
                       fmt::format("{} of the relay are swapped out: games stutter when it needs "
                                   "them",
                                   mib(memory.relay_swapped)),
                       "MemorySwapMax=0 in the unit (systemctl edit netplay-relay), and more "
                       "memory for the machine"});
    if (facts.kernel.never_overcommits && facts.kernel.commit_left < plan.connections)
        out.push_back({Grade::warn, "memory",
                       fmt::format("vm.overcommit_memory is 2, and {} can be promised yet",
                                   mib(facts.kernel.commit_left)),
                       "sysctl -w vm.overcommit_memory=0, or a larger vm.overcommit_ratio"});
    if (out.size() == before)
        out.push_back({Grade::ok, "memory",
                       fmt::format("{} ({}): {} for connections, {} for savestates, {} for slow "
                                   "players",
                                   mib(plan.limit.bytes), plan.limit.by, mib(plan.connections),
                                   mib(plan.savestates), mib(plan.slow_peers)),
                       ""});
}

void judge_kernel(const Facts& facts, Findings& out)
{
    const KernelFacts& kernel = facts.kernel;
    const std::size_t before = out.size();
    if (kernel.somaxconn > 0 && kernel.somaxconn < backlog_least)
        out.push_back({Grade::warn, "kernel",
                       fmt::format("{} may wait to be accepted (net.core.somaxconn): of many who "
                                   "come at once, after a restart, some have to try again",
                                   kernel.somaxconn),
                       "sysctl -w net.core.somaxconn=4096"});
    if (kernel.syncookies == false && kernel.syn_backlog > 0 && kernel.syn_backlog < backlog_least)
        out.push_back({Grade::warn, "kernel",
                       fmt::format("without net.ipv4.tcp_syncookies, {} half-open connections "
                                   "(net.ipv4.tcp_max_syn_backlog) keep everybody else out",
                                   kernel.syn_backlog),
                       "sysctl -w net.ipv4.tcp_syncookies=1"});
    const std::uint64_t watches = facts.connections + epoll_watches_besides;
    if (kernel.epoll_watches > 0 && kernel.epoll_watches < watches)
        out.push_back({Grade::warn, "kernel",
                       fmt::format("{} files of one user may be watched "
                                   "(fs.epoll.max_user_watches), and the relay may need {}",
                                   kernel.epoll_watches, watches),
                       fmt::format("sysctl -w fs.epoll.max_user_watches={}", 2 * watches)});
    if (out.size() == before) out.push_back({Grade::ok, "kernel", "no setting is in the way", ""});
}

void judge_clock(const Facts& facts, Findings& out)
{
    const ClockFacts& clock = facts.clock;
    if (clock.year > 0 && clock.year < year_of_this_program)
        out.push_back({Grade::fail, "clock", fmt::format("it is set to {}", clock.year),
                       "set it, and let it be kept: timedatectl set-ntp true"});
    else if (clock.synchronised == false)
        out.push_back({Grade::warn, "clock",
                       "it is not synchronised: times in the log and ends of bans may be wrong",
                       "timedatectl set-ntp true, or install chrony"});
    else
        out.push_back(
            {Grade::ok, "clock",
             clock.synchronised ? "synchronised" : "whether it is synchronised cannot be told here",
             ""});
}

} // namespace netplay_relay::daemon::doctor
