// What is measured: where it listens, which processes it is, and what they have used.
#pragma once

#include "socket.hpp"

#include <sys/types.h>

#include <optional>
#include <vector>

namespace bench {

struct Target
{
    sockaddr_in address{};
    bool speaks_tunnel = true;
    Socket listener;         // of our own, for targets that only pass connections on
    std::vector<pid_t> pids; // empty when the target is the kernel alone
};

struct Memory
{
    std::uint64_t resident_bytes = 0;
    std::uint64_t anonymous_bytes = 0;
};

// CPU time of all threads, living and ended, of all processes of the target. Exact to the
// microsecond even while they run, which /proc/PID/stat (10 ms) is not.
std::optional<std::uint64_t> cpu_ns(const Target& target);
std::uint64_t own_cpu_ns();

std::optional<Memory> memory_of(const Target& target);

// What the kernel has of objects that each TCP connection and its place in an epoll set takes, of
// the whole machine; nothing if it may not be read (/proc/slabinfo: root's).
std::optional<std::uint64_t> socket_bytes_of_kernel();

} // namespace bench
