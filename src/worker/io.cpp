#include "worker/io.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace netplay_relay::worker {

bool means_lost(int error)
{
    constexpr std::array lost{ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN};
    return std::ranges::find(lost, error) != lost.end();
}

} // namespace netplay_relay::worker
