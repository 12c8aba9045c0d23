// What the kernel says of the machine and of the relay's process.
#include "daemon/doctor/gather.hpp"
#include "daemon/doctor/read_status.hpp"
#include "daemon/doctor/run_program.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

namespace netplay_relay::daemon::doctor {

namespace {

constexpr std::uint64_t kibi = 1024;

std::string of_process(const RelayFacts& relay, const char* file)
{
    return "/proc/" + (relay.is_here ? std::to_string(relay.process) : "self") + "/" + file;
}

// The hard limit, to which the relay raises the soft one.
std::uint64_t files_of_running(const RelayFacts& relay)
{
    std::ifstream lines(of_process(relay, "limits"));
    const std::string head = "Max open files";
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(head)) continue;
        std::istringstream words(line.substr(head.size()));
        std::uint64_t soft = 0;
        std::uint64_t hard = 0;
        words >> soft >> hard;
        return hard;
    }
    return 0;
}

std::uint64_t files_of_shell()
{
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

std::size_t addresses_of(const config::Config& config)
{
    std::vector<wire::Address> all;
    for (const wire::Endpoint& endpoint : config.listen)
        all.push_back(endpoint.address);
    std::ranges::sort(all);
    return static_cast<std::size_t>(
        std::ranges::distance(all.begin(), std::ranges::unique(all).begin()));
}

std::size_t listening_sockets(const config::Config& config)
{
    std::size_t count = config.listen.size() + config.admin_listen.size();
    for (const config::ListenerSettings& door : config.doors)
        count += door.listen.size();
    return count + (config.lan_discovery.enabled ? 1 : 0);
}

} // namespace

std::optional<std::uint64_t> number_in(const std::string& file)
{
    std::ifstream stream(file);
    std::uint64_t number = 0;
    return stream >> number ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> number_behind(const std::string& file, const std::string& word)
{
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        std::uint64_t number = 0;
        if (line.starts_with(word) && std::istringstream(line.substr(word.size())) >> number)
            return number;
    }
    return std::nullopt;
}

OpenFileFacts look_at_open_files(const config::Config& config, const RelayFacts& relay,
                                 std::uint64_t of_unit)
{
    OpenFileFacts files;
    const std::size_t listening = listening_sockets(config);
    files.needs = file_needs(config, listening, addresses_of(config));
    if (relay.is_here) {
        files.allowed = files_of_running(relay);
        files.whose = "the relay (process " + std::to_string(relay.process) + ")";
    } else {
        files.allowed = of_unit > 0 ? of_unit : files_of_shell();
        files.whose = of_unit > 0 ? "the service" : "a relay that is started here";
    }
    std::ifstream system("/proc/sys/fs/file-nr"); // used, unused, most
    std::uint64_t unused = 0;
    system >> files.used_of_system >> unused >> files.of_system;
    if (relay.is_here) files.used_of_system = 0; // its own are among them
    return files;
}

ServiceFacts look_at_service()
{
    const auto said =
        printed_by({"systemctl", "show",
                    "--property=LoadState,UnitFileState,ActiveState,Result,NRestarts,LimitNOFILE",
                    "netplay-relay.service", "netplay-relay.socket"});
    return said ? read_service(*said) : ServiceFacts{};
}

MemoryFacts look_at_memory(const config::Config& config, const RelayFacts& relay)
{
    MemoryFacts memory;
    const std::string own = of_process(relay, "cgroup");
    memory.plan =
        divide_memory(memory_limit(config.policy.limits, {"/sys/fs/cgroup", own}), config.policy);
    memory.machine = number_behind("/proc/meminfo", "MemTotal:").value_or(0) * kibi;
    memory.available = number_behind("/proc/meminfo", "MemAvailable:").value_or(0) * kibi;
    if (!relay.is_here) return memory;
    const std::string status = of_process(relay, "status");
    memory.relay_swapped = number_behind(status, "VmSwap:").value_or(0) * kibi;
    memory.relay_resident = number_behind(status, "VmRSS:").value_or(0) * kibi;
    return memory;
}

KernelFacts look_at_kernel()
{
    KernelFacts kernel;
    const std::string ipv4 = "/proc/sys/net/ipv4/";
    kernel.somaxconn = number_in("/proc/sys/net/core/somaxconn").value_or(0);
    kernel.epoll_watches = number_in("/proc/sys/fs/epoll/max_user_watches").value_or(0);
    kernel.syn_backlog = number_in(ipv4 + "tcp_max_syn_backlog").value_or(0);
    if (const auto cookies = number_in(ipv4 + "tcp_syncookies")) kernel.syncookies = *cookies != 0;
    std::ifstream(ipv4 + "ip_local_port_range") >> kernel.outgoing_first >> kernel.outgoing_last;
    std::ifstream(ipv4 + "ip_local_reserved_ports") >> kernel.reserved;
    kernel.never_overcommits = number_in("/proc/sys/vm/overcommit_memory") == 2U;
    const std::uint64_t limit = number_behind("/proc/meminfo", "CommitLimit:").value_or(0);
    const std::uint64_t used = number_behind("/proc/meminfo", "Committed_AS:").value_or(0);
    kernel.commit_left = limit > used ? (limit - used) * kibi : 0;
    return kernel;
}

ClockFacts look_at_clock()
{
    ClockFacts clock;
    timex state{};
    const int result = adjtimex(&state);
    if (result != -1) clock.synchronised = result != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    clock.year = static_cast<int>(std::chrono::year_month_day(today).year());
    return clock;
}

std::uint64_t look_at_log_space()
{
    for (const char* folder : {"/var/log/journal", "/run/log/journal"}) {
        struct statvfs space = {};
        if (statvfs(folder, &space) == 0) return space.f_bavail * space.f_frsize;
    }
    return 0;
}

} // namespace netplay_relay::daemon::doctor
