// How many players whose games are at other nodes of a fleet a worker has at most.
#pragma once

#include <cstddef>

namespace netplay_relay::net {

// For one more there is no hop. Each has two files open: a process that may open fewer has fewer.
inline constexpr std::size_t hops_max = 4096;

} // namespace netplay_relay::net
