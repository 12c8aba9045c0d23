// What the connections of those who do not read cost in memory, and who of them has to go when it
// is too much.
#pragma once

#include "lobby/ids.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace netplay_relay::worker {

// What one socket can take of the kernel's memory while its peer reads nothing and nobody reads
// what the peer sends, in bytes. Measured: 0.62 MiB with Linux 6.18 and the buffers of tcp.cpp.
inline constexpr std::size_t socket_memory_max = 640U << 10U;

// How often it is looked at while it can be too much.
inline constexpr std::chrono::milliseconds memory_look{250};

// The memory that the process may use for those who do not read, and what they had of it when that
// was last looked at. In bytes.
struct SlowMemory
{
    std::size_t most = SIZE_MAX;
    std::size_t held = 0;
};

// A connection that does not take what is there for it, and its partner with it.
struct Holder
{
    lobby::ConnectionId connection;
    wire::Address prefix;  // who hinders: wire::client_prefix() of the one that does not read
    std::size_t bytes = 0; // that it holds, in the kernel and here
};

// Those to be closed so that the others hold at most `most` bytes together. The next to go is
// always of the client prefix that holds most by then, and of its own the one that holds most.
[[nodiscard]] std::vector<lobby::ConnectionId> who_has_to_go(std::vector<Holder> holders,
                                                             std::size_t most);

} // namespace netplay_relay::worker
