// A letter with descriptors, from one process to another through a local socket (SCM_RIGHTS).
#pragma once

#include "net/tcp.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace netplay_relay::net {

// The kernel takes so many in one message (SCM_MAX_FD).
inline constexpr std::size_t descriptors_per_message = 253;

// Does not wait for room. False, and errno, if it could not be sent.
[[nodiscard]] bool pass(int to, char letter, std::span<const int> descriptors);

struct Passed
{
    char letter = 0;      // 0: nothing is there
    bool is_gone = false; // the other end is closed, and nothing is left
    bool is_cut = false;  // some are missing: this process may open no more files
    std::vector<UniqueFd> descriptors;
};
// Does not wait.
[[nodiscard]] Passed take_passed(int from);

} // namespace netplay_relay::net
