// One line for each thing worth knowing, on standard output: "TIME LEVEL event key=value ...".
#pragma once

#include "config/config.hpp"

namespace netplay_relay::daemon {

// Logging never blocks the caller. Where standard output is the journal, a line is an entry with a
// field for each key instead (journal_fields.hpp).
void start_logging(config::LogLevel level);
// Writes what is still queued. Nothing may be logged afterwards. If nobody reads our output, the
// process ends with this exit code after a second.
void finish_logging(int exit_code);
void change_log_level(config::LogLevel level);

} // namespace netplay_relay::daemon
