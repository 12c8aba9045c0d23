// One line for each thing worth knowing, on standard output: "TIME LEVEL event key=value ...".
#pragma once

#include "config/config.hpp"

#include <cstddef>
#include <cstdint>

namespace netplay_relay::daemon {

// Logging never blocks the caller. Where standard output is the journal, a line is an entry with a
// field for each key instead (journal_fields.hpp).
void start_logging(config::LogLevel level);
// Writes what is still queued. Nothing may be logged afterwards. If nobody reads our output, the
// process ends with this exit code after a second.
void finish_logging(int exit_code);
void change_log_level(config::LogLevel level);
// Lines that nobody will read since start_logging(): 512 waited for a slow reader, and the oldest
// had to go, or the output refused them (a full disk, a closed pipe).
[[nodiscard]] std::uint64_t log_lines_lost();
// Those that the process before this one has lost.
void count_log_lines_lost(std::uint64_t lines);
// Lines that are not written yet; the last of them may still be on its way when it is 0.
[[nodiscard]] std::size_t log_lines_waiting();

} // namespace netplay_relay::daemon
