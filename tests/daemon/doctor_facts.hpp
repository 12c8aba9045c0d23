// A machine on which all is well, and what the doctor says of it.
#pragma once

#include "daemon/doctor/facts.hpp"

#include <cerrno>
#include <string>

namespace netplay_relay::daemon::doctor {

inline wire::Address address(const char* text) { return *wire::parse_address(text); }

inline wire::Endpoint endpoint(const char* text) { return *wire::parse_endpoint(text); }

// A relay runs there.
inline Facts good_facts()
{
    Facts facts;
    facts.self = {"1.2.3", 2, true, false};
    facts.configuration = {"/etc/relay.json", "/etc/relay.json", {}, {}};
    facts.relay.url = "http://127.0.0.1:55480/status";
    facts.relay.answers = true;
    facts.relay.is_here = true;
    facts.relay.process = 812;
    facts.relay.version = "1.2.3";
    facts.relay.state = "running";
    facts.relay.config_file = "/etc/relay.json";
    facts.relay.record_version = 2;
    facts.relay.listening = {{endpoint("0.0.0.0:55435"), "listening"}};
    facts.relay.players = {address("198.51.100.7"), address("203.0.113.9")};
    PortFacts port{"listen", endpoint("0.0.0.0:55435")};
    port.error = EADDRINUSE;
    port.of_relay = true;
    port.holder = "by netplay-relay (process 812)";
    port.firewall = Passage::open;
    facts.ports = {port};
    facts.open_files = OpenFileFacts{{4096, 0, 320}, 8192, "the relay (process 812)", 0, 0};
    facts.memory = MemoryFacts{};
    facts.memory->plan.limit = {512U << 20U, "memory.high"};
    facts.memory->machine = 1024U << 20U;
    facts.memory->available = 700U << 20U;
    facts.name = NameFacts{};
    facts.name->name = "relay.example.org";
    facts.name->addresses = {address("192.0.2.1")};
    facts.name->own = {address("192.0.2.1")};
    facts.connections = 4096;
    facts.kernel.somaxconn = 4096;
    facts.kernel.epoll_watches = 400000;
    facts.kernel.syn_backlog = 1024;
    facts.kernel.syncookies = true;
    facts.clock = {true, 2026};
    return facts;
}

// "warn" or so, of the first with these words; "" if there is none.
inline std::string found(const Facts& facts, const std::string& what, const std::string& words)
{
    for (const Finding& one : judge(facts)) {
        const std::string text = one.fact + "; " + one.advice;
        if (one.what != what || text.find(words) == std::string::npos) continue;
        return one.grade == Grade::ok ? "ok" : one.grade == Grade::warn ? "warn" : "FAIL";
    }
    return {};
}

inline std::string text_of(const Facts& facts) { return to_text(judge(facts)); }

} // namespace netplay_relay::daemon::doctor
