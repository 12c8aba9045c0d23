// netplay-relay: a relay for libretro netplay.
#include "admin/status_client.hpp"
#include "admin/status_table.hpp"
#include "daemon/command_line.hpp"
#include "daemon/daemon.hpp"
#include "daemon/reach.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <unistd.h>

namespace {

using namespace netplay_relay;

constexpr unsigned dns_seconds = 2;

// The status address of a relay that runs with this configuration; empty, and `problem` says why,
// if there is none.
std::string url_of_status(const daemon::CommandLine& line, std::string& problem)
{
    if (!line.status_url.empty()) return line.status_url;
    const daemon::Loaded loaded = daemon::load_config(line);
    if (!loaded.faults.empty()) {
        problem = daemon::to_text(loaded.faults, line.config_file);
        return {};
    }
    if (loaded.config.admin_listen.empty() || loaded.config.admin_listen.front().port == 0) {
        problem = "the configuration names no port in admin.listen\n";
        return {};
    }
    return daemon::status_url(loaded.config.admin_listen.front());
}

void tell_unread_file(const daemon::CommandLine& line)
{
    const std::string text = daemon::unread_file_text(line);
    if (!text.empty()) std::fprintf(stderr, "netplay-relay: %s\n", text.c_str());
}

void warn(const std::string& sentence)
{
    if (!sentence.empty()) std::fprintf(stderr, "netplay-relay: warning: %s\n", sentence.c_str());
}

int show_status(const daemon::CommandLine& line)
{
    daemon::hold_signals(false);
    std::string problem;
    const std::string url = url_of_status(line, problem);
    admin::Fetched fetched;
    std::optional<std::string> table;
    if (problem.empty()) {
        fetched = admin::fetch_status(url);
        if (!fetched.error.empty())
            problem = "no status from " + url + ": " + fetched.error + "\n";
        else if (!(table = admin::status_table(fetched.body)))
            problem = url + " is not a relay's status\n";
    }
    if (line.status_quiet) return problem.empty() ? daemon::exit_ok : daemon::exit_failed;
    if (!problem.empty()) {
        std::fprintf(stderr, "netplay-relay: %s", problem.c_str());
        if (line.status_url.empty()) tell_unread_file(line);
        return daemon::exit_failed;
    }
    std::fputs((line.status_json ? fetched.body : *table).c_str(), stdout);
    return daemon::exit_ok;
}

// What is said last may take as long as DNS does, and is left out if that is too long.
void tell_good(const daemon::CommandLine& line, const config::Config& config)
{
    std::printf("the configuration is good\nread: %s\n", daemon::sources_text(line).c_str());
    std::fflush(stdout);
    tell_unread_file(line);
    for (const std::string& sentence : config::warnings(config))
        warn(sentence);
    warn(daemon::warning_of_machine());
    std::signal(SIGALRM, [](int) { _exit(daemon::exit_ok); });
    alarm(dns_seconds);
    warn(daemon::warning_of_name(config.public_name));
    alarm(0);
}

int serve(const daemon::CommandLine& line)
{
    const daemon::Loaded loaded = daemon::load_config(line);
    if (!loaded.faults.empty()) {
        std::fputs(daemon::to_text(loaded.faults, line.config_file).c_str(), stderr);
        tell_unread_file(line);
        return daemon::exit_bad_config;
    }
    if (line.command == daemon::Command::check_config) {
        tell_good(line, loaded.config);
        return daemon::exit_ok;
    }
    return daemon::run(line, loaded.config);
}

} // namespace

int main(int argc, char** argv)
{
    daemon::hold_signals(true); // also in the log's thread, which is never asked
    try {
        const daemon::CommandLine line = daemon::read_command_line(argc, argv);
        if (line.exit_code) return *line.exit_code;
        return line.command == daemon::Command::status ? show_status(line) : serve(line);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "netplay-relay: %s\n", error.what());
        return daemon::exit_failed;
    }
}
