#include "doctor_facts.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace netplay_relay;
using namespace netplay_relay::daemon::doctor;

TEST_CASE("where all is well, every line says ok")
{
    const Findings findings = judge(good_facts());
    INFO(to_text(findings));
    CHECK(std::ranges::all_of(findings, [](const Finding& one) { return one.grade == Grade::ok; }));
    CHECK_FALSE(any_failed(findings));
    for (const char* what : {"configuration", "relay", "upgrade", "port", "firewall", "name",
                             "players", "open files", "memory", "kernel", "clock"})
        CHECK(std::ranges::count(findings, what, &Finding::what) == 1);
}

TEST_CASE("a finding is one line, and nothing in it moves a cursor")
{
    const Findings some{{Grade::ok, "relay", "fine", ""},
                        {Grade::warn, "name", "odd\n\x1b[2J", "mend it"},
                        {Grade::fail, "port", "taken", "free it"}};
    CHECK(to_text(some) ==
          "ok    relay: fine\nwarn  name: odd??[2J; mend it\nFAIL  port: taken; free it\n");
    const std::string json = to_json(some);
    CHECK(json.find("\"failed\": 1") != std::string::npos);
    CHECK(json.find("\"warned\": 1") != std::string::npos);
    CHECK(json.find("\"grade\": \"fail\"") != std::string::npos);
    CHECK(any_failed(some));
}

TEST_CASE("faults of the configuration fail, warnings warn")
{
    Facts facts = good_facts();
    facts.configuration.faults = {"/etc/relay.json: limits must be an object"};
    CHECK(found(facts, "configuration", "limits must be") == "FAIL");
    facts.configuration.faults.clear();
    facts.configuration.warnings = {"IPv6 only"};
    CHECK(found(facts, "configuration", "IPv6 only") == "warn");
}

TEST_CASE("files: who can read and write them")
{
    Facts facts = good_facts();
    FileFacts file{"configuration", "/etc/relay.json"};
    file.mode = 0100640;
    file.reader = "netplay-relay";
    file.can_be_used = true;
    const auto grade = [&](const char* words) {
        facts.files = {file};
        return found(facts, "file", words);
    };
    CHECK(grade("can be read by netplay-relay") == "ok");
    file.can_be_used = false;
    CHECK(grade("cannot be read by netplay-relay; chgrp netplay-relay") == "FAIL");
    file.has_to_be_written = true;
    CHECK(grade("cannot be written by netplay-relay") == "FAIL");
    file.has_to_be_written = false;
    file.can_be_used = true;
    file.mode = 0100644;
    CHECK(grade("can be read by") == "ok");
    file.is_secret = true;
    CHECK(grade("everybody here can read it; chmod o-rwx /etc/relay.json") == "warn");
    file.mode = 0100646;
    CHECK(grade("can be written by everybody") == "FAIL");
    file.error = EACCES;
    CHECK(grade("Permission denied") == "FAIL");
    file.error = ENOENT;
    CHECK(grade("No such file") == "FAIL");
    file.may_be_missing = true;
    CHECK(grade("is not there yet") == "ok");
}

TEST_CASE("the log: lines that are lost, and no room for more")
{
    Facts facts = good_facts();
    facts.log_space_left = 1U << 30U;
    CHECK(found(facts, "log", "").empty());
    facts.log_space_left = 10U << 20U;
    CHECK(found(facts, "log", "10 MiB are left") == "warn");
    facts.relay.log_lines_lost = 7;
    CHECK(found(facts, "log", "7 lines are lost") == "warn");
}

TEST_CASE("the relay: whether it answers, and as what")
{
    Facts facts = good_facts();
    facts.relay.state = "draining";
    CHECK(found(facts, "relay", "draining") == "warn");
    facts = good_facts();
    facts.relay.is_here = false;
    CHECK(found(facts, "relay", "no process of this machine") == "warn");
    facts = good_facts();
    facts.relay.config_file = "/etc/other.json";
    CHECK(found(facts, "relay", "--config /etc/other.json asks") == "warn");
    facts.relay.config_file.clear();
    CHECK(found(facts, "relay", "it has read no file") == "warn");
    facts = good_facts();
    facts.relay.takes_new = false;
    CHECK(found(facts, "relay", "new off") == "warn");
    facts.relay.kept_problem = "the disk is full";
    CHECK(found(facts, "file", "the disk is full") == "warn");
    facts = good_facts();
    facts.relay.standstills = 3;
    CHECK(found(facts, "relay", "stood still 3 times") == "warn");
    facts = good_facts();
    facts.relay = RelayFacts{};
    CHECK(found(facts, "relay", "admin.listen names no port") == "warn");
    facts.relay.url = "http://127.0.0.1:55480/status";
    facts.relay.error = "Connection refused";
    CHECK(found(facts, "relay", "Connection refused; if it should run: systemctl start") == "warn");
    PortFacts admin{"admin.listen", endpoint("127.0.0.1:55480"), false};
    admin.error = EADDRINUSE;
    facts.ports.push_back(admin);
    CHECK(found(facts, "relay", "another program's") == "FAIL");
}

TEST_CASE("the service: whether systemd starts it, and had to again")
{
    Facts facts = good_facts();
    CHECK(found(facts, "service", "").empty());
    facts.service.is_there = true;
    CHECK(found(facts, "service", "does not start when the machine does; systemctl enable") ==
          "warn");
    facts.service.begins_at_boot = true;
    CHECK(found(facts, "service", "starts when the machine does") == "ok");
    facts.service.restarts = 3;
    CHECK(found(facts, "service", "start it again 3 times") == "warn");
    facts.service.has_failed = true;
    facts.service.result = "exit-code";
    CHECK(found(facts, "service", "given it up (exit-code)") == "FAIL");
}

TEST_CASE("a restart: whether it keeps the games")
{
    Facts facts = good_facts();
    CHECK(found(facts, "upgrade", "keeps the games") == "ok");
    facts.relay.is_replaced = true;
    CHECK(found(facts, "upgrade", "newer file than the one that runs") == "warn");
    facts.relay.record_version = 1;
    CHECK(found(facts, "upgrade", "format 1, and this program (1.2.3) reads 2") == "warn");
    facts.relay.record_version = std::nullopt;
    CHECK(found(facts, "upgrade", "does not tell the format") == "warn");
    facts.relay.handover_problem = "no memory";
    CHECK(found(facts, "upgrade", "the last one failed: no memory") == "warn");
    facts.relay.answers = false;
    CHECK(found(facts, "upgrade", "").empty());
}

TEST_CASE("ports: taken, free, missing")
{
    Facts facts = good_facts();
    facts.relay.listening.clear();
    PortFacts& port = facts.ports.front();
    CHECK(found(facts, "port", "taken by netplay-relay (process 812)") == "ok");
    port.of_relay = false;
    port.holder = "by nginx (process 1)";
    CHECK(found(facts, "port",
                "0.0.0.0:55435 (listen) is taken by nginx (process 1); ss -ltnp "
                "sport = :55435") == "FAIL");
    facts.relay.listening = {{endpoint("[::]:55435"), "listening"}};
    CHECK(found(facts, "port", "served by the relay at [::]:55435") == "ok");
    facts.relay.listening.clear();
    port.holder = "by systemd (process 1)";
    CHECK(found(facts, "port", "taken by systemd") == "FAIL");
    facts.service.socket_listens = true;
    CHECK(found(facts, "port", "listened on by systemd, for the relay") == "ok");
    port.by_outgoing = true;
    port.holder.clear();
    CHECK(found(facts, "port", "a connection that went out from this machine") == "FAIL");
    port.error = 0;
    CHECK(found(facts, "port", "is not listened on by the relay that runs") == "warn");
    facts.relay.answers = facts.relay.is_here = false;
    CHECK(found(facts, "port", "is free") == "ok");
    port.has_address = false;
    CHECK(found(facts, "port", "is no address of this machine now") == "warn");
    port.error = EINVAL;
    CHECK(found(facts, "port", "Invalid argument") == "FAIL");
    port.error = EACCES;
    CHECK(found(facts, "port", "Permission denied") == "FAIL");
    port.endpoint.port = 80;
    CHECK(found(facts, "port", "CAP_NET_BIND_SERVICE") == "FAIL");
    facts.self.is_root = false;
    CHECK(found(facts, "port", "CAP_NET_BIND_SERVICE") == "warn");
    port.endpoint = endpoint("[::]:55435");
    port.error = EAFNOSUPPORT;
    CHECK(found(facts, "port", "this machine has no IPv6") == "ok");
}

TEST_CASE("the firewall: what is sure, and how to try the rest")
{
    Facts facts = good_facts();
    CHECK(found(facts, "firewall", "TCP 55435 by IPv4 passes") == "ok");
    facts.ports.front().firewall = Passage::unknown;
    CHECK(found(facts, "firewall", "nc -vz relay.example.org 55435") == "ok");
    facts.self.is_root = false;
    CHECK(found(facts, "firewall", "for root to read") == "ok");
    facts.ports.front().firewall = Passage::blocked;
    facts.ports.front().firewall_by = "ip filter INPUT";
    CHECK(found(facts, "firewall", "dropped by ip filter INPUT; ufw allow 55435/tcp") == "FAIL");
    facts.ports.front().firewall_by = "inet firewalld filter_INPUT";
    CHECK(found(facts, "firewall", "firewall-cmd --permanent --add-port=55435/tcp") == "FAIL");
    facts.ports.front().endpoint = endpoint("127.0.0.1:55435");
    CHECK(found(facts, "firewall", "").empty());
}

TEST_CASE("ranges of ports: who else is in them")
{
    Facts facts = good_facts();
    facts.ranges = {{"join_ports", 56000, 56063, {}}};
    CHECK(found(facts, "port", "56000-56063 (join_ports) are the relay's alone") == "ok");
    facts.ranges.front().taken = {56001, 56007};
    CHECK(found(facts, "port", "others have 2: 56001, 56007") == "warn");
    facts.kernel.outgoing_first = 32768;
    facts.kernel.outgoing_last = 60999;
    facts.kernel.reserved = "8080,9000-9100";
    CHECK(found(facts, "port", "ip_local_reserved_ports=8080,9000-9100,56000-56063") == "ok");
    facts.kernel.reserved = "8080,56000-56063";
    CHECK(found(facts, "port", "ip_local_reserved_ports").empty());
}

TEST_CASE("the name: where it leads")
{
    Facts facts = good_facts();
    NameFacts& name = *facts.name;
    CHECK(found(facts, "name", "leads to 192.0.2.1, this machine") == "ok");
    name.addresses = {address("198.51.100.1")};
    CHECK(found(facts, "name", "correct the A record") == "warn");
    name.own = {address("10.0.0.5")};
    CHECK(found(facts, "name", "right behind NAT") == "ok");
    name.addresses = {address("127.0.1.1")};
    CHECK(found(facts, "name", "each player's own machine") == "FAIL");
    name.is_address = true;
    CHECK(found(facts, "name", "from this machine only") == "warn");
    name.addresses = {address("2001:db8::1")};
    CHECK(found(facts, "name", "no IPv4 address") == "FAIL");
    CHECK(found(facts, "name", "the relay listens at no IPv6 address") == "warn");
    name.listens_ipv6 = true;
    CHECK(found(facts, "name", "this machine has no IPv6 address") == "warn");
    name.own.push_back(address("2001:db8::1"));
    CHECK(found(facts, "name", "AAAA record (2001:db8::1), this machine") == "ok");
    name.error = "Name or service not known";
    CHECK(found(facts, "name", "is not found") == "FAIL");
    name.is_reserved = true;
    CHECK(found(facts, "name", "documents and tests") == "warn");
    name.name.clear();
    CHECK(found(facts, "name", "inner addresses only (10.0.0.5)") == "warn");
    name.own = {address("192.0.2.1")};
    CHECK(found(facts, "name", "there is no public_name") == "ok");
}

TEST_CASE("players: whether their own addresses are seen")
{
    Facts facts = good_facts();
    CHECK(found(facts, "players", "their own addresses are seen") == "ok");
    facts.relay.players.assign(2, address("198.51.100.7"));
    CHECK(found(facts, "players", "one household") == "ok");
    facts.relay.players.assign(3, address("127.0.0.1"));
    CHECK(found(facts, "players", "all of 3 come from 127.0.0.1; if they are not at one place") ==
          "warn");
    facts.relay.players.assign(2, address("172.17.0.1"));
    CHECK(found(facts, "players", "one household") == "ok");
    facts.gateways = {address("172.17.0.1")};
    CHECK(found(facts, "players", "the gateway of this network; a proxy or userland") == "FAIL");
    facts.relay.players.resize(1);
    CHECK(found(facts, "players", "the gateway") == "warn");
    facts.self.in_container = true;
    CHECK(found(facts, "players", "the gateway") == "FAIL");
    facts.relay.players.clear();
    CHECK(found(facts, "players", "nobody is there") == "ok");
}

TEST_CASE("of a faulty configuration nothing is said that depends on it")
{
    Facts facts;
    facts.configuration.faults = {"x"};
    const std::string text = text_of(facts);
    for (const char* what : {"port: ", "name: ", "open files: ", "memory: "})
        CHECK(text.find(what) == std::string::npos);
}

TEST_CASE("behind a proxy the name leads to that, and there has to be one")
{
    Facts facts = good_facts();
    facts.name->behind_proxy = true;
    CHECK(found(facts, "name", "this machine") == "ok"); // the proxy is here as well
    facts.name->addresses = {address("192.0.2.99"), address("2001:db8::9")};
    CHECK(found(facts, "name", "nor in trusted_proxies; right if it is an outer address") == "ok");
    CHECK(found(facts, "name", "for the proxy to serve") == "ok");
    facts.name->of_proxy = {address("192.0.2.99")};
    CHECK(found(facts, "name", "a proxy of trusted_proxies") == "ok");
    CHECK(found(facts, "name", "correct").empty());
    facts.name->name.clear();
    CHECK(found(facts, "name", "set public_name to the name that leads to the proxy") == "warn");
}

TEST_CASE("the fleet: how each other node answers")
{
    using Answer = NodeFacts::Answer;
    Facts facts = good_facts();
    CHECK(found(facts, "fleet", "").empty());
    facts.fleet.emplace();
    facts.fleet->node = 1;
    facts.fleet->can_ask = true;
    CHECK(found(facts, "fleet", "node 1 knows no other node") == "warn");
    NodeFacts node{2, "10.0.0.2:55437"};
    node.problem = "no connection";
    const auto grade = [&](Answer answer, const char* words) {
        node.answer = answer;
        facts.fleet->others = {node};
        return found(facts, "fleet", words);
    };
    CHECK(grade(Answer::none, "node 2 (10.0.0.2:55437): no connection; its relay is") == "warn");
    CHECK(grade(Answer::other_key, "the same fleet.key_file on both") == "FAIL");
    CHECK(grade(Answer::other_relay, "correct fleet.node there") == "FAIL");
    CHECK(grade(Answer::other_version, "upgrade the older one") == "warn");
    CHECK(grade(Answer::refused, "link_refused") == "warn");
    node.version = "1.2.3";
    CHECK(grade(Answer::good, "answers, netplay-relay 1.2.3") == "ok");
    CHECK(grade(Answer::good, "clock").empty());
    node.clock_ahead_ms = -10'001;
    CHECK(grade(Answer::good, "is 10 s behind the one here") == "warn");
    node.clock_ahead_ms = 3'600'000;
    CHECK(grade(Answer::good, "is 3600 s ahead of the one here") == "warn");
    node.version = "1.2.2";
    CHECK(grade(Answer::good, "netplay-relay 1.2.2, where this program is 1.2.3") == "ok");
    node.takes_new = false;
    CHECK(grade(Answer::good, "it takes no new games") == "warn");
    node.drains = true;
    CHECK(grade(Answer::good, "it drains") == "warn");
}

TEST_CASE("the fleet: what is wrong with this node")
{
    Facts facts = good_facts();
    facts.relay.node = 1;
    facts.relay.fleet_problem = "another relay is node 1, as this one is";
    CHECK(found(facts, "fleet", "another relay is node 1") == "FAIL");
    facts.fleet.emplace();
    facts.fleet->node = 2;
    CHECK(found(facts, "fleet", "runs as node 1, and the configuration says 2") == "warn");
    facts.fleet->key_problem = "/etc/key must hold at least 32 bytes";
    CHECK(found(facts, "fleet", "fleet.key_file: /etc/key must hold") == "FAIL");
    facts.self.is_root = false;
    CHECK(found(facts, "fleet", "ask as root") == "warn");
}
