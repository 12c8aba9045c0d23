#include "config/config.hpp"
#include "config/haproxy.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/daemon.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::daemon {

namespace {

struct FleetOptions
{
    std::vector<std::string> nodes;
    std::vector<std::string> bind;
    std::vector<std::string> homes;
    bool accept_proxy = false;
    std::uint32_t connections = config::FleetProxy{}.connections;
    std::uint32_t connections_per_address = config::FleetProxy{}.connections_per_address;
};

int refuse_fleet(const std::string& problem)
{
    std::fprintf(stderr, "netplay-relay: %s\n", problem.c_str());
    return exit_bad_config;
}

// Empty if there is nothing wrong.
std::string read_nodes(const FleetOptions& options, config::FleetProxy& proxy)
{
    const auto number = [](const config::ProxiedNode& node) { return node.players.node; };
    for (const std::string& text : options.nodes) {
        const auto node = config::parse_proxied_node(text);
        if (!node)
            return "--node: a number from 0 to 19 and where the node is, such as "
                   "1=10.0.0.1:55435,admin=10.0.0.1:55480, and not " +
                   text;
        if (std::ranges::find(proxy.nodes, number(*node), number) != proxy.nodes.end())
            return "--node: " + std::to_string(number(*node)) + " must not be there twice";
        proxy.nodes.push_back(*node);
    }
    std::ranges::sort(proxy.nodes, {}, number);
    if (proxy.nodes.empty()) return "say which nodes there are: --node";
    return {};
}

std::string read_homes(const FleetOptions& options, config::FleetProxy& proxy)
{
    const auto number = [](const config::ProxiedNode& node) { return node.players.node; };
    for (const std::string& text : options.homes) {
        const auto home = config::parse_home(text);
        if (!home)
            return "--home: the number of a node and an address or network, such as "
                   "1=203.0.113.7, and not " +
                   text;
        if (std::ranges::find(proxy.nodes, home->node, number) == proxy.nodes.end())
            return "--home: there is no --node " + std::to_string(home->node);
        proxy.homes.push_back(*home);
    }
    return {};
}

// ":55435" is that port on all addresses of both families.
std::string read_bind(const FleetOptions& options, config::FleetProxy& proxy)
{
    const std::vector<std::string> usual{":" + std::to_string(config::default_port)};
    for (const std::string& text : options.bind.empty() ? usual : options.bind) {
        const bool is_port = text.starts_with(':');
        const auto first = wire::parse_endpoint(is_port ? "0.0.0.0" + text : text);
        if (!first || first->port == 0)
            return "--bind: an address with a port, such as 192.0.2.1:55435, or a port alone, "
                   "such as :55435, and not " +
                   text;
        proxy.bind.push_back(*first);
        if (is_port) proxy.bind.push_back({wire::Address{}, first->port});
    }
    return {};
}

int write_fleet(const FleetOptions& options)
{
    config::FleetProxy proxy;
    proxy.accept_proxy = options.accept_proxy;
    proxy.connections = options.connections;
    proxy.connections_per_address = options.connections_per_address;
    std::string problem = read_nodes(options, proxy);
    if (problem.empty()) problem = read_homes(options, proxy);
    if (problem.empty()) problem = read_bind(options, proxy);
    if (!problem.empty()) return refuse_fleet(problem);
    const std::string text = config::haproxy_text(proxy);
    const bool is_out = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    return is_out && std::fflush(stdout) == 0 ? exit_ok : exit_failed;
}

} // namespace

Action prepare_fleet_config(CLI::App& app)
{
    const auto options = std::make_shared<FleetOptions>();
    app.add_option("--node", options->nodes,
                   "A node: its number, where its players' port is, and its admin address for "
                   "GET /readyz (the same address and port 55480 if left out); repeat for each")
        ->type_name("N=ADDRESS:PORT[,admin=ADDRESS:PORT]")
        ->allow_extra_args(false);
    app.add_option("--bind", options->bind,
                   "Where players reach HAProxy; repeat for several addresses. Left out: :55435, "
                   "on all of them")
        ->type_name("ADDRESS:PORT")
        ->allow_extra_args(false);
    app.add_option("--home", options->homes,
                   "Hosts of this address or network get their sessions of node N, which has what "
                   "is promised to them; repeat for several")
        ->type_name("N=NETWORK")
        ->allow_extra_args(false);
    app.add_flag("--accept-proxy", options->accept_proxy,
                 "Another proxy before HAProxy says for whom it comes, by PROXY header");
    app.add_option("--connections", options->connections, "Of players, at a time")
        ->type_name("COUNT")
        ->check(CLI::Range(8, 1000000))
        ->capture_default_str();
    app.add_option("--connections-per-address", options->connections_per_address,
                   "Of players of one address, or of one IPv6 network of 64 bits")
        ->type_name("COUNT")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    return [options](const CommandLine&) { return write_fleet(*options); };
}

} // namespace netplay_relay::daemon
