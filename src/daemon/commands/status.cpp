#include "admin/fleet_table.hpp"
#include "admin/status_table.hpp"
#include "daemon/commands/ask_relay.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/watch.hpp"
#include "daemon/daemon.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>

namespace netplay_relay::daemon {

namespace {

struct StatusOptions
{
    std::string url;
    bool json = false;
    bool quiet = false;
    bool fleet = false;
    std::string watch; // how often, or nothing: every two seconds
    bool watches = false;
};

// "--watch 127.0.0.1:55480" is meant as it reads: the address stands behind an option that may have
// a value.
int watch_status(const CommandLine& line, const StatusOptions& options)
{
    WatchOptions watched{options.url, WatchOptions{}.every, options.json, options.fleet};
    const std::optional<double> seconds = seconds_in(options.watch);
    const bool is_url = !options.watch.empty() && !seconds;
    const bool fits = seconds && *seconds >= watch_seconds_least && *seconds <= watch_seconds_most;
    if ((seconds && !fits) || (is_url && !options.url.empty())) {
        std::fprintf(stderr, "netplay-relay: --watch: from 0.2 to 3600 seconds, not %s\n",
                     options.watch.c_str());
        return exit_bad_config;
    }
    if (is_url) watched.url = options.watch;
    if (seconds)
        watched.every = std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000));
    std::string problem;
    watched.url = url_of_status(line, watched.url, problem);
    if (options.fleet && problem.empty()) watched.url = url_of_fleet(watched.url);
    if (problem.empty()) watch(watched, problem);
    return problem.empty() ? exit_ok : tell_problem(line, options.url, problem);
}

int show_status(const CommandLine& line, const StatusOptions& options)
{
    hold_signals(false);
    if (options.watches) return watch_status(line, options);
    std::string problem;
    const std::string body = status_of(line, options.url, problem, options.fleet);
    std::optional<std::string> table;
    if (problem.empty())
        table = options.fleet ? admin::fleet_table(body) : admin::status_table(body);
    if (problem.empty() && !table) problem = "what answers there is no relay's status\n";
    const bool is_well = problem.empty() && (!options.fleet || admin::is_fleet_whole(body));
    if (options.quiet) return is_well ? exit_ok : exit_failed;
    if (!problem.empty()) return tell_problem(line, options.url, problem);
    std::fputs((options.json ? body : *table).c_str(), stdout);
    return exit_ok;
}

} // namespace

Action prepare_status(CLI::App& app)
{
    const auto options = std::make_shared<StatusOptions>();
    add_url(app, options->url);
    app.add_flag("--json", options->json, "Print the JSON as it came");
    app.add_flag("--fleet", options->fleet, "Of all nodes of its fleet, and their games");
    app.add_flag("-q,--quiet", options->quiet,
                 "Print nothing; exit 0 if the relay answers, or all nodes are up");
    const auto watch = [options](const std::string& how_often) {
        options->watch = how_often;
        options->watches = true;
    };
    app.add_option_function<std::string>(
           "-w,--watch", watch,
           "Again every so many seconds (2), who lags first, until q or Ctrl-C")
        ->type_name("SECONDS")
        ->expected(0, 1);
    return [options](const CommandLine& line) { return show_status(line, *options); };
}

} // namespace netplay_relay::daemon
