// bench_rooms: plays in the rooms of a relay. One measurement per call, its result as JSON on
// stdout.

#include "process.hpp"
#include "rooms.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace {

struct Options
{
    std::uint16_t port = 0;
    std::vector<pid_t> pids;
    bool compressible = false;
    std::size_t state_bytes = 4U << 20U;
    std::size_t joins = 4;
    bench::RoomsPlan rooms;
};

void describe(CLI::App& app, Options& options)
{
    bench::Plan& plan = options.rooms.plan;
    app.add_option("--port", options.port, "where the relay listens, on 127.0.0.1")->required();
    app.add_option("--pid", options.pids, "its process")->required();
    app.add_option("--seconds", plan.seconds, "measuring window")->check(CLI::Range(0.1, 120.0));
    app.add_option("--warm-up", plan.warm_up_seconds)->check(CLI::Range(0.0, 10.0));
    app.add_option("--rooms", plan.sessions, "rooms of two")->check(CLI::Range(1, 3000));
    app.add_option("--joins", options.joins,
                   "join: so many, one after another; a room takes "
                   "some six, then one in 5 s");
    app.add_option("--state-bytes", options.state_bytes, "join: the savestate, uncompressed");
    app.add_flag("--compressible", options.compressible, "join: to an eighth");
    app.add_option("--seed", plan.seed, "decides which player sends when");
    app.add_flag("!--sleep", plan.spin, "sleep between messages instead of spinning");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_subcommand("pairs", "rooms of two players: CPU per input, latency");
    app.add_subcommand("beside", "as many tunnel links and direct connections at the same time");
    app.add_subcommand("join", "and one of four, where some join and all get a savestate");
    app.add_subcommand("full", "and one of 16 players and 15 spectators");
}

void complete(const CLI::App& app, Options& options)
{
    bench::SpecialRoom& special = options.rooms.special;
    if (app.got_subcommand("full")) {
        special.members = 31;
        special.players = 16;
    }
    options.rooms.beside = app.got_subcommand("beside");
    if (!app.got_subcommand("join")) return;
    special.members = special.players = 4;
    special.state_bytes = options.state_bytes;
    special.state_random_share = options.compressible ? 0.125 : 1;
    special.joins = options.joins;
    options.rooms.plan.seconds = bench::join_interval_seconds * static_cast<double>(options.joins);
}

nlohmann::json run(const bench::Target& target, const bench::RoomsPlan& plan)
{
    bench::Rooms rooms(target, plan);
    rooms.play(bench::to_ns(plan.plan.warm_up_seconds));
    bench::Window window(target);
    rooms.record(true);
    window.open(rooms.received());
    rooms.play(bench::to_ns(plan.plan.seconds));
    window.close(rooms.received());
    rooms.record(false);
    rooms.stop();
    nlohmann::json out = rooms.report();
    window.report(out, "inputs");
    if (const auto cpu = window.cpu_seconds())
        out["cpu_us_per_input"] = *cpu * 1e6 / static_cast<double>(window.count());
    return out;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Plays in the rooms of netplay-relay, for its bench");
    Options options;
    describe(app, options);
    CLI11_PARSE(app, argc, argv);
    complete(app, options);
    bench::prepare_process();
    try {
        bench::Target target;
        target.pids = options.pids;
        target.address = bench::loopback(options.port);
        std::cout << run(target, options.rooms).dump() << '\n';
        return EXIT_SUCCESS;
    } catch (const bench::IntegrityFailure& failure) {
        std::fprintf(stderr, "bench_rooms: INTEGRITY FAILURE: %s\n", failure.what());
        return 2;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "bench_rooms: %s\n", failure.what());
        return EXIT_FAILURE;
    }
}
