#include "daemon/daemon.hpp"

#include "admin/admin_server.hpp"
#include "daemon/advertisements.hpp"
#include "daemon/logging.hpp"
#include "daemon/open_files.hpp"
#include "net/engine.hpp"
#include "net/lan_discovery.hpp"
#include "net/listener.hpp"
#include "netplay_relay/ensure.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
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

void say_cannot_listen(const wire::Endpoint& endpoint, const char* key, int error)
{
    std::fprintf(stderr, "netplay-relay: cannot listen on %s (%s): %s\n",
                 wire::to_text(endpoint).c_str(), key, std::strerror(error));
}

class Daemon
{
public:
    Daemon(const CommandLine& line, const config::Config& config)
        : line_(line), config_(config), io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
          engine_(io_, config.policy, {config.public_name, config.public_port}, random_),
          admin_(io_, engine_, identity_), stop_signals_(io_, SIGTERM, SIGINT),
          reload_signals_(io_, SIGHUP)
    {
        engine_.inspect_new_links(config.inspect);
    }

    int run()
    {
        if (!open_doors()) return exit_failed;
        identity_.version = NETPLAY_RELAY_VERSION;
        identity_.started_at = std::chrono::system_clock::now();
        identity_.started = engine_.now();
        wait_for_stop();
        wait_for_reload();
        io_.run();
        spdlog::info("stopped sessions={} links={}", engine_.lobby().totals().sessions,
                     engine_.lobby().totals().links);
        return exit_ok;
    }

private:
    bool open_doors();
    bool open_discovery();
    net::UniqueFd open(const wire::Endpoint& endpoint, const char* key);
    void wait_for_stop();
    void wait_for_reload();
    void stop(int signal);
    void reload();

    const CommandLine& line_;
    config::Config config_;
    boost::asio::io_context io_;
    SystemRandom random_;
    net::Engine engine_;
    admin::Identity identity_;
    admin::AdminServer admin_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
    std::unique_ptr<net::LanDiscovery> discovery_; // if enabled
    boost::asio::signal_set stop_signals_;
    boost::asio::signal_set reload_signals_;
    bool unavailable_ =
        false; // the last address that could not be opened is not one of this machine
};

bool Daemon::open_doors()
{
    bool any = false;
    std::vector<wire::Address> port_addresses;
    std::vector<config::DoorSettings> doors = config_.doors;
    doors.insert(doors.begin(), config::DoorSettings{config_.listen, {}});
    for (const config::DoorSettings& door : doors) {
        for (const wire::Endpoint& endpoint : door.listen) {
            net::UniqueFd socket = open(endpoint, &door == &doors.front() ? "listen" : "doors");
            if (!socket.is_open()) {
                // A machine without IPv6 is no reason not to serve the others.
                if (!endpoint.address.is_ipv4() && unavailable_) continue;
                return false;
            }
            listeners_.push_back(
                std::make_unique<net::Listener>(io_, engine_, std::move(socket), door.door));
            identity_.listening.push_back(listeners_.back()->endpoint());
            if (std::ranges::find(port_addresses, endpoint.address) == port_addresses.end())
                port_addresses.push_back(endpoint.address);
            spdlog::info("listening address={}", wire::to_text(identity_.listening.back()));
            any = true;
        }
    }
    for (const wire::Endpoint& endpoint : config_.admin_listen) {
        net::UniqueFd socket = open(endpoint, "admin.listen");
        if (!socket.is_open()) return false;
        identity_.admin_listening.push_back(net::local_endpoint(socket.value()));
        admin_.serve(std::move(socket));
        spdlog::info("admin_listening address={}", wire::to_text(identity_.admin_listening.back()));
    }
    engine_.listen_for_ports_at(std::move(port_addresses));
    if (!any)
        std::fputs("netplay-relay: none of the addresses to listen on is available\n", stderr);
    return any && open_discovery();
}

bool Daemon::open_discovery()
{
    if (!config_.lan_discovery.enabled) return true;
    const wire::Endpoint& endpoint = config_.lan_discovery.listen;
    net::Listening listening = net::listen_for_discovery(endpoint);
    if (!listening.socket.is_open()) {
        say_cannot_listen(endpoint, "lan_discovery.listen", listening.error);
        return false;
    }
    // Those who find us come by IPv4; config::check() has seen that there is such a door.
    const auto door = std::ranges::find_if(
        identity_.listening, [](const wire::Endpoint& one) { return one.address.is_ipv4(); });
    ensure(door != identity_.listening.end(), "LAN discovery without an IPv4 door");
    const std::uint16_t port = door->port;
    discovery_ =
        std::make_unique<net::LanDiscovery>(io_, std::move(listening.socket), [this, port] {
            return advertisements(engine_, config_, port);
        });
    identity_.discovery = &discovery_->counts();
    spdlog::info("lan_discovery address={}", wire::to_text(discovery_->endpoint()));
    return true;
}

net::UniqueFd Daemon::open(const wire::Endpoint& endpoint, const char* key)
{
    net::Listening listening = net::listen_on(endpoint, net::Keepalive{});
    if (listening.socket.is_open()) return std::move(listening.socket);
    unavailable_ = listening.error == EAFNOSUPPORT || listening.error == EADDRNOTAVAIL;
    const bool harmless = unavailable_ && !endpoint.address.is_ipv4();
    if (harmless)
        spdlog::warn("cannot_listen key={} address={} error=\"{}\"", key, wire::to_text(endpoint),
                     std::strerror(listening.error));
    else
        say_cannot_listen(endpoint, key, listening.error);
    return {};
}

void Daemon::wait_for_stop()
{
    stop_signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (!error) stop(signal);
    });
}

void Daemon::stop(int signal)
{
    if (identity_.stopping) {
        spdlog::warn("stopping_at_once signal={}", signal);
        return io_.stop();
    }
    identity_.stopping = true;
    const lobby::Use use = engine_.lobby().use();
    spdlog::info("stopping signal={} sessions={} links={} grace_seconds={}", signal, use.sessions,
                 use.links, config_.shutdown_grace.count());
    wait_for_stop();
    for (const auto& listener : listeners_)
        listener->stop();
    if (discovery_) discovery_->stop();
    engine_.shut_down(config_.shutdown_grace, [this] { io_.stop(); });
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
    Loaded loaded = load_config(line_);
    if (!loaded.faults.empty()) {
        for (config::Fault& fault : loaded.faults) {
            std::ranges::replace(fault.problem, '"', '\'');
            spdlog::error("reload_refused key={} file={} problem=\"{}\"", fault.key,
                          line_.config_file, fault.problem);
        }
        return;
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
    if (!fit_open_files(next)) return;
    config_ = std::move(next);
    change_log_level(config_.log_level);
    engine_.adopt(config_.policy, {config_.public_name, config_.public_port});
    engine_.inspect_new_links(config_.inspect);
    spdlog::info("reloaded file={}", line_.config_file.empty() ? "none" : line_.config_file);
}

} // namespace

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
