// One line for each thing worth knowing, on standard output: "TIME LEVEL event key=value ...".
#pragma once

#include "config/config.hpp"

namespace netplay_relay::daemon {

// Logging never blocks the caller. Under journald, which knows the time, a line is "<PRIORITY>event
// key=value ..." instead.
void start_logging(config::LogLevel level);
// Writes what is still queued. Nothing may be logged afterwards. If nobody reads our output, the
// process ends with this exit code after a second.
void finish_logging(int exit_code);
void change_log_level(config::LogLevel level);

} // namespace netplay_relay::daemon
