// What the command line asks for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::daemon {

struct CommandLine;

// What a subcommand does; returns the exit code.
using Action = std::function<int(const CommandLine&)>;

struct CommandLine
{
    Action action; // nothing: to be the relay
    bool check_config = false;
    std::vector<std::string> arguments; // the whole line, as it was given
    std::string config_file;            // empty: the defaults alone
    std::vector<std::string> listen;
    std::vector<std::string> admin;
    std::optional<std::string> public_name;
    std::optional<std::string> log_level;
    std::vector<std::string> environment; // those variables that are meant for us: "NAME=VALUE"

    std::optional<int> exit_code; // --help, --version, or arguments that are wrong: all is said
};

[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv);

} // namespace netplay_relay::daemon
