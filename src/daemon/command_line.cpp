#include "daemon/command_line.hpp"

#include "config/environment.hpp"
#include "daemon/commands/commands.hpp"
#include "spelling/arguments.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

constexpr int exit_bad_arguments = 2;

void add_relay_options(CLI::App& app, CommandLine& line)
{
    app.add_option("-c,--config", line.config_file, "Configuration file (JSON with comments)")
        ->type_name("FILE")
        ->check([](const std::string& name) { return name.empty() ? "names no file" : ""; })
        ->envname("NETPLAY_RELAY_CONFIG");
    app.add_option("-l,--listen", line.listen,
                   "Where players reach the relay; repeat for several addresses")
        ->type_name("ADDRESS:PORT")
        ->allow_extra_args(false);
    app.add_option("-a,--admin", line.admin, "Where GET /status is answered, or 'off'")
        ->type_name("ADDRESS:PORT")
        ->allow_extra_args(false);
    app.add_option("-n,--public-name", line.public_name,
                   "The relay's name in the text that hosts give to their friends")
        ->type_name("NAME");
    app.add_option("--log-level", line.log_level, "debug, info, warning or error")
        ->type_name("LEVEL");
    app.add_flag("--check-config", line.check_config,
                 "Report every fault of the configuration and exit");
    app.set_version_flag("-V,--version", "netplay-relay " NETPLAY_RELAY_VERSION);
}

void add_subcommands(CLI::App& app, CommandLine& line)
{
    for (const Subcommand& one : subcommands()) {
        CLI::App* command = app.add_subcommand(one.name, one.summary);
        command->fallthrough(); // --config may stand behind it as well
        command->callback([&line, action = one.prepare(*command)] { line.action = action; });
    }
}

} // namespace

CommandLine read_command_line(int argc, const char* const* argv)
{
    CommandLine line;
    line.arguments.assign(argv, argv + argc);
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
        if (std::string_view(*variable).starts_with(config::variable_prefix))
            line.environment.emplace_back(*variable);
    CLI::App app{"netplay-relay: a relay for libretro netplay", "netplay-relay"};
    app.footer(
        "Every key of the configuration is also an environment variable, for example\n"
        "NETPLAY_RELAY_LIMITS__SESSIONS for limits.sessions. Options win over variables, and\n"
        "variables over the file.");
    add_relay_options(app, line);
    add_subcommands(app, line);
    spelling::explain_mistakes(app, "--config");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        line.exit_code = app.exit(error) == 0 ? 0 : exit_bad_arguments;
    }
    return line;
}

} // namespace netplay_relay::daemon
