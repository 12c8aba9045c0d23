// How a command finds the relay that it is about, and asks it.
#pragma once

#include "daemon/command_line.hpp"

#include <string>

namespace CLI {
class App;
}

namespace netplay_relay::daemon {

// The status address of a relay that runs with this configuration; empty, and `problem` says why,
// if there is none. `given` wins.
[[nodiscard]] std::string url_of_status(const CommandLine& line, const std::string& given,
                                        std::string& problem);

// Where the same relay tells of its fleet.
[[nodiscard]] std::string url_of_fleet(const std::string& status_url);

// Its JSON; empty, and `problem` says why, if there is none.
[[nodiscard]] std::string status_of(const CommandLine& line, const std::string& given,
                                    std::string& problem, bool of_fleet = false);

// Says on standard error why a command did not succeed, and returns its exit code. A relay was
// looked for at `given`.
[[nodiscard]] int tell_problem(const CommandLine& line, const std::string& given,
                               const std::string& problem);

// Each line of a text that says why, behind the program's name.
void tell_error(const std::string& text);

// That the service has a file which nobody has named.
void tell_unread_file(const CommandLine& line);

// Where the relay is, with --url or alone, which all of them take.
void add_url(CLI::App& app, std::string& url);

// For CLI11's check(): nothing, or what would be right.
[[nodiscard]] std::string fault_of_url(const std::string& url);

} // namespace netplay_relay::daemon
