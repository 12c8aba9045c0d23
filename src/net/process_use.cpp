#include "net/process_use.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

namespace netplay_relay::net {

namespace {

double seconds_of(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The beginning of a file of the kernel's, which is short; empty if there is none.
std::string text_of(const char* path)
{
    std::array<char, 2048> text{};
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    const ssize_t size = read(file, text.data(), text.size());
    close(file);
    return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

} // namespace

ProcessUse process_use()
{
    ProcessUse use;
    rusage spent{};
    if (getrusage(RUSAGE_SELF, &spent) == 0)
        use.cpu_seconds = seconds_of(spent.ru_utime) + seconds_of(spent.ru_stime);
    unsigned long long size = 0;
    unsigned long long resident = 0;
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    if (std::sscanf(text_of("/proc/self/statm").c_str(), "%llu %llu", &size, &resident) == 2) {
        use.virtual_bytes = size * page;
        use.resident_bytes = resident * page;
    }
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) use.open_files_limit = files.rlim_cur;
    return use;
}

double process_started_seconds()
{
    // Behind the name, which is in parentheses and may hold anything, it is the 20th field: ticks
    // since the machine was started.
    const std::string text = text_of("/proc/self/stat");
    const std::size_t name_ends = text.rfind(')');
    if (name_ends == std::string::npos) return 0;
    constexpr int fields_before = 20;
    const char* at = text.c_str() + name_ends + 1;
    for (int field = 0; field < fields_before && at != nullptr; ++field)
        at = std::strchr(at + 1, ' ');
    unsigned long long ticks = 0;
    if (at == nullptr || std::sscanf(at, "%llu", &ticks) != 1) return 0;
    timespec now{};
    timespec since_boot{};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0)
        return 0;
    const auto in_seconds = [](const timespec& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    };
    return in_seconds(now) - in_seconds(since_boot) +
           static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

OpenFileCount::OpenFileCount()
{
    // Linux 6.2 and later tell the number as the directory's size.
    struct stat facts = {};
    if (stat("/proc/self/fd", &facts) == 0 && facts.st_size > 0)
        counted_ = static_cast<std::uint64_t>(facts.st_size);
    else
        directory_ = opendir("/proc/self/fd");
}

OpenFileCount::~OpenFileCount()
{
    if (directory_ != nullptr) closedir(directory_);
}

bool OpenFileCount::go_on(std::size_t most)
{
    if (directory_ == nullptr) return false;
    for (std::size_t at = 0; at < most; ++at) {
        const dirent* entry = readdir(directory_);
        if (entry == nullptr) {
            closedir(directory_);
            directory_ = nullptr;
            counted_ -= counted_ > 0 ? 1 : 0; // the directory itself was open
            return false;
        }
        counted_ += entry->d_name[0] != '.' ? 1 : 0;
    }
    return true;
}

} // namespace netplay_relay::net
