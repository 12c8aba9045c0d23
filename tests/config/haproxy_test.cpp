// What HAProxy is told of a fleet. That HAProxy does by it what it should is tests/proxies.
#include "config/haproxy.hpp"

#include "party/code.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <sstream>

namespace netplay_relay::config {

namespace {

FleetProxy proxy_of(std::uint8_t nodes)
{
    FleetProxy proxy;
    proxy.bind = {*wire::parse_endpoint("0.0.0.0:55435"), *wire::parse_endpoint("[::]:55435")};
    for (std::uint8_t node = 0; node < nodes; ++node)
        proxy.nodes.push_back(
            *parse_proxied_node(std::to_string(node) + "=192.0.2." + std::to_string(node + 1) +
                                ":55435,admin=10.0.0." + std::to_string(node + 1) + ":55480"));
    return proxy;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

bool has(const std::string& text, const std::string& line)
{
    const auto lines = lines_of(text);
    return std::ranges::find(lines, line) != lines.end();
}

// What stands behind `opening` in the rules that choose a node: by the node.
std::map<std::string, std::string> rules(const std::string& text, const std::string& opening)
{
    std::map<std::string, std::string> found;
    for (const std::string& line : lines_of(text)) {
        const auto at = line.find(opening);
        if (!line.starts_with("    use-server ") || at == std::string::npos) continue;
        const std::string name = line.substr(15, line.find(' ', 15) - 15);
        CHECK(found.emplace(name, line.substr(at + opening.size())).second);
    }
    return found;
}

} // namespace

TEST_CASE("a node of a command line")
{
    const auto node = parse_proxied_node("19=192.0.2.1:1,admin=[2001:db8::1]:2");
    REQUIRE(node);
    CHECK((node->players == FleetNode{19, "192.0.2.1", 1}));
    CHECK((node->admin == FleetNode{19, "2001:db8::1", 2}));
    const auto alone = parse_proxied_node("0=relay0.example:55435");
    REQUIRE(alone);
    CHECK((alone->players == FleetNode{0, "relay0.example", 55435}));
    CHECK((alone->admin == FleetNode{0, "relay0.example", 55480}));
    for (const char* text :
         {"", "=", "1", "1=", "20=a:1", "-1=a:1", "1 =a:1", "1=a", "1=a:0", "1=a:1,", "1=a:1,b:2",
          "1=a:1,admin=", "1=a:1,admin=b", "1=a:1,admin=b:2,", "1=a b:1", "1=a\n:1", "256=a:1"}) {
        INFO(text);
        CHECK_FALSE(parse_proxied_node(text));
    }
}

TEST_CASE("with all nodes there is one for each id")
{
    const auto bytes = rules(haproxy_text(proxy_of(nodes_max)), "req.payload(4,1) -m bin");
    REQUIRE(bytes.size() == nodes_max);
    for (unsigned byte = 0; byte < 256; ++byte) {
        wire::SessionId id;
        id.bytes[0] = static_cast<std::uint8_t>(byte);
        std::ostringstream digits;
        digits << ' ' << "0123456789ABCDEF"[byte / 16] << "0123456789ABCDEF"[byte % 16] << ' ';
        for (const auto& [name, list] : bytes)
            CHECK((list.find(digits.str()) != std::string::npos) ==
                  (name == "node" + std::to_string(wire::node_of(id))));
    }
}

TEST_CASE("with all nodes there is one for each code, however it stands in the address")
{
    const auto expressions = rules(haproxy_text(proxy_of(nodes_max)), "-m reg '");
    REQUIRE(expressions.size() == nodes_max);
    const auto node_for = [&](const std::string& request) {
        std::string found;
        for (const auto& [name, rest] : expressions)
            if (std::regex_search(request, std::regex(rest.substr(0, rest.find('\''))))) {
                CHECK(found.empty());
                found = name;
            }
        return found;
    };
    for (char letter = 'A'; letter <= 'Z'; ++letter) {
        const std::string code = letter + std::string("CDFGHJK");
        const std::string name = "node" + std::to_string(party::node_of(*party::parse_code(code)));
        CHECK(node_for("GET /?party=" + code + " HTTP/1.1\r\n") == name);
        CHECK(node_for("GET /relay?key=a&party=" + code + "&b=c HTTP/1.1\r\n") == name);
        const std::string small{static_cast<char>(letter - 'A' + 'a')};
        CHECK(node_for("GET /?party=" + small + "cdfghjk HTTP/1.1\r\n") == name);
    }
    CHECK(node_for("GET / HTTP/1.1\r\nReferer: /?party=BCDFGHJK\r\n").empty());
    CHECK(node_for("GET /?party= HTTP/1.1\r\n").empty());
    CHECK(node_for("GET /?my_party=BCDFGHJK HTTP/1.1\r\n").empty());
    CHECK(node_for("POST /?party=BCDFGHJK HTTP/1.1\r\n").empty());
}

TEST_CASE("each node is checked once, where it says whether it takes anything new")
{
    FleetProxy proxy = proxy_of(2);
    proxy.nodes[1] = *parse_proxied_node("7=[2001:db8::7]:55435");
    const std::string text = haproxy_text(proxy);
    CHECK(has(text, "    server node0 192.0.2.1:55435 addr 10.0.0.1 port 55480"));
    CHECK(has(text, "    server node7 [2001:db8::7]:55435 port 55480"));
    CHECK(has(text, "    server node0 192.0.2.1:55435 track nodes/node0"));
    CHECK(has(text, "    server node7 [2001:db8::7]:55435 track nodes/node7 backup"));
}

TEST_CASE("hosts that have something promised go where it is")
{
    const auto home = parse_home("1=203.0.113.0/24");
    REQUIRE(home);
    CHECK((*home == Home{1, *wire::parse_network("203.0.113.0/24")}));
    for (const char* text : {"", "1", "1=", "20=::/0", "1=203.0.113.1/24", "=::/0", "1=a"}) {
        INFO(text);
        CHECK_FALSE(parse_home(text));
    }
    FleetProxy proxy = proxy_of(2);
    proxy.homes = {*home, *parse_home("0=2001:db8::/32")};
    const std::string text = haproxy_text(proxy);
    CHECK(has(text, "    use-server node1 if is_new { src 203.0.113.0/24 } "
                    "{ srv_is_up(nodes/node1) }"));
    CHECK(has(text, "    use-server node0 if is_new { src 2001:db8::/32 } "
                    "{ srv_is_up(nodes/node0) }"));
    CHECK(has(text, "#     --home 1=203.0.113.0/24 \\"));
}

TEST_CASE("where HAProxy listens, and for how many")
{
    FleetProxy proxy = proxy_of(1);
    std::string text = haproxy_text(proxy);
    CHECK(has(text, "    bind 0.0.0.0:55435 tcp-ut 25s"));
    CHECK(has(text, "    bind [::]:55435 v6only tcp-ut 25s"));
    CHECK(has(text, "    maxconn 8000"));
    proxy.accept_proxy = true;
    proxy.connections = 12;
    proxy.connections_per_address = 7;
    text = haproxy_text(proxy);
    CHECK(has(text, "    bind 0.0.0.0:55435 tcp-ut 25s accept-proxy"));
    CHECK(has(text, "    maxconn 12"));
    CHECK(has(text, "    tcp-request session reject if { sc0_conn_cur gt 7 }"));
    CHECK(has(text, "# netplay-relay fleet-config --bind 0.0.0.0:55435 --bind [::]:55435 "
                    "--accept-proxy \\"));
    CHECK(has(text, "#     --connections 12 --connections-per-address 7 \\"));
    CHECK(has(text, "#     --node 0=192.0.2.1:55435,admin=10.0.0.1:55480"));
}

} // namespace netplay_relay::config
