#include "daemon/daemon.hpp"

#include "admin/admin_server.hpp"
#include "admin/page_routes.hpp"
#include "daemon/address_watch.hpp"
#include "daemon/advertisements.hpp"
#include "daemon/listeners.hpp"
#include "daemon/logging.hpp"
#include "daemon/memory_plan.hpp"
#include "daemon/open_files.hpp"
#include "daemon/program.hpp"
#include "daemon/public_view.hpp"
#include "daemon/reach.hpp"
#include "daemon/running_daemon.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/terminal.hpp"
#include "net/lan_discovery.hpp"
#include "net/workers.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::daemon {

namespace {

// For webhooks to post what happened last.
constexpr std::chrono::seconds outward_patience{1};

// What those who do not read may have, in bytes.
std::size_t plan_memory(const lobby::Policy& policy)
{
    const MemoryPlan plan = divide_memory(memory_limit(policy.limits), policy);
    spdlog::info("memory limit_mib={} by={} for_connections_mib={} for_savestates_mib={} "
                 "for_packets_mib={} for_slow_peers_mib={}",
                 plan.limit.bytes / mebibyte, plan.limit.by, plan.connections / mebibyte,
                 plan.savestates / mebibyte, plan.packets / mebibyte, plan.slow_peers / mebibyte);
    if (!plan.problem.empty()) spdlog::warn("memory_too_small problem=\"{}\"", plan.problem);
    return plan.slow_peers;
}

} // namespace

RunningDaemon::RunningDaemon(const CommandLine& line, const config::Config& config,
                             OpenSockets sockets, Succession succession,
                             const net::HandoverFacts* before)
    : line_(line), config_(config), sockets_(std::move(sockets)),
      stands_in_(succession.wish == Succession::Wish::stand_in), before_(std::move(succession)),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      workers_(
          io_, workers_of(config), config.policy, {config.public_name, config.public_port},
          [] { return std::make_unique<SystemRandom>(); }, before),
      fleet_instance_(before != nullptr && before->fleet_instance != 0 ? before->fleet_instance
                                                                       : fresh_instance()),
      bans_timer_(io_), clock_watch_(io_, [this] { follow_wall_clock(); }), feed_(io_),
      event_streams_({io_, workers_, process_}, feed_), game_watch_(io_, workers_, feed_),
      fleet_view_(io_), admin_(io_),
      public_page_(io_, workers_,
                   [this] { return public_view(config_, process_, workers_.takes_new()); }),
      public_server_(io_, {"public_page.listen", admin::public_connections_max,
                           admin::line_tests_max, /*for_strangers=*/true,
                           admin::public_accepted_per_second, admin::public_accepted_per_second}),
      announcements_(io_, workers_, config_, outward_), addresses_(io_, process_),
      service_(io_, workers_, process_), stop_signals_(io_, SIGTERM, SIGINT),
      reload_signals_(io_, SIGHUP), drain_signals_(io_, SIGUSR1), drain_timer_(io_),
      upgrade_signals_(io_, SIGUSR2), upgrade_timer_(io_), leave_timer_(io_), reap_timer_(io_),
      control_(io_), child_(io_, line.arguments),
      drain_plan_(
          io_, [this](const std::string& text) { (void)say_in_rooms(std::nullopt, text); },
          [this] { drain_as_planned(); })
{
    workers_.inspect_new_links(config.inspect);
    workers_.limit_slow_memory(plan_memory(config.policy));
    begin_feed();
    admin_.add(admin::status_routes({io_, workers_, process_}));
    admin_.add(fleet_view_.routes());
    admin_.add(admin::metrics_routes({io_, workers_, process_}));
    admin_.add(event_streams_.route());
    admin_.add(admin::control_routes(controls(), feed_));
    admin_.add(admin::page_routes());
    public_server_.add(public_page_.routes());
    public_server_.limit_addresses(!config.public_page.behind_proxy);
    admin_.set_names([this] { return std::vector<std::string>{config_.public_name}; });
}

void RunningDaemon::hold(std::vector<Inherited> inherited)
{
    for (const Inherited& one : inherited)
        if (one.socket.is_open()) handed_.emplace_back(one.listener, one.socket.value());
    inherited_ = std::move(inherited);
}

int RunningDaemon::run(Listeners listeners, std::optional<net::IncomingHandover>& before)
{
    if (stands_in_)
        workers_.listen_for_ports_at(sockets_.port_addresses);
    else
        serve(std::move(listeners));
    process_.version = NETPLAY_RELAY_VERSION;
    process_.started_at = std::chrono::system_clock::now();
    process_.started = workers_.now();
    process_.log_lines_lost = &log_lines_lost;
    process_.kept_problem = [this] { return kept_problem(); };
    if (before) take_over(*before);
    if (before_.control.is_open() && !settle_succession()) return exit_failed;
    before.reset(); // the state takes memory
    if (!stands_in_) begin();
    workers_.start();
    workers_.run();
    hold_signals(true);
    if (process_.state == net::RelayState::stopping) remove_socket(control_path_);
    finish_files();
    const lobby::Totals totals = workers_.figures().totals;
    spdlog::info("stopped sessions={} links={}", totals.sessions, totals.links);
    return exit_ok;
}

// From now on it is steered.
void RunningDaemon::begin()
{
    wait_for_stop();
    wait_for_reload();
    wait_for_drain();
    wait_for_upgrade();
    keep_orders();
    tell_reach();
    begin_outward();
    if (fleet_ != nullptr) fleet_->begin();
    if (!draining_since_ || !drain_is_final_) service_.ready();
    if (draining_since_)
        drain(draining_since_);
    else if (facts_before_.drain_starts)
        drain_plan_.begin(*facts_before_.drain_starts, workers_.now(), facts_before_.drain_message,
                          true);
    process_.drain_starts = drain_plan_.at();
    hold_signals(false);
}

void RunningDaemon::serve(Listeners listeners)
{
    for (OpenListener& listener : listeners.players) {
        list(net::ListenerUse::players, listener.wanted, listener.passed, listener.socket.value());
        workers_.listen(listener.socket, listener.profile);
        const wire::Endpoint endpoint = net::local_endpoint(listener.socket.value());
        listeners_.push_back(std::move(listener.socket));
        process_.listening.push_back({endpoint, listener.key, "listening", listener.passed});
        if (listener.profile == lobby::ListenerProfile{}) listening_.push_back(endpoint);
    }
    for (const WithoutIpv6& one : listeners.without_ipv6) {
        const bool is_page = one.key == "public_page.listen";
        (is_page ? process_.public_listening : process_.listening)
            .push_back({one.endpoint, one.key, is_page ? "public_page_listening" : "listening",
                        false, net::ListeningState::no_ipv6});
    }
    workers_.listen_for_ports_at(sockets_.port_addresses);
    for (OpenAdmin& one : listeners.admin) {
        list(net::ListenerUse::admin, one.wanted, one.passed, one.socket.value());
        process_.admin_listening.push_back({net::local_endpoint(one.socket.value()), "admin.listen",
                                            "admin_listening", one.passed});
        admin_.serve(std::move(one.socket));
    }
    if (listeners.control.socket.is_open()) serve_control(std::move(listeners.control));
    read_token();
    for (OpenAdmin& one : listeners.public_page) {
        list(net::ListenerUse::public_page, one.wanted, one.passed, one.socket.value());
        process_.public_listening.push_back({net::local_endpoint(one.socket.value()),
                                             "public_page.listen", "public_page_listening",
                                             one.passed});
        public_server_.serve(std::move(one.socket));
    }
    if (listeners.discovery.is_open())
        list(net::ListenerUse::discovery, config_.lan_discovery.listen, false,
             listeners.discovery.value());
    if (listeners.discovery.is_open() && !process_.listening.empty())
        serve_discovery(std::move(listeners.discovery));
    addresses_.start();
}

void RunningDaemon::serve_control(OpenLocal control)
{
    handed_.emplace_back(
        net::HandedListener{net::ListenerUse::control, {}, control.passed, control.path},
        control.socket.value());
    control_path_ = control.path;
    spdlog::info("control_listening path=\"{}\" by_systemd={}", text::quotable(control.path),
                 control.passed);
    admin_.serve_local(std::move(control.socket));
}

void RunningDaemon::serve_discovery(net::UniqueFd socket)
{
    // Those who find us come by IPv4; config::check() has seen that `listen` has such an address.
    // Of sockets that systemd passed, one may serve IPv6 and IPv4.
    const auto listener = std::ranges::find_if(process_.listening, [](const net::ListeningAt& one) {
        return one.endpoint.address.is_ipv4();
    });
    const std::uint16_t port = listener != process_.listening.end()
                                   ? listener->endpoint.port
                                   : process_.listening.front().endpoint.port;
    discovery_ = std::make_unique<net::LanDiscovery>(
        io_, std::move(socket), [this, port] { return advertisements(workers_, config_, port); });
    process_.discovery = &discovery_->counts();
    process_.discovery_listening = {discovery_->endpoint(), "lan_discovery.listen",
                                    "lan_discovery"};
}

// What the operator tells others, and from where the relay has what it knows.
void RunningDaemon::tell_reach()
{
    process_.config_file = line_.config_file;
    process_.reach = reach_of(config_, listening_);
    const std::string status = process_.admin_listening.empty()
                                   ? "off"
                                   : status_url(process_.admin_listening.front().endpoint);
    const std::string page = status.substr(0, status.rfind("status"));
    const std::string file = line_.config_file.empty() ? "none" : line_.config_file;
    spdlog::info("ready players=\"{}\" hosts=\"{}\" status={} config={}", process_.reach.players,
                 process_.reach.hosts, status, file);
    if (isatty(STDOUT_FILENO) == 0) return;
    spdlog::info("players: {}", process_.reach.players);
    spdlog::info("hosts: {}", process_.reach.hosts);
    spdlog::info("page: {}", page);
    spdlog::info("file: {}", file);
}

void RunningDaemon::wait_for_stop()
{
    stop_signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (!error) leave(signal);
    });
}

void RunningDaemon::stop(const std::string& cause)
{
    if (process_.state == net::RelayState::stopping) {
        spdlog::warn("stopping_at_once {}", cause);
        return io_.stop();
    }
    process_.state = net::RelayState::stopping;
    const lobby::Use use = workers_.use();
    spdlog::info("stopping {} sessions={} links={} grace_seconds={}", cause, use.sessions,
                 use.links, config_.shutdown_grace.count());
    feed_.publish("stopping", {{"cause", cause}});
    service_.stopping();
    announcements_.stop();
    outward_.finish_within(outward_patience);
    drain_timer_.cancel();
    drain_plan_.cancel();
    process_.drain_starts.reset();
    wait_for_stop();
    workers_.stop_listening();
    listeners_.clear();
    if (discovery_) discovery_->stop();
    addresses_.stop();
    workers_.shut_down(config_.shutdown_grace, [this] { io_.stop(); });
}

void RunningDaemon::wait_for_drain()
{
    drain_signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        drain_plan_.cancel();
        process_.drain_starts.reset();
        const bool was_final = std::exchange(drain_is_final_, true);
        if (process_.state == net::RelayState::running)
            drain();
        else if (process_.state == net::RelayState::draining && !was_final)
            service_.stopping();
        wait_for_drain();
    });
}

// `since`: it was this process's predecessor that began.
void RunningDaemon::drain(std::optional<lobby::Instant> since)
{
    process_.state = net::RelayState::draining;
    const lobby::Use use = workers_.use();
    const std::size_t hops = workers_.figures().hops;
    spdlog::info("draining sessions={} links={} rooms={} parties={} hops={} limit_seconds={}",
                 use.sessions, use.links, use.rooms, use.parties, hops,
                 config_.drain_limit.count());
    drain_began_ = std::chrono::steady_clock::now();
    if (since)
        drain_began_ = std::min(drain_began_,
                                std::chrono::steady_clock::time_point(since->time_since_epoch()));
    arm_drain_limit();
    const auto ends = config_.drain_limit.count() == 0
                          ? nlohmann::ordered_json(nullptr)
                          : nlohmann::ordered_json(drain_left().count());
    feed_.publish("draining", {{"ends_in_seconds", ends},
                               {"sessions", use.sessions},
                               {"rooms", use.rooms},
                               {"parties", use.parties},
                               {"hops", hops}});
    if (drain_is_final_) service_.stopping();
    workers_.begin_draining([this] { end_drain("reason=drained"); });
    tell_fleet();
}

void RunningDaemon::wait_for_reload()
{
    reload_signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        hang_up();
        wait_for_reload();
    });
}

// A terminal that closes sends it, and often more than once: the shell, and then the kernel.
void RunningDaemon::hang_up()
{
    if (!in_terminal_ || config_.reload_in_terminal) return reload();
    if (process_.state == net::RelayState::stopping) return;
    stop("signal=1 problem=\"in a terminal SIGHUP ends the relay, as the terminal's end does; see "
         "reload_in_terminal\"");
}

void RunningDaemon::reload()
{
    service_.reloading();
    service_.reloaded(adopt_configuration());
}

// Returns what is wrong with the new one; then the old one holds on.
std::string RunningDaemon::adopt_configuration()
{
    Loaded loaded = load_config(line_);
    if (!loaded.faults.empty()) {
        for (config::Fault& fault : loaded.faults) {
            std::ranges::replace(fault.problem, '"', '\'');
            spdlog::error("reload_refused key={} file={} problem=\"{}\"", fault.key,
                          line_.config_file, fault.problem);
        }
        const std::string& key = loaded.faults.front().key;
        return "the new configuration was refused" + (key.empty() ? key : " for " + key);
    }
    const config::Config& wanted = loaded.config;
    std::string waiting;
    for (const std::string& key : config::keys_for_restart(config_, wanted))
        waiting += (waiting.empty() ? "" : ", ") + key;
    if (!waiting.empty())
        spdlog::warn("reload_incomplete keys=\"{}\" problem=\"what they say now needs a restart or "
                     "an upgrade\"",
                     waiting);
    config::Config next = wanted;
    next.listen = config_.listen;
    next.doors = config_.doors;
    next.admin_listen = config_.admin_listen;
    next.admin_socket = config_.admin_socket;
    next.public_page.listen = config_.public_page.listen;
    next.lan_discovery = config_.lan_discovery;
    config::keep_fleet(config_, next);
    next.workers = config_.workers;
    const std::optional<std::uint32_t> hops = fit_open_files(next, sockets_);
    if (!hops) return "the new configuration was refused: too few open files";
    limit_hops(*hops);
    config_ = std::move(next);
    change_log_level(config_.log_level);
    read_token();
    if (process_.state == net::RelayState::draining) arm_drain_limit();
    workers_.adopt(config_.policy, {config_.public_name, config_.public_port});
    workers_.inspect_new_links(config_.inspect);
    workers_.limit_slow_memory(plan_memory(config_.policy));
    keep_orders();
    follow_wall_clock(); // where nobody tells of it
    process_.reach = reach_of(config_, listening_);
    adopt_outward();
    public_server_.limit_addresses(!config_.public_page.behind_proxy);
    feed_.publish("reloaded", {{"needs_restart", waiting}});
    spdlog::info("reloaded file={}", line_.config_file.empty() ? "none" : line_.config_file);
    return waiting.empty() ? "" : "a restart is needed for " + waiting;
}

} // namespace netplay_relay::daemon
