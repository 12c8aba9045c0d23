// How the process begins: alone, or in the place of another.
#include "daemon/daemon.hpp"
#include "daemon/fleet_start.hpp"
#include "daemon/listeners.hpp"
#include "daemon/logging.hpp"
#include "daemon/open_files.hpp"
#include "daemon/reach.hpp"
#include "daemon/running_daemon.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/stand_in.hpp"
#include "net/memory_reserve.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace netplay_relay::daemon {

std::optional<std::uint32_t> fit_open_files(config::Config& config, const OpenSockets& sockets)
{
    const OpenFiles files =
        provide_open_files(file_needs(config, sockets.count, sockets.port_addresses.size()));
    if (!files.enough) {
        spdlog::error("too_few_files problem=\"{}\"", files.arithmetic);
        return std::nullopt;
    }
    if (!files.arithmetic.empty())
        spdlog::warn("connections_lowered to={} problem=\"{}\"", files.connections,
                     files.arithmetic);
    config.policy.limits.connections = files.connections;
    return files.hops;
}

namespace {

// What a connection takes in the heap and in the state, about.
constexpr std::size_t memory_per_connection = 768;

// A page that is touched for the first time costs more than what is done in it. The games do not
// wait for that here, but would while they are taken over: the heap has this memory already, as
// long as what is returned, its end, is kept.
std::unique_ptr<char[]> provide_memory(std::size_t bytes)
{
    constexpr std::size_t block = 64U << 10U; // above 128 KiB it would not be of the heap
    constexpr std::size_t most = 64U << 20U;
    std::vector<std::unique_ptr<char[]>> blocks;
    for (std::size_t done = 0; done < std::min(bytes, most); done += block)
        blocks.push_back(std::make_unique<char[]>(block));
    return blocks.empty() ? nullptr : std::move(blocks.back());
}

// The listening sockets of the process before this one, and what else it has left.
std::vector<Inherited> inherit(Succession& succession, std::optional<net::IncomingHandover>& before)
{
    std::vector<Inherited> inherited;
    if (!succession.state.is_open()) return inherited;
    raise_open_files();
    before.emplace(std::move(succession.state), std::move(succession.sockets));
    if (!before->problem().empty()) {
        succession.lost = before->close_rest();
        spdlog::error("handover_failed connections={} problem=\"{}\"", succession.lost,
                      before->problem());
    }
    const std::vector<net::HandedListener>& handed = before->index().listeners;
    for (std::size_t at = 0; at < handed.size(); ++at)
        if (handed[at].use != net::ListenerUse::join_port)
            inherited.push_back({handed[at], before->take_listener(at)});
    return inherited;
}

int open_and_serve(const CommandLine& line, config::Config config, Succession succession)
{
    PassedSockets passed = take_passed_sockets();
    const bool stands_in = succession.wish == Succession::Wish::stand_in;
    if (stands_in && !wait_for_games(succession)) return exit_failed;
    std::optional<int> exit_code;
    const bool takes_back = succession.wish == Succession::Wish::take_back;
    if (takes_back && !take_games_back(succession, exit_code)) {
        if (exit_code) return *exit_code;
        spdlog::error("handover_failed problem=\"the process that held the games is gone\"");
    }
    if (passed.state.is_open()) {
        succession.state = std::move(passed.state);
        succession.sockets = std::move(passed.kept);
        forget_kept_by_service_manager();
    }
    std::optional<net::IncomingHandover> before;
    std::vector<Inherited> inherited = inherit(succession, before);
    Listeners listeners;
    OpenSockets sockets;
    if (stands_in) {
        sockets = sockets_of(inherited);
    } else {
        listeners = open_listeners(config, std::move(passed), std::move(inherited));
        sockets = sockets_of(listeners);
    }
    if (!listeners.problem.empty()) {
        std::fprintf(stderr, "netplay-relay: %s\n", listeners.problem.c_str());
        return exit_failed;
    }
    const std::optional<std::uint32_t> hops = fit_open_files(config, sockets);
    if (!hops) return exit_failed;
    FleetStart fleet;
    if (!stands_in) fleet = start_fleet(config);
    if (!fleet.problem.empty()) {
        std::fprintf(stderr, "netplay-relay: %s\n", fleet.problem.c_str());
        return exit_failed;
    }
    config.policy.rooms.fleet_salt = fleet.room_salt;
    const net::HandoverFacts* facts =
        before && before->problem().empty() ? &before->index().facts : nullptr;
    RunningDaemon daemon(line, config, std::move(sockets), std::move(succession), facts);
    if (stands_in) daemon.hold(std::move(inherited));
    if (facts != nullptr) fleet.go_on_from(*facts);
    daemon.limit_hops(*hops);
    daemon.join_fleet(std::move(fleet));
    return daemon.run(std::move(listeners), before);
}

} // namespace

sigset_t all_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int one : {SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGINT})
        sigaddset(&signals, one);
    return signals;
}

void hold_signals(bool hold)
{
    sigset_t signals = all_signals();
    if (hold) // those are held by one that becomes us only
        for (const int end : {SIGTERM, SIGINT})
            sigdelset(&signals, end);
    pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &signals, nullptr);
}

void hold_all_signals()
{
    const sigset_t signals = all_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int run(const CommandLine& line, const config::Config& config, Succession succession)
{
    // It logs where its parent does, from now on.
    if (succession.wish == Succession::Wish::stand_in &&
        (dup2(succession.output.value(), STDOUT_FILENO) < 0 ||
         dup2(succession.errors.value(), STDERR_FILENO) < 0))
        return exit_failed;
    start_logging(config.log_level);
    net::keep_memory_reserve();
    // Huge pages would make 2 MiB of the first bytes of a savestate, beside all that is counted.
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    std::signal(SIGPIPE, SIG_IGN);
    if (succession.wish != Succession::Wish::none)
        succession.heap_end = provide_memory(succession.connections * memory_per_connection);
    // What its parent has logged already.
    if (succession.wish == Succession::Wish::stand_in)
        change_log_level(std::max(config.log_level, config::LogLevel::warning));
    if (succession.wish != Succession::Wish::stand_in)
        spdlog::info("starting version={} workers={} config={}", NETPLAY_RELAY_VERSION,
                     workers_of(config), line.config_file.empty() ? "none" : line.config_file);
    const auto warn_of = [](const std::string& sentence) {
        const bool is_reach = sentence.ends_with("IPv4 only");
        const char* const word = is_reach ? "hosts_need_ipv4" : "config_odd";
        if (!sentence.empty()) spdlog::warn("{} problem=\"{}\"", word, sentence);
    };
    if (succession.wish == Succession::Wish::none) {
        for (const std::string& sentence : config::warnings(config))
            warn_of(sentence);
        warn_of(warning_of_machine());
        if (const std::string key = check_fleet_key(config).warning; !key.empty())
            warn_of("fleet.key_file: " + key);
    }
    if (const std::string unread = unread_file_text(line); !unread.empty())
        spdlog::warn("config_not_read problem=\"{}\"", unread);
    const int exit_code = open_and_serve(line, config, std::move(succession));
    finish_logging(exit_code);
    return exit_code;
}

} // namespace netplay_relay::daemon
