// What the status tells of the relay itself, before its sessions, rooms and parties.
#include "admin/event_json.hpp"
#include "admin/json_writer.hpp"
#include "admin/status_json.hpp"
#include "base/seconds.hpp"
#include "net/process_use.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <unistd.h>

namespace netplay_relay::admin {

namespace {

std::string utc(std::chrono::system_clock::time_point when)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

const char* state_text(net::RelayState state)
{
    switch (state) {
    case net::RelayState::running: return "running";
    case net::RelayState::draining: return "draining";
    case net::RelayState::stopping: return "stopping";
    }
    return "running";
}

const char* listening_text(net::ListeningState state)
{
    switch (state) {
    case net::ListeningState::listening: return "listening";
    case net::ListeningState::address_missing: return "address_missing";
    case net::ListeningState::no_ipv6: return "no_ipv6";
    }
    return "listening";
}

void write_listening(JsonWriter& out, const net::ListeningAt& one)
{
    out.begin_object();
    out.member("address", wire::to_text(one.endpoint.address));
    out.member("port", one.endpoint.port);
    out.member("state", listening_text(one.state));
    out.end_object();
}

void write_listening(JsonWriter& out, std::string_view word,
                     const std::vector<net::ListeningAt>& all)
{
    out.list(word, [&] {
        for (const net::ListeningAt& one : all)
            write_listening(out, one);
    });
}

void write_limits(JsonWriter& out, const lobby::Limits& limits)
{
    out.member("connections", limits.connections);
    out.member("sessions", limits.sessions);
    out.member("links_per_session", limits.links_per_session);
    out.member("links_per_address", limits.links_per_address);
    out.member("waiting_joins_per_session", limits.waiting_joins_per_session);
    out.member("connections_per_address", limits.connections_per_address);
    out.member("sessions_per_address", limits.sessions_per_address);
    out.member("waiting_joins_per_address", limits.waiting_joins_per_address);
    out.member("new_connections_per_second_per_address",
               limits.new_connections_per_second_per_address);
    out.member("greeting_seconds", limits.greeting.count());
    out.member("join_wait_seconds", limits.join_wait.count());
    out.member("link_idle_seconds", limits.link_idle.count());
    out.member("half_closed_seconds", limits.half_closed.count());
    out.member("host_ping_seconds", limits.host_ping.count());
    out.member("buffered_bytes_per_connection", limits.buffered_bytes_per_connection);
    out.member("memory_mebibytes", limits.memory_mebibytes);
}

void write_use(JsonWriter& out, const lobby::Use& use)
{
    out.member("connections", use.connections);
    out.member("greeting", use.greeting);
    out.member("sessions", use.sessions);
    out.member("waiting_joins", use.waiting_joins);
    out.member("links", use.links);
    out.member("rooms", use.rooms);
    out.member("members", use.members);
    out.member("entering", use.entering);
    out.member("parties", use.parties);
    out.member("peers", use.peers);
    out.member("absent_peers", use.absent_peers);
    out.member("entering_peers", use.entering_peers);
    out.member("addresses", use.addresses);
}

void write_totals(JsonWriter& out, const net::Figures& figures, const net::ProcessState& process)
{
    const lobby::Totals& totals = figures.totals;
    out.member("connections", totals.connections);
    out.member("sessions", totals.sessions);
    out.member("joins", totals.joins);
    out.member("links", totals.links);
    out.member("rooms", totals.rooms);
    out.member("members", totals.members);
    out.member("parties", totals.parties);
    out.member("peers", totals.peers);
    out.member("standstills", totals.standstills);
    out.member("log_lines_lost", process.log_lines_lost == nullptr ? 0 : process.log_lines_lost());
    out.member("bytes_of_ended_links", figures.bytes_moved);
    out.object("close_reasons", [&] {
        for (std::size_t at = 0; at < wire::counted_close_reasons; ++at)
            out.member(wire::word(static_cast<wire::CloseReason>(at)), totals.close_reasons[at]);
    });
}

void write_discovery(JsonWriter& out, const net::ProcessState& process)
{
    const lobby::DiscoveryCounts* counts = process.discovery;
    if (counts == nullptr || !process.discovery_listening) return out.member("discovery", nullptr);
    out.object("discovery", [&] {
        out.key("listening");
        write_listening(out, *process.discovery_listening);
        out.member("queries", counts->queries);
        out.member("answered", counts->answered);
        out.object("ignored", [&] {
            for (std::size_t at = 0; at < lobby::discovery_ignored_count; ++at)
                out.member(lobby::word(static_cast<lobby::DiscoveryIgnored>(at)),
                           counts->ignored[at]);
        });
    });
}

void write_text_if_any(JsonWriter& out, std::string_view word, const std::string& text)
{
    if (text.empty())
        out.member(word, nullptr);
    else
        out.member(word, text::plain(text));
}

void write_handovers(JsonWriter& out, const net::ProcessState& process)
{
    const net::HandoverCounts& counts = process.handovers;
    std::optional<std::string> last_at;
    std::optional<double> last_pause;
    if (counts.done > 0) {
        last_at = utc(
            std::chrono::system_clock::time_point(std::chrono::milliseconds(counts.last_at_ms)));
        last_pause = rounded(counts.last_pause_us / 1000.0);
    }
    out.member("done", counts.done);
    out.member("failed", counts.failed);
    out.member("last_at", last_at);
    out.member("last_pause_ms", last_pause);
    out.member("connections", counts.connections);
    out.member("lost", counts.lost);
    out.member("format", net::handover_format);
    write_text_if_any(out, "last_problem", process.handover_problem);
}

void write_fleet(JsonWriter& out, const net::ProcessState& process)
{
    const auto fleet = process.fleet ? process.fleet() : std::nullopt;
    if (!fleet) return out.member("fleet", nullptr);
    out.object("fleet", [&] {
        out.member("node", fleet->node);
        out.member("nodes", fleet->nodes);
        out.member("up", fleet->up);
        out.key("listening");
        if (fleet->listening)
            write_listening(out, {*fleet->listening, "fleet.listen", "fleet_listening"});
        else
            out.value(nullptr);
        out.member("hops_sent", fleet->hops_sent);
        out.member("hops_taken", fleet->hops_taken);
        write_text_if_any(out, "problem", fleet->problem);
    });
}

void write_memory(JsonWriter& out, const net::Figures& figures, const lobby::Policy& policy)
{
    out.member("slow_peers_limit_bytes", figures.slow_memory.most);
    out.member("slow_peers_bytes", figures.slow_memory.held);
    out.member("packets_limit_bytes", policy.parties.kept_bytes_in_all);
    out.member("packets_bytes", figures.use.kept_packet_bytes);
}

// How much each of them has to do.
void write_workers(JsonWriter& out, const net::Workers& workers)
{
    for (const net::WorkerFacts& one : workers.facts()) {
        out.begin_object();
        out.member("connections", one.use.connections);
        out.member("sessions", one.use.sessions);
        out.member("links", one.use.links);
        out.member("rooms", one.use.rooms);
        out.member("members", one.use.members);
        out.member("parties", one.use.parties);
        out.member("peers", one.use.peers);
        out.member("cpu_seconds", rounded(one.cpu_seconds));
        out.member("longest_turn_ms", rounded(in_seconds(one.longest_turn) * 1000));
        out.end_object();
    }
}

// How the process is.
void write_process(JsonWriter& out, lobby::Instant now, const net::ProcessState& process)
{
    const net::ProcessUse use = net::process_use();
    std::optional<double> starts_in;
    if (process.drain_starts)
        starts_in = rounded_seconds(std::max(*process.drain_starts - now, lobby::Duration{}));
    out.member("program", "netplay-relay");
    out.member("version", process.version);
    out.member("process", ::getpid());
    out.member("state", state_text(process.state));
    out.member("drain_starts_in_seconds", starts_in);
    out.member("started_at", utc(process.started_at));
    out.member("uptime_seconds", rounded_seconds(now - process.started));
    out.member("cpu_seconds", rounded(use.cpu_seconds));
    out.member("resident_bytes", use.resident_bytes);
    out.object("reach", [&] {
        out.member("players", process.reach.players);
        out.member("hosts", process.reach.hosts);
    });
    write_text_if_any(out, "config_file", process.config_file);
    write_listening(out, "listening", process.listening);
    write_listening(out, "admin_listening", process.admin_listening);
    write_listening(out, "public_listening", process.public_listening);
}

} // namespace

void write_status_head(JsonWriter& out, const net::Workers& workers,
                       const net::ProcessState& process)
{
    const net::Figures figures = workers.figures();
    const lobby::Policy& policy = workers.policy();
    write_process(out, workers.now(), process);
    out.object("limits", [&] { write_limits(out, policy.limits); });
    out.object("use", [&] { write_use(out, figures.use); });
    out.list("workers", [&] { write_workers(out, workers); });
    out.object("memory", [&] { write_memory(out, figures, policy); });
    out.object("totals", [&] { write_totals(out, figures, process); });
    out.member("takes_new", workers.takes_new());
    out.member("bans", workers.ban_count());
    write_text_if_any(out, "kept_problem",
                      process.kept_problem ? process.kept_problem() : std::string());
    write_fleet(out, process);
    out.object("handovers", [&] { write_handovers(out, process); });
    write_discovery(out, process);
}

} // namespace netplay_relay::admin
