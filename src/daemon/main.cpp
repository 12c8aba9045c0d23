// netplay-relay: a relay for libretro netplay.
#include "admin/handover_status.hpp"
#include "admin/status_client.hpp"
#include "admin/status_table.hpp"
#include "daemon/command_line.hpp"
#include "daemon/daemon.hpp"
#include "daemon/program.hpp"
#include "daemon/reach.hpp"
#include "daemon/stand_in.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <optional>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace {

using namespace netplay_relay;

constexpr unsigned dns_seconds = 2;
constexpr std::chrono::seconds upgrade_spare{5};
constexpr int upgrade_look_ms = 20;

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

// Its JSON; empty, and `problem` says why, if there is none.
std::string status_of(const daemon::CommandLine& line, std::string& problem)
{
    const std::string url = url_of_status(line, problem);
    if (!problem.empty()) return {};
    const admin::Fetched fetched = admin::fetch_status(url);
    if (!fetched.error.empty()) problem = "no status from " + url + ": " + fetched.error + "\n";
    return fetched.body;
}

// The number is what the status says, and that may be of another machine.
bool is_relay(int process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/comm");
    std::string name;
    return std::getline(file, name) && name == "netplay-relay";
}

// Asks the relay that runs with this configuration to become the program that is on disk now, and
// waits until it has, or has not.
int upgrade(const daemon::CommandLine& line)
{
    daemon::hold_signals(false);
    std::string problem;
    const auto handovers = [&] {
        const std::string body = problem.empty() ? status_of(line, problem) : std::string();
        return problem.empty() ? admin::handovers_in(body) : std::nullopt;
    };
    const auto before = handovers();
    if (problem.empty() && !before) problem = "what answers there is no relay that can do this\n";
    if (problem.empty() && !is_relay(before->process))
        problem = "process " + std::to_string(before->process) +
                  " is no netplay-relay of this machine or container\n";
    if (problem.empty() && kill(before->process, SIGUSR2) != 0)
        problem = "process " + std::to_string(before->process) + ": " + std::strerror(errno) + "\n";
    const auto limit = std::chrono::steady_clock::now() + daemon::trial_limit + upgrade_spare;
    while (problem.empty()) {
        (void)poll(nullptr, 0, upgrade_look_ms);
        const auto now = handovers();
        if (!now) problem.clear(); // it may be on its way
        if (now && now->done > before->done && now->process == before->process) {
            std::printf("%s\n", admin::handover_text(*now).c_str());
            return daemon::exit_ok;
        }
        if (now && now->process != before->process)
            problem = now->problem + "; process " + std::to_string(now->process) + " goes on\n";
        else if (now && now->failed != before->failed)
            problem = now->problem + "; the program that ran before goes on\n";
        else if (now && now->done < before->done)
            problem = "the games are lost; the log says why\n";
        else if (std::chrono::steady_clock::now() > limit)
            problem = "no answer in time; if admin.listen has changed that is why, see the log\n";
    }
    std::fprintf(stderr, "netplay-relay: %s", problem.c_str());
    return daemon::exit_failed;
}

int show_status(const daemon::CommandLine& line)
{
    daemon::hold_signals(false);
    std::string problem;
    const std::string body = status_of(line, problem);
    const std::optional<std::string> table =
        problem.empty() ? admin::status_table(body) : std::nullopt;
    if (problem.empty() && !table) problem = "what answers there is no relay's status\n";
    if (line.status_quiet) return problem.empty() ? daemon::exit_ok : daemon::exit_failed;
    if (!problem.empty()) {
        std::fprintf(stderr, "netplay-relay: %s", problem.c_str());
        if (line.status_url.empty()) tell_unread_file(line);
        return daemon::exit_failed;
    }
    std::fputs((line.status_json ? body : *table).c_str(), stdout);
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

int serve(const daemon::CommandLine& line, daemon::Succession succession)
{
    const daemon::Loaded loaded = daemon::load_config(line);
    if (succession.wish == daemon::Succession::Wish::stand_in) {
        const int tried = daemon::try_succession(line, loaded, succession);
        if (tried != daemon::exit_ok) return tried;
    } else if (!loaded.faults.empty()) {
        std::fputs(daemon::to_text(loaded.faults, line.config_file).c_str(), stderr);
        tell_unread_file(line);
        return daemon::exit_bad_config;
    }
    if (line.command == daemon::Command::check_config) {
        tell_good(line, loaded.config);
        return daemon::exit_ok;
    }
    return daemon::run(line, loaded.config, std::move(succession));
}

} // namespace

int main(int argc, char** argv)
{
    daemon::hold_signals(true); // also in the log's thread, which is never asked
    try {
        const daemon::CommandLine line = daemon::read_command_line(argc, argv);
        if (line.exit_code) return *line.exit_code;
        if (line.command == daemon::Command::status) return show_status(line);
        if (line.command == daemon::Command::upgrade) return upgrade(line);
        daemon::Succession succession = daemon::take_succession();
        return serve(line, std::move(succession));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "netplay-relay: %s\n", error.what());
        return daemon::exit_failed;
    }
}
