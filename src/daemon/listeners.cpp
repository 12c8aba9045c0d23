#include "daemon/listeners.hpp"

#include "daemon/service_manager.hpp"
#include "net/engine.hpp"
#include "net/lan_discovery.hpp"
#include "net/listen_problem.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <cerrno>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

namespace netplay_relay::daemon {

namespace {

constexpr std::string_view admin_key = "admin.listen";
constexpr std::string_view public_key = "public_page.listen";

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

    void inherit(std::vector<Inherited> inherited);

    void take(std::vector<PassedSocket>& passed);
    void open_the_others();

private:
    void take(PassedSocket& passed);
    void take_local(PassedSocket& passed);
    void open_control();
    [[nodiscard]] bool is_wanted(const net::HandedListener& listener) const;
    [[nodiscard]] net::UniqueFd inherited(net::ListenerUse use, const wire::Endpoint& endpoint);
    [[nodiscard]] net::UniqueFd open(const wire::Endpoint& endpoint, std::string_view key);
    void open_web(const std::vector<wire::Endpoint>& endpoints, std::string_view key,
                  std::vector<OpenAdmin>& into);
    void open_players(const std::vector<wire::Endpoint>& endpoints,
                      const lobby::ListenerProfile& profile, std::string_view key);

    const config::Config& config_;
    Listeners& out_;
    std::vector<Inherited> inherited_;
    std::vector<wire::Endpoint> passed_listeners_;
    bool has_players_ = false; // passed in the place of `listen`
};

// Those that are not wanted are closed: they may be in the way of others.
void Opening::inherit(std::vector<Inherited> inherited)
{
    std::vector<PassedSocket> passed; // in an earlier life
    for (Inherited& one : inherited) {
        if (!one.socket.is_open()) continue;
        if (one.listener.passed) {
            PassedSocket& known = passed.emplace_back();
            known.is_local = one.listener.use == net::ListenerUse::control;
            if (known.is_local) known.name = control_socket_name;
            if (!known.is_local) known.endpoint = net::local_endpoint(one.socket.value());
            known.socket = std::move(one.socket);
            known.is_ours = true;
            known.is_stream = one.listener.use != net::ListenerUse::discovery;
            if (one.listener.use == net::ListenerUse::admin) known.name = admin_socket_name;
            if (one.listener.use == net::ListenerUse::public_page) known.name = public_socket_name;
        } else if (is_wanted(one.listener)) {
            inherited_.push_back(std::move(one));
        } else {
            // Also for whoever else has a copy: the port may be wanted on another address.
            (void)shutdown(one.socket.value(), SHUT_RDWR);
            if (one.listener.use == net::ListenerUse::control) remove_socket(one.listener.path);
        }
    }
    inherited.clear();
    take(passed);
}

bool Opening::is_wanted(const net::HandedListener& listener) const
{
    const auto lists = [&](const std::vector<wire::Endpoint>& endpoints) {
        return std::ranges::find(endpoints, listener.wanted) != endpoints.end();
    };
    switch (listener.use) {
    case net::ListenerUse::players:
        return lists(config_.listen) ||
               std::ranges::any_of(config_.doors, lists, &config::ListenerSettings::listen);
    case net::ListenerUse::admin: return lists(config_.admin_listen);
    case net::ListenerUse::control:
        return config_.admin_socket == listener.path && is_socket(listener.path);
    case net::ListenerUse::public_page: return lists(config_.public_page.listen);
    case net::ListenerUse::discovery:
        return config_.lan_discovery.enabled && config_.lan_discovery.listen == listener.wanted;
    case net::ListenerUse::join_port: break;
    }
    return false;
}

net::UniqueFd Opening::inherited(net::ListenerUse use, const wire::Endpoint& endpoint)
{
    for (Inherited& one : inherited_)
        if (one.listener.use == use && one.listener.wanted == endpoint && one.socket.is_open())
            return std::move(one.socket);
    return {};
}

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
    if (passed.is_local) return take_local(passed);
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
        out_.admin.push_back({std::move(listening.socket), passed.endpoint, true});
        return;
    }
    if (passed.name == public_socket_name) {
        out_.public_page.push_back({std::move(listening.socket), passed.endpoint, true});
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
    out_.players.push_back({std::move(listening.socket), passed.endpoint,
                            is_listed ? settings->profile : lobby::ListenerProfile{},
                            is_listed ? "doors" : "listen", true});
}

void Opening::take_local(PassedSocket& passed)
{
    if (passed.name != control_socket_name || out_.control.socket.is_open())
        out_.problem = "systemd passed the Unix socket \"" + passed.name +
                       "\"; one that is called \"" + std::string(control_socket_name) +
                       "\" is for the operator, and no other is for anything";
    else
        out_.control = {std::move(passed.socket), {}, true};
}

// Nobody who plays needs it: without it the relay serves all the same.
void Opening::open_control()
{
    const std::string& path = config_.admin_socket;
    if (path.empty() || out_.control.socket.is_open()) return;
    for (Inherited& one : inherited_)
        if (one.listener.use == net::ListenerUse::control && one.socket.is_open())
            out_.control = {std::move(one.socket), path, false};
    if (out_.control.socket.is_open()) return;
    std::string problem;
    out_.control = {listen_locally(path, problem), path, false};
    if (!problem.empty())
        spdlog::warn("cannot_listen key=admin.socket path=\"{}\" error=\"{}\"",
                     text::quotable(path), problem);
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
    if (out_.admin.empty()) open_web(config_.admin_listen, admin_key, out_.admin);
    if (out_.public_page.empty())
        open_web(config_.public_page.listen, public_key, out_.public_page);
    open_control();
    if (config_.lan_discovery.enabled && !out_.discovery.is_open()) {
        const wire::Endpoint& endpoint = config_.lan_discovery.listen;
        net::Listening listening{inherited(net::ListenerUse::discovery, endpoint)};
        if (!listening.socket.is_open()) listening = net::listen_for_discovery(endpoint);
        if (!listening.socket.is_open())
            out_.problem = cannot_listen(endpoint, "lan_discovery.listen", listening.error,
                                         net::Transport::udp);
        out_.discovery = std::move(listening.socket);
    }
    if (out_.players.empty() && out_.problem.empty())
        out_.problem = "none of the addresses to listen on is available";
}

void Opening::open_web(const std::vector<wire::Endpoint>& endpoints, std::string_view key,
                       std::vector<OpenAdmin>& into)
{
    for (const wire::Endpoint& endpoint : endpoints) {
        net::UniqueFd socket = open(endpoint, key);
        if (socket.is_open()) into.push_back({std::move(socket), endpoint, false});
    }
}

void Opening::open_players(const std::vector<wire::Endpoint>& endpoints,
                           const lobby::ListenerProfile& profile, std::string_view key)
{
    for (const wire::Endpoint& endpoint : endpoints) {
        if (std::ranges::find(passed_listeners_, endpoint) != passed_listeners_.end()) continue;
        net::UniqueFd socket = open(endpoint, key);
        if (socket.is_open())
            out_.players.push_back({std::move(socket), endpoint, profile, key, false});
    }
}

// A machine without IPv6 is no reason not to serve the others.
net::UniqueFd Opening::open(const wire::Endpoint& endpoint, std::string_view key)
{
    net::UniqueFd from_before = inherited(key == admin_key    ? net::ListenerUse::admin
                                          : key == public_key ? net::ListenerUse::public_page
                                                              : net::ListenerUse::players,
                                          endpoint);
    if (!out_.problem.empty() && !from_before.is_open()) return {};
    net::Listening listening = from_before.is_open()
                                   ? net::adopt_listening(std::move(from_before), net::Keepalive{})
                                   : net::listen_on(endpoint, net::Keepalive{});
    if (listening.socket.is_open()) return std::move(listening.socket);
    const bool unavailable = listening.error == EAFNOSUPPORT || listening.error == EADDRNOTAVAIL;
    if (!unavailable || endpoint.address.is_ipv4() || key == admin_key) {
        out_.problem = cannot_listen(endpoint, key, listening.error);
        return {};
    }
    spdlog::warn("cannot_listen key={} address={} error=\"{}\"", key, wire::to_text(endpoint),
                 net::listen_problem(endpoint, net::Transport::tcp, listening.error));
    out_.without_ipv6.push_back({endpoint, key});
    return {};
}

} // namespace

Listeners open_listeners(const config::Config& config, PassedSockets passed,
                         std::vector<Inherited> inherited)
{
    Listeners listeners;
    listeners.problem = std::move(passed.problem);
    Opening opening(config, listeners);
    opening.take(passed.sockets);
    opening.inherit(std::move(inherited));
    if (listeners.problem.empty()) opening.open_the_others();
    return listeners;
}

std::string problem_of_new_listeners(const config::Config& config, const net::HandoverIndex& handed)
{
    // What is handed over stays; and on a port that is ours now the new program finds room when it
    // comes, though it is in use.
    const auto is_handed = [&](const wire::Endpoint& endpoint) {
        return std::ranges::any_of(handed.listeners, [&](const net::HandedListener& one) {
            return one.wanted == endpoint && one.use != net::ListenerUse::join_port &&
                   one.use != net::ListenerUse::control;
        });
    };
    const auto is_our_port = [&](std::uint16_t port) {
        return std::ranges::any_of(handed.listeners, [&](const net::HandedListener& one) {
            return one.wanted.port == port && one.use != net::ListenerUse::join_port;
        });
    };
    const bool are_players_passed =
        std::ranges::any_of(handed.listeners, [](const net::HandedListener& one) {
            return one.passed && one.use == net::ListenerUse::players;
        });
    const auto problem_of = [&](const wire::Endpoint& endpoint, std::string_view key) {
        if (is_handed(endpoint) || (are_players_passed && key == "listen")) return std::string();
        const bool is_udp = key == "lan_discovery.listen";
        const net::Listening listening = is_udp ? net::listen_for_discovery(endpoint)
                                                : net::listen_on(endpoint, net::Keepalive{});
        if (listening.socket.is_open()) return std::string();
        if (listening.error == EADDRINUSE && is_our_port(endpoint.port)) return std::string();
        const bool unavailable =
            listening.error == EAFNOSUPPORT || listening.error == EADDRNOTAVAIL;
        const bool may_miss = unavailable && !endpoint.address.is_ipv4() && key != admin_key;
        return may_miss ? std::string()
                        : cannot_listen(endpoint, key, listening.error,
                                        is_udp ? net::Transport::udp : net::Transport::tcp);
    };
    std::vector<std::pair<wire::Endpoint, std::string_view>> all;
    for (const wire::Endpoint& endpoint : config.listen)
        all.emplace_back(endpoint, "listen");
    for (const config::ListenerSettings& listener : config.doors)
        for (const wire::Endpoint& endpoint : listener.listen)
            all.emplace_back(endpoint, "doors");
    for (const wire::Endpoint& endpoint : config.admin_listen)
        all.emplace_back(endpoint, admin_key);
    for (const wire::Endpoint& endpoint : config.public_page.listen)
        all.emplace_back(endpoint, public_key);
    if (config.lan_discovery.enabled)
        all.emplace_back(config.lan_discovery.listen, "lan_discovery.listen");
    for (const auto& [endpoint, key] : all)
        if (std::string problem = problem_of(endpoint, key); !problem.empty()) return problem;
    return {};
}

namespace {

// Where these listen. One of systemd's may serve IPv6 and IPv4; ours have one for each.
void add_addresses(std::vector<wire::Address>& addresses, int socket)
{
    const wire::Address address = net::local_endpoint(socket).address;
    addresses.push_back(address);
    if (address.is_wildcard() && !address.is_ipv4() && net::serves_ipv4(socket))
        addresses.push_back(*wire::parse_address("0.0.0.0"));
}

} // namespace

OpenSockets sockets_of(const Listeners& listeners)
{
    OpenSockets sockets;
    sockets.count = listeners.players.size() + listeners.admin.size() +
                    listeners.public_page.size() + (listeners.discovery.is_open() ? 1 : 0) +
                    (listeners.control.socket.is_open() ? 1 : 0);
    std::vector<wire::Address> addresses;
    for (const OpenListener& listener : listeners.players)
        add_addresses(addresses, listener.socket.value());
    sockets.port_addresses = net::without_covered(addresses);
    return sockets;
}

OpenSockets sockets_of(const std::vector<Inherited>& inherited)
{
    OpenSockets sockets;
    sockets.count = inherited.size();
    std::vector<wire::Address> addresses;
    for (const Inherited& one : inherited)
        if (one.listener.use == net::ListenerUse::players && one.socket.is_open())
            add_addresses(addresses, one.socket.value());
    sockets.port_addresses = net::without_covered(addresses);
    return sockets;
}

} // namespace netplay_relay::daemon
