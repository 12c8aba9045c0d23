// bench_load: the load generator. One measurement per call, its result as JSON on stdout.

#include "modes.hpp"
#include "process.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace {

struct Options
{
    std::uint16_t port = 0;
    bool plain = false;
    int accept_fd = -1;
    int accept_port = -1;
    std::vector<pid_t> pids;
    bench::Plan plan;
};

using Run = nlohmann::json (*)(const bench::Target&, const bench::Plan&);

struct Mode
{
    const char* name;
    const char* what;
    Run run;
};

constexpr std::array modes{
    Mode{"paced", "two-player games at 60 Hz: CPU per message, latency", bench::run_paced},
    Mode{"flood", "one message in flight per link and direction", bench::run_flood},
    Mode{"bulk", "links that push as much as they can", bench::run_bulk},
    Mode{"idle", "links on which nothing happens: memory", bench::run_idle},
    Mode{"gaps", "two-player games at 60 Hz through upgrades of the target: gaps", bench::run_gaps},
    Mode{"churn", "sessions set up and torn down", bench::run_churn},
};

void describe(CLI::App& app, Options& options)
{
    bench::Plan& plan = options.plan;
    app.add_option("--port", options.port, "where the target listens, on 127.0.0.1");
    app.add_flag("--plain", options.plain,
                 "the target speaks no tunnel, it passes connections on to us");
    app.add_option("--accept-fd", options.accept_fd, "plain: inherited listening socket");
    app.add_option("--accept-port", options.accept_port, "plain: port to listen on, 0 for any");
    app.add_option("--pid", options.pids, "process of the target; may be given several times");
    app.add_option("--seconds", plan.seconds, "measuring window")->check(CLI::Range(0.1, 30.0));
    app.add_option("--warm-up", plan.warm_up_seconds)->check(CLI::Range(0.0, 10.0));
    app.add_option("--sessions", plan.sessions)->check(CLI::Range(1, 6000));
    app.add_option("--links-per-session", plan.links_per_session)->check(CLI::Range(1, 1024));
    app.add_option("--concurrency", plan.concurrency, "churn: sessions in progress at a time")
        ->check(CLI::Range(1, 512));
    app.add_option("--upgrades", plan.upgrades, "gaps: how often the target gets SIGUSR2")
        ->check(CLI::Range(0, 10000));
    app.add_option("--seed", plan.seed, "decides which player sends when");
    app.add_flag("!--sleep", plan.spin, "paced: sleep between messages instead of spinning");
}

bench::Target make_target(const Options& options)
{
    bench::Target target;
    target.speaks_tunnel = !options.plain;
    target.pids = options.pids;
    target.address = bench::loopback(options.port);
    if (!options.plain) return target;
    target.listener =
        options.accept_fd >= 0
            ? bench::Socket(options.accept_fd)
            : bench::listen_on(static_cast<std::uint16_t>(std::max(options.accept_port, 0)));
    // Without a target in between we connect to ourselves: the direct loopback.
    if (options.port == 0) target.address = bench::local_address(target.listener);
    return target;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Load generator of netplay-relay's bench");
    Options options;
    describe(app, options);
    app.require_subcommand(1);
    app.fallthrough();
    for (const Mode& mode : modes)
        app.add_subcommand(mode.name, mode.what);
    CLI11_PARSE(app, argc, argv);

    bench::prepare_process();
    try {
        const bench::Target target = make_target(options);
        for (const Mode& mode : modes)
            if (app.got_subcommand(mode.name))
                std::cout << mode.run(target, options.plan).dump() << '\n';
        return EXIT_SUCCESS;
    } catch (const bench::IntegrityFailure& failure) {
        std::fprintf(stderr, "bench_load: INTEGRITY FAILURE: %s\n", failure.what());
        return 2;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "bench_load: %s\n", failure.what());
        return EXIT_FAILURE;
    }
}
