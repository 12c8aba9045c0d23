#include "worker/io.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace netplay_relay::worker {

bool means_lost(int error)
{
    constexpr std::array lost{ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN};
    return std::ranges::find(lost, error) != lost.end();
}

void Io::hop(fleet::Node, Moving) { ensure(false, "there is no other node"); }

void Io::pass_on(std::uint16_t, Moving) { ensure(false, "there is no other worker"); }

void Io::tell_worker(std::uint16_t, const lobby::GameMoved&)
{
    ensure(false, "there is no other worker");
}

} // namespace netplay_relay::worker
