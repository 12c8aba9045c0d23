#include "daemon/system_random.hpp"

#include <cstdlib>
#include <sys/random.h>
#include <sys/types.h>

namespace netplay_relay::daemon {

void SystemRandom::fill(std::span<std::uint8_t> bytes)
{
    // Up to 256 bytes come whole and without a signal in between, by the kernel's promise.
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        std::abort();
}

} // namespace netplay_relay::daemon
