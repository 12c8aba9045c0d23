// The control groups that the process is in: what a container or a service may use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::daemon {

// Where version 2 of them is mounted, and the file that names the process's own.
struct ControlGroups
{
    std::string mounted = "/sys/fs/cgroup";
    std::string own = "/proc/self/cgroup";
};

// Their directories, the process's own first and the root last; none if it is in no group.
[[nodiscard]] std::vector<std::string> directories_of(const ControlGroups& groups);

// How many cores a file cpu.max leaves, rounded up: "150000 100000" are two. Nothing if it sets no
// limit, or says anything else.
[[nodiscard]] std::optional<std::uint32_t> cores_left_by(std::string_view cpu_max);

// The least that any of them leaves, and `there` at most; never 0.
[[nodiscard]] std::uint32_t usable_cores(std::uint32_t there, const ControlGroups& groups = {});

} // namespace netplay_relay::daemon
