// netplay-relay: a relay for libretro netplay.
#include "admin/status_client.hpp"
#include "admin/status_table.hpp"
#include "daemon/command_line.hpp"
#include "daemon/daemon.hpp"

#include <cstdio>
#include <exception>

namespace {

using namespace netplay_relay;

int show_status(const daemon::CommandLine& line)
{
    const admin::Fetched fetched = admin::fetch_status(line.status_url);
    if (!fetched.error.empty()) {
        if (!line.status_quiet)
            std::fprintf(stderr, "netplay-relay: no status from %s: %s\n", line.status_url.c_str(),
                         fetched.error.c_str());
        return daemon::exit_failed;
    }
    const auto table = admin::status_table(fetched.body);
    if (!table) {
        if (!line.status_quiet)
            std::fprintf(stderr, "netplay-relay: %s is not a relay's status\n",
                         line.status_url.c_str());
        return daemon::exit_failed;
    }
    if (!line.status_quiet) std::fputs((line.status_json ? fetched.body : *table).c_str(), stdout);
    return daemon::exit_ok;
}

int serve(const daemon::CommandLine& line)
{
    const daemon::Loaded loaded = daemon::load_config(line);
    if (!loaded.faults.empty()) {
        std::fputs(daemon::to_text(loaded.faults, line.config_file).c_str(), stderr);
        return daemon::exit_bad_config;
    }
    if (line.command == daemon::Command::check_config) {
        std::puts("the configuration is good");
        return daemon::exit_ok;
    }
    return daemon::run(line, loaded.config);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const daemon::CommandLine line = daemon::read_command_line(argc, argv);
        if (line.exit_code) return *line.exit_code;
        return line.command == daemon::Command::status ? show_status(line) : serve(line);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "netplay-relay: %s\n", error.what());
        return daemon::exit_failed;
    }
}
