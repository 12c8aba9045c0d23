#include "daemon/doctor/firewall.hpp"

#include "support/catch.hpp"

using namespace netplay_relay::daemon::doctor;

namespace {

constexpr Packet to_relay{true, 55435};

Passing of_iptables(const std::string& rules, const Packet& packet = to_relay)
{
    Chains chains;
    read_iptables("*filter\n" + rules + "COMMIT\n", packet, chains);
    return passing(chains);
}

Passing of_nft(const std::string& entries, const Packet& packet = to_relay)
{
    Chains chains;
    REQUIRE(read_nft(R"({"nftables": [{"metainfo": {"version": "1"}})" + entries + "]}", packet,
                     false, chains));
    return passing(chains);
}

// A chain of the table inet t, and rules of the chain input.
std::string input(const char* policy)
{
    return std::string(R"(, {"chain": {"family": "inet", "table": "t", "name": "input", )") +
           R"("hook": "input", "type": "filter", "prio": 0, "policy": ")" + policy + "\"}}";
}

std::string rule(const std::string& expressions, const char* chain = "input")
{
    return std::string(R"(, {"rule": {"family": "inet", "table": "t", "chain": ")") + chain +
           R"(", "expr": [)" + expressions + "]}}";
}

std::string match(const std::string& left, const std::string& right, const char* op = "==")
{
    return R"({"match": {"op": ")" + std::string(op) + R"(", "left": )" + left + R"(, "right": )" +
           right + "}}";
}

std::string port(const std::string& right)
{
    return match(R"({"payload": {"protocol": "tcp", "field": "dport"}})", right);
}

const std::string accept = R"(, {"accept": null})";
const std::string drop = R"(, {"drop": null})";

} // namespace

TEST_CASE("no rule lets everybody in")
{
    CHECK(passing({}).passage == Passage::open);
    CHECK(of_iptables(":INPUT ACCEPT [0:0]\n").passage == Passage::open);
    CHECK(of_nft("").passage == Passage::open);
    CHECK(of_nft(input("accept")).passage == Passage::open);
}

TEST_CASE("iptables: a policy of DROP, and the rules before it")
{
    const std::string head = ":INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n"
                             "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
                             "-A INPUT -p icmp -j ACCEPT\n"
                             "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n";
    const Passing blocked = of_iptables(head);
    CHECK(blocked.passage == Passage::blocked);
    CHECK(blocked.by == "ip filter INPUT");
    for (const char* one :
         {"-A INPUT -p tcp -m tcp --dport 55435 -j ACCEPT\n",
          "-A INPUT -p tcp -m multiport --dports 80,55000:56000 -m comment --comment \"a b\" -j "
          "ACCEPT\n",
          "-A INPUT -m state --state NEW -j ACCEPT\n", "-A INPUT ! -i lo -j ACCEPT\n",
          "-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT\n"})
        CHECK(of_iptables(head + one).passage == Passage::open);
    for (const char* one : {"-A INPUT -s 203.0.113.7/32 -j ACCEPT\n",
                            "-A INPUT -p tcp --dport 55435 -m limit --limit 3/sec -j ACCEPT\n",
                            "-A INPUT -p tcp --dport 55435 -j NFQUEUE --queue-num 1\n"})
        CHECK(of_iptables(head + one).passage == Passage::unknown);
    for (const char* one :
         {"-A INPUT -p udp -m udp --dport 55435 -j ACCEPT\n",
          "-A INPUT -p tcp --dport 55436: -j ACCEPT\n", "-A INPUT -d 224.0.0.251/32 -j ACCEPT\n",
          "-A INPUT -j LOG\n", "-A INPUT -s 127.0.0.0/8 -j ACCEPT\n"})
        CHECK(of_iptables(head + one).passage == Passage::blocked);
}

TEST_CASE("iptables: chains that are jumped to, as ufw has them")
{
    const std::string head =
        ":INPUT DROP [0:0]\n:before - [0:0]\n:not-local - [0:0]\n:user - [0:0]\n"
        "-A INPUT -j before\n-A before -i lo -j ACCEPT\n-A before -j not-local\n"
        "-A before -j user\n-A not-local -m addrtype --dst-type LOCAL -j RETURN\n"
        "-A not-local -m limit --limit 3/min -j LOG\n-A not-local -j DROP\n";
    CHECK(of_iptables(head).passage == Passage::blocked);
    CHECK(of_iptables(head + "-A user -p tcp -m tcp --dport 55435 -j ACCEPT\n").passage ==
          Passage::open);
    CHECK(of_iptables(head + "-A user -p tcp -m tcp --dport 55435 -j gone\n").passage ==
          Passage::unknown);
    CHECK(of_iptables(":INPUT ACCEPT [0:0]\n:a - [0:0]\n-A INPUT -g a\n-A a -j RETURN\n"
                      "-A INPUT -j DROP\n")
              .passage == Passage::open);
}

TEST_CASE("chains that call each other without end are unclear")
{
    CHECK(of_iptables(":INPUT DROP [0:0]\n:a - [0:0]\n-A INPUT -j a\n-A a -j a\n").passage ==
          Passage::unknown);
}

TEST_CASE("a port that is redirected never reaches the rules of input")
{
    Chains chains;
    read_iptables("*filter\n:INPUT DROP [0:0]\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n"
                  ":DOCKER - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"
                  "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 55435 -j DNAT --to-destination "
                  "172.17.0.2:55435\nCOMMIT\n",
                  to_relay, chains);
    CHECK(passing(chains).passage == Passage::unknown);
}

TEST_CASE("nftables: a policy of drop, and the rules before it")
{
    const std::string head =
        input("drop") + rule(match(R"({"meta": {"key": "iif"}})", R"("lo")") + accept) +
        rule(match(R"({"ct": {"key": "state"}})", R"(["established", "related"])", "in") + accept) +
        rule(match(R"({"meta": {"key": "l4proto"}})", R"({"set": ["icmp", "ipv6-icmp"]})") +
             accept) +
        rule(port("22") + accept);
    const Passing blocked = of_nft(head);
    CHECK(blocked.passage == Passage::blocked);
    CHECK(blocked.by == "inet t input");
    CHECK(of_nft(head + rule(port("55435") + accept)).passage == Passage::open);
    CHECK(
        of_nft(head + rule(port(R"({"set": [80, {"range": [55000, 56000]}]})") + accept)).passage ==
        Passage::open);
    CHECK(of_nft(head + rule(port("\"@open\"") + accept)).passage == Passage::unknown);
    CHECK(of_nft(head + rule(port("55435") + R"(, {"limit": {"rate": 1}})" + accept)).passage ==
          Passage::unknown);
    CHECK(of_nft(head + rule(port("55435") + R"(, {"xt": null})")).passage == Passage::unknown);
    CHECK(of_nft(head + rule(match(R"({"meta": {"key": "nfproto"}})", R"("ipv4")") + accept))
              .passage == Passage::open);
    CHECK(of_nft(head + rule(match(R"({"meta": {"key": "nfproto"}})", R"("ipv6")") + accept))
              .passage == Passage::blocked);
    CHECK(of_nft(head + rule(match(R"({"payload": {"protocol": "ip", "field": "saddr"}})",
                                   R"("@friends4")") +
                             accept))
              .passage == Passage::unknown);
    CHECK(of_nft(head + rule(port("55435") + R"(, {"redirect": {"port": 1}})")).passage ==
          Passage::unknown);
}

TEST_CASE("nftables: maps of verdicts, jumps, and what rejects all")
{
    const std::string map =
        R"({"vmap": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": )"
        R"({"set": [[22, {"accept": null}], [55435, {"jump": {"target": "players"}}]]}}})";
    const std::string players =
        R"(, {"chain": {"family": "inet", "table": "t", "name": "players"}})";
    const std::string reject = rule(R"({"reject": {"type": "icmpx"}})");
    CHECK(of_nft(input("accept") + players + rule(map) + reject).passage == Passage::blocked);
    CHECK(of_nft(input("accept") + players + rule(map) + rule(R"({"accept": null})", "players") +
                 reject)
              .passage == Passage::open);
    CHECK(of_nft(input("accept") + rule(R"({"vmap": {"key": "x", "data": "@m"}})") + reject)
              .passage == Passage::unknown);
}

TEST_CASE("a chain that drops counts, whatever others accept")
{
    const std::string other = R"(, {"chain": {"family": "ip", "table": "late", "name": "in", )"
                              R"("hook": "input", "type": "filter", "prio": 5, "policy": "drop"}})";
    const Passing result = of_nft(input("accept") + rule(port("55435") + accept) + other);
    CHECK(result.passage == Passage::blocked);
    CHECK(result.by == "ip late in");
    CHECK(of_nft(input("accept") + other, {false, 55435}).passage == Passage::open);
}

TEST_CASE("what is no listing of rules is told")
{
    Chains chains;
    CHECK_FALSE(read_nft("", to_relay, false, chains));
    CHECK_FALSE(read_nft("{}", to_relay, false, chains));
    CHECK_FALSE(read_nft(R"({"nftables": [{"rule": {}}]})", to_relay, false, chains));
}
