// What this process takes of the machine, as the kernel counts it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <dirent.h>

namespace netplay_relay::net {

struct ProcessUse
{
    double cpu_seconds = 0; // of user and system
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_files_limit = 0; // the soft one
};
[[nodiscard]] ProcessUse process_use();

// When the kernel started it, since 1970. A program that takes the place of another in one process
// changes nothing.
[[nodiscard]] double process_started_seconds();

// Counts the open files of this process, some at a time: with thousands of them all at once would
// keep everybody waiting.
class OpenFileCount
{
public:
    OpenFileCount();
    ~OpenFileCount();
    OpenFileCount(OpenFileCount&&) = delete;

    // False once all are counted.
    [[nodiscard]] bool go_on(std::size_t most);
    [[nodiscard]] std::uint64_t counted() const { return counted_; }

private:
    DIR* directory_ = nullptr;
    std::uint64_t counted_ = 0;
};

} // namespace netplay_relay::net
