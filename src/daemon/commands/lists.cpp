#include "admin/status_lists.hpp"
#include "daemon/commands/ask_relay.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/daemon.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>

namespace netplay_relay::daemon {

namespace {

struct ListOptions
{
    std::string url;
    bool json = false;
};

using List = std::optional<std::string> (*)(const std::string& status_json);

int show_list(const CommandLine& line, const ListOptions& options, const char* part, List list)
{
    hold_signals(false);
    std::string problem;
    const std::string body = status_of(line, options.url, problem);
    std::optional<std::string> text;
    if (problem.empty()) text = options.json ? admin::part_of_status(body, part) : list(body);
    if (problem.empty() && !text) problem = "what answers there is no relay's status\n";
    if (!problem.empty()) return tell_problem(line, options.url, problem);
    std::fputs(text->c_str(), stdout);
    return exit_ok;
}

Action prepare_list(CLI::App& app, const char* part, List list)
{
    const auto options = std::make_shared<ListOptions>();
    add_url(app, options->url);
    app.add_flag("--json", options->json, "Print that part of the status as JSON");
    return [options, part, list](const CommandLine& line) {
        return show_list(line, *options, part, list);
    };
}

} // namespace

Action prepare_sessions(CLI::App& app)
{
    return prepare_list(app, "sessions", admin::sessions_list);
}

Action prepare_rooms(CLI::App& app) { return prepare_list(app, "rooms", admin::rooms_list); }

Action prepare_parties(CLI::App& app) { return prepare_list(app, "parties", admin::parties_list); }

} // namespace netplay_relay::daemon
