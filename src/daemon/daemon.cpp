#include "daemon/daemon.hpp"

#include "admin/admin_server.hpp"
#include "daemon/advertisements.hpp"
#include "daemon/doors.hpp"
#include "daemon/logging.hpp"
#include "daemon/open_files.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/service_reporter.hpp"
#include "net/engine.hpp"
#include "net/lan_discovery.hpp"
#include "net/listener.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <spdlog/spdlog.h>
#include <sys/random.h>

namespace netplay_relay::daemon {

namespace {

// Listening sockets, the admin port's connections, standard streams, event loop, and a few to
// spare.
constexpr std::size_t files_besides = 64;

class SystemRandom : public lobby::RandomSource
{
public:
    void fill(std::span<std::uint8_t> bytes) override
    {
        // Up to 256 bytes come whole and without a signal in between, by the kernel's promise.
        if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
            std::abort();
    }
};

// Lowers config's connections to what the process may open. False if that is too few to be of use.
bool fit_open_files(config::Config& config)
{
    const OpenFiles files =
        provide_open_files(config.policy.limits.connections, files_besides + net::lingering_max);
    if (!files.enough) {
        spdlog::error("too_few_files problem=\"{}\"", files.arithmetic);
        return false;
    }
    if (!files.arithmetic.empty())
        spdlog::warn("connections_lowered to={} problem=\"{}\"", files.connections,
                     files.arithmetic);
    config.policy.limits.connections = files.connections;
    return true;
}

class Daemon
{
public:
    Daemon(const CommandLine& line, const config::Config& config)
        : line_(line), config_(config), io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
          engine_(io_, config.policy, {config.public_name, config.public_port}, random_),
          admin_(io_, engine_, identity_), service_(io_, engine_, identity_),
          stop_signals_(io_, SIGTERM, SIGINT), reload_signals_(io_, SIGHUP),
          drain_signals_(io_, SIGUSR1), drain_timer_(io_)
    {
        engine_.inspect_new_links(config.inspect);
    }

    int run()
    {
        OpenDoors doors = open_doors(config_, take_passed_sockets());
        if (!doors.problem.empty()) {
            std::fprintf(stderr, "netplay-relay: %s\n", doors.problem.c_str());
            return exit_failed;
        }
        serve(std::move(doors));
        identity_.version = NETPLAY_RELAY_VERSION;
        identity_.started_at = std::chrono::system_clock::now();
        identity_.started = engine_.now();
        wait_for_stop();
        wait_for_reload();
        wait_for_drain();
        service_.ready();
        hold_signals(false);
        io_.run();
        hold_signals(true);
        spdlog::info("stopped sessions={} links={}", engine_.lobby().totals().sessions,
                     engine_.lobby().totals().links);
        return exit_ok;
    }

private:
    void serve(OpenDoors doors);
    void serve_discovery(net::UniqueFd socket);
    void wait_for_stop();
    void wait_for_reload();
    void wait_for_drain();
    void drain();
    void arm_drain_limit();
    void end_drain(const char* cause);
    void stop(const std::string& cause);
    void reload();
    [[nodiscard]] std::string adopt_configuration();

    const CommandLine& line_;
    config::Config config_;
    boost::asio::io_context io_;
    SystemRandom random_;
    net::Engine engine_;
    admin::Identity identity_;
    admin::AdminServer admin_;
    ServiceReporter service_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
    std::unique_ptr<net::LanDiscovery> discovery_; // if enabled
    boost::asio::signal_set stop_signals_;
    boost::asio::signal_set reload_signals_;
    boost::asio::signal_set drain_signals_;
    boost::asio::steady_timer drain_timer_;
    std::chrono::steady_clock::time_point drain_began_;
};

void Daemon::serve(OpenDoors doors)
{
    std::vector<wire::Address> port_addresses;
    for (OpenDoor& door : doors.players) {
        listeners_.push_back(
            std::make_unique<net::Listener>(io_, engine_, std::move(door.socket), door.door));
        const wire::Endpoint endpoint = listeners_.back()->endpoint();
        identity_.listening.push_back(endpoint);
        if (std::ranges::find(port_addresses, endpoint.address) == port_addresses.end())
            port_addresses.push_back(endpoint.address);
        spdlog::info("listening address={}{}", wire::to_text(endpoint),
                     door.passed ? " passed=true" : "");
    }
    engine_.listen_for_ports_at(std::move(port_addresses));
    for (net::UniqueFd& socket : doors.admin) {
        identity_.admin_listening.push_back(net::local_endpoint(socket.value()));
        admin_.serve(std::move(socket));
        spdlog::info("admin_listening address={}", wire::to_text(identity_.admin_listening.back()));
    }
    if (doors.discovery.is_open()) serve_discovery(std::move(doors.discovery));
}

void Daemon::serve_discovery(net::UniqueFd socket)
{
    // Those who find us come by IPv4; config::check() has seen that `listen` has such an address.
    // Of sockets that systemd passed, one may serve IPv6 and IPv4.
    const auto door = std::ranges::find_if(
        identity_.listening, [](const wire::Endpoint& one) { return one.address.is_ipv4(); });
    const std::uint16_t port =
        door != identity_.listening.end() ? door->port : identity_.listening.front().port;
    discovery_ = std::make_unique<net::LanDiscovery>(
        io_, std::move(socket), [this, port] { return advertisements(engine_, config_, port); });
    identity_.discovery = &discovery_->counts();
    spdlog::info("lan_discovery address={}", wire::to_text(discovery_->endpoint()));
}

void Daemon::wait_for_stop()
{
    stop_signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (!error) stop("signal=" + std::to_string(signal));
    });
}

void Daemon::stop(const std::string& cause)
{
    if (identity_.state == admin::RelayState::stopping) {
        spdlog::warn("stopping_at_once {}", cause);
        return io_.stop();
    }
    identity_.state = admin::RelayState::stopping;
    const lobby::Use use = engine_.lobby().use();
    spdlog::info("stopping {} sessions={} links={} grace_seconds={}", cause, use.sessions,
                 use.links, config_.shutdown_grace.count());
    service_.stopping();
    drain_timer_.cancel();
    wait_for_stop();
    for (const auto& listener : listeners_)
        listener->stop();
    if (discovery_) discovery_->stop();
    engine_.shut_down(config_.shutdown_grace, [this] { io_.stop(); });
}

void Daemon::wait_for_drain()
{
    drain_signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        if (identity_.state == admin::RelayState::running) drain();
        wait_for_drain();
    });
}

void Daemon::drain()
{
    identity_.state = admin::RelayState::draining;
    const lobby::Use use = engine_.lobby().use();
    spdlog::info("draining sessions={} links={} rooms={} limit_seconds={}", use.sessions, use.links,
                 use.rooms, config_.drain_limit.count());
    service_.stopping();
    drain_began_ = std::chrono::steady_clock::now();
    arm_drain_limit();
    engine_.begin_draining([this] { end_drain("reason=drained"); });
}

void Daemon::arm_drain_limit()
{
    drain_timer_.cancel();
    if (config_.drain_limit.count() == 0) return;
    drain_timer_.expires_at(drain_began_ + config_.drain_limit);
    drain_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) end_drain("reason=drain_limit");
    });
}

void Daemon::end_drain(const char* cause)
{
    if (identity_.state == admin::RelayState::draining) stop(cause);
}

void Daemon::wait_for_reload()
{
    reload_signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        reload();
        wait_for_reload();
    });
}

void Daemon::reload()
{
    service_.reloading();
    service_.reloaded(adopt_configuration());
}

// Returns what is wrong with the new one; then the old one holds on.
std::string Daemon::adopt_configuration()
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
    if (wanted.listen != config_.listen || wanted.admin_listen != config_.admin_listen ||
        wanted.doors != config_.doors || wanted.lan_discovery != config_.lan_discovery)
        spdlog::warn("reload_incomplete problem=\"listen, doors, admin.listen and lan_discovery "
                     "need a restart\"");
    config::Config next = wanted;
    next.listen = config_.listen;
    next.doors = config_.doors;
    next.admin_listen = config_.admin_listen;
    next.lan_discovery = config_.lan_discovery;
    if (!fit_open_files(next)) return "the new configuration was refused: too few open files";
    config_ = std::move(next);
    change_log_level(config_.log_level);
    if (identity_.state == admin::RelayState::draining) arm_drain_limit();
    engine_.adopt(config_.policy, {config_.public_name, config_.public_port});
    engine_.inspect_new_links(config_.inspect);
    spdlog::info("reloaded file={}", line_.config_file.empty() ? "none" : line_.config_file);
    return {};
}

} // namespace

void hold_signals(bool hold)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &signals, nullptr);
}

int run(const CommandLine& line, const config::Config& config)
{
    start_logging(config.log_level);
    config::Config fitted = config;
    if (!fit_open_files(fitted)) {
        finish_logging(exit_failed);
        return exit_failed;
    }
    std::signal(SIGPIPE, SIG_IGN);
    spdlog::info("starting version={} config={}", NETPLAY_RELAY_VERSION,
                 line.config_file.empty() ? "none" : line.config_file);
    Daemon daemon(line, fitted);
    const int exit_code = daemon.run();
    finish_logging(exit_code);
    return exit_code;
}

} // namespace netplay_relay::daemon
