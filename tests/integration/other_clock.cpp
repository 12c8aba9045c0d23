// Preloaded into a relay, it gives it a clock on the wall of its own, which a test sets: the
// seconds in the file $OTHER_CLOCK are added to the real one, and bytes in the FIFO
// $OTHER_CLOCK.set are what the kernel tells by timers that are cancelled when somebody sets the
// clock.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {

int set_file = -1;

std::int64_t seconds_ahead()
{
    const char* const path = std::getenv("OTHER_CLOCK");
    if (path == nullptr) return 0;
    char text[32] = {};
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    const ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    return size > 0 ? std::atoll(text) : 0;
}

} // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept
{
    const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
    if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += seconds_ahead();
    return result;
}

extern "C" int timerfd_create(int clock, int flags) noexcept
{
    const char* const path = std::getenv("OTHER_CLOCK");
    if (clock != CLOCK_REALTIME || path == nullptr)
        return static_cast<int>(syscall(SYS_timerfd_create, clock, flags));
    set_file = open((std::string(path) + ".set").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return set_file;
}

extern "C" int timerfd_settime(int file, int flags, const itimerspec* wanted,
                               itimerspec* before) noexcept
{
    if (file == set_file) return 0;
    return static_cast<int>(syscall(SYS_timerfd_settime, file, flags, wanted, before));
}
