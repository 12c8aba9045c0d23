#include "daemon/listeners.hpp"

#include "daemon/service_manager.hpp"
#include "net/engine.hpp"
#include "net/lan_discovery.hpp"
#include "net/listen_problem.hpp"

#include <algorithm>
#include <cerrno>
#include <spdlog/spdlog.h>

namespace netplay_relay::daemon {

namespace {

std::string cannot_listen(const wire::Endpoint& endpoint, std::string_view key, int error,
                          net::Transport transport = net::Transport::tcp)
{
    std::string text = "cannot listen on " + wire::to_text(endpoint) + " (" + std::string(key) +
                       "): " + net::listen_problem(endpoint, transport, error);
    const std::string who =
        error == EADDRINUSE ? net::who_listens(endpoint, transport) : std::string();
    if (!who.empty()) text += "; it is in use " + who;
    return text;
}

class Opening
{
public:
    Opening(const config::Config& config, Listeners& out) : config_(config), out_(out) {}

    void take(std::vector<PassedSocket>& passed);
    void open_the_others();

private:
    void take(PassedSocket& passed);
    [[nodiscard]] net::UniqueFd open(const wire::Endpoint& endpoint, std::string_view key);
    void open_players(const std::vector<wire::Endpoint>& endpoints,
                      const lobby::ListenerProfile& profile, std::string_view key);

    const config::Config& config_;
    Listeners& out_;
    std::vector<wire::Endpoint> passed_listeners_;
    bool has_players_ = false; // passed in the place of `listen`
};

void Opening::take(std::vector<PassedSocket>& passed)
{
    for (PassedSocket& one : passed)
        take(one);
}

void Opening::take(PassedSocket& passed)
{
    if (!passed.is_ours) {
        out_.problem = "systemd passed a socket \"" + passed.name +
                       "\" that is neither a listening TCP socket (Accept=no) nor a UDP one";
        return;
    }
    if (!passed.is_stream) {
        const char* fault = !config_.lan_discovery.enabled       ? "lan_discovery.enabled is false"
                            : out_.discovery.is_open()           ? "it had passed one before"
                            : !passed.endpoint.address.is_ipv4() ? "LAN discovery is IPv4's"
                                                                 : nullptr;
        if (fault != nullptr)
            out_.problem = "systemd passed the UDP socket \"" + passed.name + "\", but " + fault;
        out_.discovery = std::move(passed.socket);
        return;
    }
    net::Listening listening = net::adopt_listening(std::move(passed.socket), net::Keepalive{});
    if (!listening.socket.is_open()) {
        out_.problem = cannot_listen(passed.endpoint, "passed by systemd", listening.error);
        return;
    }
    if (passed.name == admin_socket_name) {
        out_.admin.push_back({std::move(listening.socket), true});
        return;
    }
    const auto has_address = [&](const config::ListenerSettings& settings) {
        return std::ranges::find(settings.listen, passed.endpoint) != settings.listen.end();
    };
    const auto settings = std::ranges::find_if(config_.doors, has_address);
    const bool is_listed = settings != config_.doors.end();
    if (is_listed)
        passed_listeners_.push_back(passed.endpoint);
    else
        has_players_ = true;
    out_.players.push_back({std::move(listening.socket),
                            is_listed ? settings->profile : lobby::ListenerProfile{},
                            is_listed ? "doors" : "listen", true});
}

void Opening::open_the_others()
{
    if (!has_players_)
        open_players(config_.listen, {}, "listen");
    else if (config_.listen != config::Config().listen)
        spdlog::warn("listen_unused key=listen problem=\"systemd has opened the players' sockets, "
                     "which stand in its place\"");
    for (const config::ListenerSettings& listener : config_.doors)
        open_players(listener.listen, listener.profile, "doors");
    if (out_.admin.empty()) {
        for (const wire::Endpoint& endpoint : config_.admin_listen) {
            net::UniqueFd socket = open(endpoint, "admin.listen");
            if (socket.is_open()) out_.admin.push_back({std::move(socket), false});
        }
    }
    if (config_.lan_discovery.enabled && !out_.discovery.is_open()) {
        const wire::Endpoint& endpoint = config_.lan_discovery.listen;
        net::Listening listening = net::listen_for_discovery(endpoint);
        if (!listening.socket.is_open())
            out_.problem = cannot_listen(endpoint, "lan_discovery.listen", listening.error,
                                         net::Transport::udp);
        out_.discovery = std::move(listening.socket);
    }
    if (out_.players.empty() && out_.problem.empty())
        out_.problem = "none of the addresses to listen on is available";
}

void Opening::open_players(const std::vector<wire::Endpoint>& endpoints,
                           const lobby::ListenerProfile& profile, std::string_view key)
{
    for (const wire::Endpoint& endpoint : endpoints) {
        if (std::ranges::find(passed_listeners_, endpoint) != passed_listeners_.end()) continue;
        net::UniqueFd socket = open(endpoint, key);
        if (socket.is_open()) out_.players.push_back({std::move(socket), profile, key, false});
    }
}

// A machine without IPv6 is no reason not to serve the others.
net::UniqueFd Opening::open(const wire::Endpoint& endpoint, std::string_view key)
{
    if (!out_.problem.empty()) return {};
    net::Listening listening = net::listen_on(endpoint, net::Keepalive{});
    if (listening.socket.is_open()) return std::move(listening.socket);
    const bool unavailable = listening.error == EAFNOSUPPORT || listening.error == EADDRNOTAVAIL;
    if (!unavailable || endpoint.address.is_ipv4() || key == "admin.listen") {
        out_.problem = cannot_listen(endpoint, key, listening.error);
        return {};
    }
    spdlog::warn("cannot_listen key={} address={} error=\"{}\"", key, wire::to_text(endpoint),
                 net::listen_problem(endpoint, net::Transport::tcp, listening.error));
    out_.without_ipv6.push_back({endpoint, key});
    return {};
}

} // namespace

Listeners open_listeners(const config::Config& config, PassedSockets passed)
{
    Listeners listeners;
    listeners.problem = std::move(passed.problem);
    Opening opening(config, listeners);
    opening.take(passed.sockets);
    if (listeners.problem.empty()) opening.open_the_others();
    return listeners;
}

OpenSockets sockets_of(const Listeners& listeners)
{
    OpenSockets sockets;
    sockets.count =
        listeners.players.size() + listeners.admin.size() + (listeners.discovery.is_open() ? 1 : 0);
    std::vector<wire::Address> addresses;
    for (const OpenListener& listener : listeners.players) {
        const wire::Address address = net::local_endpoint(listener.socket.value()).address;
        addresses.push_back(address);
        // One of systemd's may serve IPv6 and IPv4; ours have one for each.
        if (address.is_wildcard() && !address.is_ipv4() &&
            net::serves_ipv4(listener.socket.value()))
            addresses.push_back(*wire::parse_address("0.0.0.0"));
    }
    sockets.port_addresses = net::without_covered(addresses);
    return sockets;
}

} // namespace netplay_relay::daemon
