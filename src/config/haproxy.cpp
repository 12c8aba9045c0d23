#include "config/haproxy.hpp"

#include "config/config.hpp"
#include "party/code.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace netplay_relay::config {

namespace {

constexpr std::string_view about =
    R"(# Players go to the node that their session id or party code names; what begins anew goes
# to the one with the fewest connections of those that take anything new (GET /readyz).
# docs/fleet.md.
# Each node needs "fleet": { "node": its number }, "proxy_protocol": true, this machine's address in
# "trusted_proxies", and "public_name" and "public_port" of this machine.
)";

constexpr std::string_view defaults = R"(
defaults
    mode tcp
    timeout connect 2s
    timeout check 2s
    # A paused game says nothing for long; the relay ends it after limits.link_idle_seconds.
    timeout client 5h
    timeout server 5h
    # Who is gone without a word is found as fast as at the relay itself.
    option clitcpka
    clitcpka-idle 15s
    clitcpka-intvl 5s
    clitcpka-cnt 3
    option srvtcpka
    srvtcpka-idle 15s
    srvtcpka-intvl 5s
    srvtcpka-cnt 3
)";

// The first four bytes: RATS or RATL of a tunnel, "GET " of a WebSocket.
constexpr std::string_view kinds =
    R"(    acl is_tunnel req.payload(0,4) -m bin 52415453 5241544C
    acl is_web req.payload(0,4) -m bin 47455420
)";

constexpr std::string_view waiting = R"(
    # Nothing is decided before enough has come: the whole greeting, or the line with the code.
    tcp-request inspect-delay 10s
    tcp-request content accept if is_tunnel { req.len ge 16 }
    tcp-request content accept if is_web { req.payload(0,0) -m sub "\n" }
    tcp-request content accept if { req.payload(0,4) -m found } !is_tunnel !is_web
    tcp-request content reject

    use_backend rooms if !is_tunnel !is_web
    default_backend nodes
)";

constexpr std::string_view nodes_backend = R"(
backend nodes
    balance leastconn
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host localhost
    http-check expect status 200
    # A node that drains fails its check and gets nothing new; whoever names it still comes to it.
    option persist
    # A node that is gone: another one says so, or takes what begins anew.
    option redispatch
)";

constexpr std::string_view rooms_backend = R"(
# Who types an address alone plays in a room, and meets there whoever plays the same game: all of
# them go to one node, the first that takes anything new.
backend rooms
    default-server send-proxy-v2 tcp-ut 25s
)";

std::string address_of(const FleetNode& node)
{
    const bool is_ipv6 = node.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + node.host + "]" : node.host) + ":" + std::to_string(node.port);
}

std::string name_of(const ProxiedNode& node) { return "node" + std::to_string(node.players.node); }

std::string text_of(const Home& home)
{
    return std::to_string(home.node) + "=" + wire::to_text(home.network);
}

// The command that writes the file again.
std::string command_of(const FleetProxy& proxy)
{
    std::string command = "# netplay-relay fleet-config";
    for (const wire::Endpoint& endpoint : proxy.bind)
        command += " --bind " + wire::to_text(endpoint);
    if (proxy.accept_proxy) command += " --accept-proxy";
    command += " \\\n#     --connections " + std::to_string(proxy.connections) +
               " --connections-per-address " + std::to_string(proxy.connections_per_address);
    for (const ProxiedNode& node : proxy.nodes)
        command += " \\\n#     --node " + std::to_string(node.players.node) + "=" +
                   address_of(node.players) + ",admin=" + address_of(node.admin);
    for (const Home& home : proxy.homes)
        command += " \\\n#     --home " + text_of(home);
    return command + "\n";
}

std::string frontend_of(const FleetProxy& proxy)
{
    std::string text = "\nfrontend players\n";
    for (const wire::Endpoint& endpoint : proxy.bind)
        text += "    bind " + wire::to_text(endpoint) +
                (endpoint.address.is_ipv4() ? "" : " v6only") + " tcp-ut 25s" +
                (proxy.accept_proxy ? " accept-proxy" : "") + "\n";
    text += "    # Who says nothing comes to no relay, and none of their limits counts him.\n"
            "    stick-table type ipv6 size 100k expire 10m store conn_cur\n"
            "    tcp-request session track-sc0 src,ipmask(32,64)\n"
            "    tcp-request session reject if { sc0_conn_cur gt " +
            std::to_string(proxy.connections_per_address) + " }\n";
    return text.append(kinds).append(waiting);
}

// The bytes that the ids of this node may begin with, as two digits each.
std::string bytes_of(std::uint8_t node)
{
    std::string bytes;
    for (unsigned byte = node; byte < 256; byte += nodes_max) {
        std::array<char, 4> digits{};
        (void)std::snprintf(digits.data(), digits.size(), " %02X", byte);
        bytes += digits.data();
    }
    return bytes;
}

// The letters that its codes may begin with, in both cases.
std::string letters_of(std::uint8_t node)
{
    std::string letters;
    for (char letter = 'A'; letter <= 'Z'; ++letter) {
        party::Code code;
        code.letters.fill(letter);
        if (party::node_of(code) == node)
            letters.append({letter, static_cast<char>(letter - 'A' + 'a')});
    }
    return letters;
}

std::string backends_of(const FleetProxy& proxy)
{
    std::string text(nodes_backend);
    text.append(kinds);
    text += "    acl is_new req.payload(0,16) -m bin 52415453" + std::string(24, '0') + "\n";
    for (const ProxiedNode& node : proxy.nodes) {
        const std::string use = "    use-server " + name_of(node) + " if ";
        const std::uint8_t number = node.players.node;
        text += use + "is_tunnel !is_new { req.payload(4,1) -m bin" + bytes_of(number) + " }\n";
        text += use + "is_web { req.payload(0,0) -m reg '^GET [^ ]*[?&]party=[" +
                letters_of(number) + "]' }\n";
    }
    for (const Home& home : proxy.homes) {
        const std::string name = "node" + std::to_string(home.node);
        text += "    use-server " + name + " if is_new { src " + wire::to_text(home.network) +
                " } { srv_is_up(nodes/" + name + ") }\n";
    }
    text += "    default-server send-proxy-v2 tcp-ut 25s check inter 1s fastinter 200ms fall 2 "
            "rise 1\n";
    for (const ProxiedNode& node : proxy.nodes) {
        text += "    server " + name_of(node) + " " + address_of(node.players);
        if (node.admin.host != node.players.host) text += " addr " + node.admin.host;
        text += " port " + std::to_string(node.admin.port) + "\n";
    }
    text.append(rooms_backend);
    for (const ProxiedNode& node : proxy.nodes)
        text += "    server " + name_of(node) + " " + address_of(node.players) + " track nodes/" +
                name_of(node) + (&node == &proxy.nodes.front() ? "" : " backup") + "\n";
    return text;
}

// Of a node: what stands before the sign at `equals`.
std::optional<std::uint8_t> number_before(const std::string& text, std::size_t equals)
{
    if (equals == std::string::npos) return std::nullopt;
    std::uint8_t number = 0;
    const char* const end = text.data() + equals;
    const auto [read, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || read != end || number >= nodes_max) return std::nullopt;
    return number;
}

} // namespace

std::optional<ProxiedNode> parse_proxied_node(const std::string& text)
{
    constexpr std::string_view admin = ",admin=";
    const std::size_t equals = text.find('=');
    const auto number = number_before(text, equals);
    if (!number) return std::nullopt;
    const std::size_t comma = text.find(admin, equals);
    const auto players = parse_node_address(text.substr(equals + 1, comma - equals - 1));
    if (!players) return std::nullopt;
    ProxiedNode node{*players, {0, players->host, default_admin_port}};
    if (comma != std::string::npos) {
        const auto parsed = parse_node_address(text.substr(comma + admin.size()));
        if (!parsed) return std::nullopt;
        node.admin = *parsed;
    }
    node.players.node = node.admin.node = *number;
    return node;
}

std::optional<Home> parse_home(const std::string& text)
{
    const std::size_t equals = text.find('=');
    const auto number = number_before(text, equals);
    if (!number) return std::nullopt;
    const auto network = wire::parse_network(text.substr(equals + 1));
    if (!network) return std::nullopt;
    return Home{*number, *network};
}

std::string haproxy_text(const FleetProxy& proxy)
{
    std::string text = "# HAProxy before a fleet of netplay-relays; 2.6 or newer. Written by\n";
    text += command_of(proxy);
    text.append(about);
    text += "\nglobal\n    # No hard-stop-after: an old process that was reloaded goes on with its "
            "games until they end.\n    maxconn " +
            std::to_string(proxy.connections) + "\n";
    text.append(defaults);
    return text + frontend_of(proxy) + backends_of(proxy);
}

} // namespace netplay_relay::config
