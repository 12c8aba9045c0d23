// Makes sure that the process may open as many files as its limits promise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace netplay_relay::daemon {

struct OpenFiles
{
    bool enough = false;           // false: refuse to start
    std::uint32_t connections = 0; // how many connections there may be
    std::string arithmetic;        // not empty if that is less than wanted: why, in one line
};

// Files needed: one a connection, plus `others` for listening, the admin port, goodbyes, the log.
// Raises the soft limit. If the hard one does not suffice, fewer connections are allowed; below
// `least` of them the relay is of no use.
[[nodiscard]] OpenFiles provide_open_files(std::uint32_t connections, std::size_t others);

// The same on given numbers, for tests.
[[nodiscard]] OpenFiles judge_open_files(std::uint32_t connections, std::size_t others,
                                         std::uint64_t files_allowed);

} // namespace netplay_relay::daemon
