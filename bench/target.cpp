#include "target.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

namespace bench {

namespace {

// Fields 14 and 15 of /proc/PID/stat, counted behind the name, which may hold blanks.
std::uint64_t cpu_ns_from_stat(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) throw std::runtime_error("the target process is gone");
    std::istringstream fields(line.substr(line.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    fields >> user >> system;
    return (user + system) * (ns_per_second / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
}

std::uint64_t cpu_ns_of(pid_t pid)
{
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return cpu_ns_from_stat(pid);
    return static_cast<std::uint64_t>(time.tv_sec) * ns_per_second +
           static_cast<std::uint64_t>(time.tv_nsec);
}

} // namespace

std::optional<std::uint64_t> cpu_ns(const Target& target)
{
    if (target.pids.empty()) return std::nullopt;
    std::uint64_t total = 0;
    for (const pid_t pid : target.pids)
        total += cpu_ns_of(pid);
    return total;
}

std::uint64_t own_cpu_ns() { return cpu_ns_of(getpid()); }

std::optional<Memory> memory_of(const Target& target)
{
    if (target.pids.empty()) return std::nullopt;
    Memory total;
    for (const pid_t pid : target.pids) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/status");
        std::string key;
        while (file >> key) {
            std::uint64_t kib = 0;
            if (key == "VmRSS:" && file >> kib) total.resident_bytes += kib * 1024;
            if (key == "RssAnon:" && file >> kib) total.anonymous_bytes += kib * 1024;
            file.ignore(4096, '\n');
        }
    }
    if (total.resident_bytes == 0) throw std::runtime_error("the target process is gone");
    return total;
}

std::optional<std::uint64_t> socket_bytes_of_kernel()
{
    constexpr std::array<std::string_view, 10> caches{
        "TCP",           "TCPv6",           "sock_inode_cache", "dentry",
        "filp",          "lsm_inode_cache", "lsm_file_cache",   "eventpoll_epi",
        "eventpoll_pwq", "ep_head"};
    std::ifstream file("/proc/slabinfo");
    if (!file) return std::nullopt;
    std::uint64_t bytes = 0;
    std::string name;
    for (; file >> name; file.ignore(4096, '\n')) {
        std::uint64_t active = 0;
        std::uint64_t all = 0;
        std::uint64_t size = 0;
        const bool is_ours = std::ranges::find(caches, name) != caches.end();
        if (is_ours && file >> active >> all >> size) bytes += active * size;
        file.clear();
    }
    return bytes;
}

} // namespace bench
