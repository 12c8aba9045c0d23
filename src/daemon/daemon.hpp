// The relay as a process: opens the listeners, serves until it is asked to stop, reloads when asked
// to.
#pragma once

#include "config/config.hpp"
#include "daemon/command_line.hpp"
#include "daemon/program.hpp"

#include <csignal>
#include <string>
#include <vector>

namespace netplay_relay::daemon {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;     // the world: a port in use, no files
inline constexpr int exit_bad_config = 2; // the operator: arguments or configuration

// The configuration of the file, overridden by the environment and then by the command line. Faults
// name their key.
struct Loaded
{
    config::Config config;
    std::vector<config::Fault> faults;
};
[[nodiscard]] Loaded load_config(const CommandLine& line);

// "FILE: KEY PROBLEM", one fault a line.
[[nodiscard]] std::string to_text(const std::vector<config::Fault>& faults,
                                  const std::string& file);

// The same as standard error has it, where others may write too: "netplay-relay: " before each.
[[nodiscard]] std::string to_stderr_text(const std::vector<config::Fault>& faults,
                                         const std::string& file);

// Those that steer the relay or end it.
[[nodiscard]] sigset_t all_signals();

// SIGHUP, SIGUSR1 and SIGUSR2 wait, or come, where no handler of ours is: they would end the
// process. What comes meanwhile is dealt with then.
void hold_signals(bool hold);
// Also what ends the process; until the next hold_signals(false).
void hold_all_signals();

// Runs until SIGTERM or SIGINT. Returns the exit code.
[[nodiscard]] int run(const CommandLine& line, const config::Config& config, Succession succession);

} // namespace netplay_relay::daemon
