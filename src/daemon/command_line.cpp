#include "daemon/command_line.hpp"

#include "config/environment.hpp"
#include "spelling/arguments.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

constexpr int exit_bad_arguments = 2;

void add_relay_options(CLI::App& app, CommandLine& line, bool& check)
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
    app.add_flag("--check-config", check, "Report every fault of the configuration and exit");
    app.set_version_flag("-V,--version", "netplay-relay " NETPLAY_RELAY_VERSION);
}

void add_status_command(CLI::App& app, CommandLine& line)
{
    CLI::App* status = app.add_subcommand("status", "Show what a running relay is doing");
    status->fallthrough(); // --config may stand behind it as well
    status->add_option("URL", line.status_url,
                       "Its status address, if not the one that the configuration names");
    status->add_flag("--json", line.status_json, "Print the JSON as it came");
    status->add_flag("-q,--quiet", line.status_quiet, "Print nothing; exit 0 if the relay answers");
    status->callback([&line] { line.command = Command::status; });
}

void add_upgrade_command(CLI::App& app, CommandLine& line)
{
    CLI::App* upgrade = app.add_subcommand(
        "upgrade", "Let a running relay go on as the program and with the configuration that are "
                   "on disk now; the games go on");
    upgrade->fallthrough();
    upgrade->add_option("URL", line.status_url,
                        "Its status address, if not the one that the configuration names");
    upgrade->callback([&line] { line.command = Command::upgrade; });
}

} // namespace

CommandLine read_command_line(int argc, const char* const* argv)
{
    CommandLine line;
    line.arguments.assign(argv, argv + argc);
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
        if (std::string_view(*variable).starts_with(config::variable_prefix))
            line.environment.emplace_back(*variable);
    bool check = false;
    CLI::App app{"netplay-relay: a relay for libretro netplay", "netplay-relay"};
    app.footer(
        "Every key of the configuration is also an environment variable, for example\n"
        "NETPLAY_RELAY_LIMITS__SESSIONS for limits.sessions. Options win over variables, and\n"
        "variables over the file.");
    add_relay_options(app, line, check);
    add_status_command(app, line);
    add_upgrade_command(app, line);
    spelling::explain_mistakes(app, "--config");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        line.exit_code = app.exit(error) == 0 ? 0 : exit_bad_arguments;
    }
    if (check) line.command = Command::check_config;
    return line;
}

} // namespace netplay_relay::daemon
