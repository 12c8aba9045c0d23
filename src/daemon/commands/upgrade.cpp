#include "admin/handover_status.hpp"
#include "daemon/commands/ask_relay.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/daemon.hpp"
#include "daemon/stand_in.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <poll.h>

namespace netplay_relay::daemon {

namespace {

constexpr std::chrono::seconds upgrade_spare{5};
constexpr int upgrade_look_ms = 20;

// The number is what the status says, and that may be of another machine.
bool is_relay(int process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/comm");
    std::string name;
    return std::getline(file, name) && name == "netplay-relay";
}

// Asks the relay that runs with this configuration to become the program that is on disk now, and
// waits until it has, or has not.
int upgrade(const CommandLine& line, const std::string& url)
{
    hold_signals(false);
    std::string problem;
    const auto handovers = [&] {
        const std::string body = problem.empty() ? status_of(line, url, problem) : std::string();
        return problem.empty() ? admin::handovers_in(body) : std::nullopt;
    };
    const auto before = handovers();
    if (problem.empty() && !before) problem = "what answers there is no relay that can do this\n";
    if (problem.empty() && !is_relay(before->process))
        problem = "process " + std::to_string(before->process) +
                  " is no netplay-relay of this machine or container\n";
    if (problem.empty() && kill(before->process, SIGUSR2) != 0)
        problem = "process " + std::to_string(before->process) + ": " + std::strerror(errno) + "\n";
    const auto limit = std::chrono::steady_clock::now() + trial_limit + upgrade_spare;
    while (problem.empty()) {
        (void)poll(nullptr, 0, upgrade_look_ms);
        const auto now = handovers();
        if (!now) problem.clear(); // it may be on its way
        if (now && now->done > before->done && now->process == before->process) {
            std::printf("%s\n", admin::handover_text(*now).c_str());
            return exit_ok;
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
    tell_error(problem);
    return exit_failed;
}

} // namespace

Action prepare_upgrade(CLI::App& app)
{
    const auto url = std::make_shared<std::string>();
    add_url(app, *url);
    return [url](const CommandLine& line) { return upgrade(line, *url); };
}

} // namespace netplay_relay::daemon
