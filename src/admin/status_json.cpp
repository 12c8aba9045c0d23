#include "admin/status_json.hpp"

#include "admin/event_json.hpp"
#include "base/seconds.hpp"
#include "net/process_use.hpp"
#include "text/text.hpp"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace netplay_relay::admin {

namespace {

using json = nlohmann::ordered_json;

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

json listening_json(const net::ListeningAt& one)
{
    return {{"address", wire::to_text(one.endpoint.address)},
            {"port", one.endpoint.port},
            {"state", listening_text(one.state)}};
}

json listening_json(const std::vector<net::ListeningAt>& all)
{
    json list = json::array();
    for (const net::ListeningAt& one : all)
        list.push_back(listening_json(one));
    return list;
}

json limits_json(const lobby::Limits& limits)
{
    return {
        {"connections", limits.connections},
        {"sessions", limits.sessions},
        {"links_per_session", limits.links_per_session},
        {"links_per_address", limits.links_per_address},
        {"waiting_joins_per_session", limits.waiting_joins_per_session},
        {"connections_per_address", limits.connections_per_address},
        {"sessions_per_address", limits.sessions_per_address},
        {"waiting_joins_per_address", limits.waiting_joins_per_address},
        {"new_connections_per_second_per_address", limits.new_connections_per_second_per_address},
        {"greeting_seconds", limits.greeting.count()},
        {"join_wait_seconds", limits.join_wait.count()},
        {"link_idle_seconds", limits.link_idle.count()},
        {"half_closed_seconds", limits.half_closed.count()},
        {"host_ping_seconds", limits.host_ping.count()},
        {"buffered_bytes_per_connection", limits.buffered_bytes_per_connection},
        {"memory_mebibytes", limits.memory_mebibytes}};
}

json use_json(const lobby::Use& use)
{
    return {{"connections", use.connections},
            {"greeting", use.greeting},
            {"sessions", use.sessions},
            {"waiting_joins", use.waiting_joins},
            {"links", use.links},
            {"rooms", use.rooms},
            {"members", use.members},
            {"entering", use.entering},
            {"parties", use.parties},
            {"peers", use.peers},
            {"absent_peers", use.absent_peers},
            {"entering_peers", use.entering_peers},
            {"addresses", use.addresses}};
}

json totals_json(const net::Engine& engine, const net::ProcessState& process)
{
    const lobby::Totals& totals = engine.lobby().totals();
    json close_reasons = json::object();
    for (std::size_t at = 0; at < wire::counted_close_reasons; ++at)
        close_reasons[std::string(wire::word(static_cast<wire::CloseReason>(at)))] =
            totals.close_reasons[at];
    return {{"connections", totals.connections},
            {"sessions", totals.sessions},
            {"joins", totals.joins},
            {"links", totals.links},
            {"rooms", totals.rooms},
            {"members", totals.members},
            {"parties", totals.parties},
            {"peers", totals.peers},
            {"standstills", totals.standstills},
            {"log_lines_lost", process.log_lines_lost == nullptr ? 0 : process.log_lines_lost()},
            {"bytes_of_ended_links", engine.bytes_moved()},
            {"close_reasons", std::move(close_reasons)}};
}

json discovery_json(const net::ProcessState& process)
{
    const lobby::DiscoveryCounts* counts = process.discovery;
    if (counts == nullptr || !process.discovery_listening) return nullptr;
    json ignored = json::object();
    for (std::size_t at = 0; at < lobby::discovery_ignored_count; ++at)
        ignored[std::string(lobby::word(static_cast<lobby::DiscoveryIgnored>(at)))] =
            counts->ignored[at];
    return {{"listening", listening_json(*process.discovery_listening)},
            {"queries", counts->queries},
            {"answered", counts->answered},
            {"ignored", std::move(ignored)}};
}

void add_tcp(json& end, const std::optional<net::TcpFacts>& tcp)
{
    if (!tcp) return;
    end["rtt_ms"] = rounded(tcp->rtt_us / 1000.0);
    end["rtt_variance_ms"] = rounded(tcp->rtt_variance_us / 1000.0);
    end["retransmits"] = tcp->retransmits;
    end["unacknowledged_segments"] = tcp->unacknowledged;
    end["silent_seconds"] = rounded(tcp->silent_ms / 1000.0);
}

// Of one whose bytes are for the relay itself: a member of a room, a peer of a party.
void add_connection(json& all, const net::Engine& engine, ConnectionId connection)
{
    const auto facts = engine.facts_of(connection);
    if (!facts) return;
    all["bytes_in"] = facts->received;
    all["bytes_out"] = facts->sent;
    all["kept_bytes"] = facts->kept;
    add_tcp(all, facts->tcp);
}

json endpoint_json(const wire::Endpoint& peer, const worker::EndpointFacts& facts)
{
    json endpoint{{"address", wire::to_text(peer)}, {"kept_bytes", facts.kept}};
    add_tcp(endpoint, facts.tcp);
    return endpoint;
}

json port_json(std::uint16_t port) { return port == 0 ? json(nullptr) : json(port); }

json host_json(const net::Engine& engine, const lobby::SessionSnapshot& session)
{
    json host{{"id", session.host_gone ? json(nullptr) : json(session.host.value)},
              {"address", wire::to_text(session.host_peer)},
              {"ping_ms", nullptr},
              {"unanswered_seconds", nullptr}};
    if (session.ping) host["ping_ms"] = rounded(in_seconds(*session.ping) * 1000);
    if (session.unanswered)
        host["unanswered_seconds"] = rounded_seconds(engine.now() - *session.unanswered);
    if (!session.host_gone) add_tcp(host, engine.tcp_facts_of(session.host));
    return host;
}

json handovers_json(const net::ProcessState& process)
{
    const net::HandoverCounts& counts = process.handovers;
    const bool none = counts.done == 0;
    const auto last =
        std::chrono::system_clock::time_point(std::chrono::milliseconds(counts.last_at_ms));
    return {{"done", counts.done},
            {"failed", counts.failed},
            {"last_at", none ? json(nullptr) : json(utc(last))},
            {"last_pause_ms", none ? json(nullptr) : json(rounded(counts.last_pause_us / 1000.0))},
            {"connections", counts.connections},
            {"lost", counts.lost},
            {"format", net::handover_format},
            {"last_problem", process.handover_problem.empty()
                                 ? json(nullptr)
                                 : json(text::plain(process.handover_problem))}};
}

json problem_json(const net::ProcessState& process)
{
    const std::string problem = process.kept_problem ? process.kept_problem() : std::string();
    return problem.empty() ? json(nullptr) : json(text::plain(problem));
}

} // namespace

json status_head(const net::Engine& engine, const net::ProcessState& process)
{
    const net::ProcessUse use = net::process_use();
    return {{"program", "netplay-relay"},
            {"version", process.version},
            {"process", ::getpid()},
            {"state", state_text(process.state)},
            {"drain_starts_in_seconds",
             process.drain_starts ? json(rounded_seconds(std::max(
                                        *process.drain_starts - engine.now(), lobby::Duration{})))
                                  : json(nullptr)},
            {"started_at", utc(process.started_at)},
            {"uptime_seconds", rounded_seconds(engine.now() - process.started)},
            {"cpu_seconds", rounded(use.cpu_seconds)},
            {"resident_bytes", use.resident_bytes},
            {"reach", {{"players", process.reach.players}, {"hosts", process.reach.hosts}}},
            {"config_file",
             process.config_file.empty() ? json(nullptr) : json(text::plain(process.config_file))},
            {"listening", listening_json(process.listening)},
            {"admin_listening", listening_json(process.admin_listening)},
            {"public_listening", listening_json(process.public_listening)},
            {"limits", limits_json(engine.lobby().policy().limits)},
            {"use", use_json(engine.lobby().use())},
            {"memory",
             {{"slow_peers_limit_bytes", engine.slow_memory().most},
              {"slow_peers_bytes", engine.slow_memory().held},
              {"packets_limit_bytes", engine.lobby().policy().parties.kept_bytes_in_all},
              {"packets_bytes", engine.lobby().use().kept_packet_bytes}}},
            {"totals", totals_json(engine, process)},
            {"takes_new", engine.takes_new()},
            {"bans", engine.lobby().ban_count()},
            {"kept_problem", problem_json(process)},
            {"handovers", handovers_json(process)},
            {"discovery", discovery_json(process)}};
}

json session_head(const net::Engine& engine, const lobby::SessionSnapshot& session)
{
    return {
        {"id", wire::to_text(session.id)},
        {"join_text", engine.join_text(session)},
        {"state", session.host_gone ? "ending" : "open"},
        {"join_port", port_json(session.join_port)},
        {"reserved", session.reserved},
        {"host", host_json(engine, session)},
        {"age_seconds", rounded_seconds(engine.now() - session.since)},
        {"seats",
         {{"taken", session.seats}, {"limit", engine.lobby().policy().limits.links_per_session}}},
        {"waiting_joins", session.waiting_joins}};
}

json link_json(const lobby::LinkSnapshot& link, const worker::LinkFacts& facts, lobby::Instant now)
{
    return {{"id", link.guest.value},
            {"guest", endpoint_json(link.guest_peer, facts.guest)},
            {"host", endpoint_json(link.host_peer, facts.host)},
            {"age_seconds", rounded_seconds(now - link.since)},
            {"idle_seconds", rounded_seconds(std::max(now - facts.last_byte, lobby::Duration{}))},
            {"bytes_to_host", facts.guest.received},
            {"bytes_to_guest", facts.host.received},
            {"game", game_json(facts.game)}};
}

json room_head(const net::Engine& engine, const lobby::RoomSnapshot& snapshot)
{
    const room::RoomSnapshot& room = snapshot.room;
    return {{"number", room.number},
            {"core", text::plain(room.core)},
            {"core_version", text::plain(room.core_version)},
            {"content_crc", crc_text(room.content_crc)},
            {"by_password", room.by_password},
            {"by_core", room.by_core},
            {"multitap", room.multitap},
            {"places", {{"limit", room.places}, {"taken", room.taken}, {"kept", room.kept}}},
            {"join_port", port_json(snapshot.join_port)},
            {"frame", room.frame},
            {"age_seconds", rounded_seconds(engine.now() - room.since)}};
}

json party_head(const net::Engine& engine, const lobby::PartySnapshot& snapshot)
{
    const party::PartySnapshot& party = snapshot.party;
    return {{"number", party.number},
            {"code", party::to_text(party.code)},
            {"game", text::plain(party.game)},
            {"mesh", party.mesh},
            {"refuses", party.refuses},
            {"shown", party.shown},
            {"state", party.closing ? "ending" : "open"},
            {"seats", {{"taken", snapshot.peers.size()}, {"limit", party.peers_max}}},
            {"age_seconds", rounded_seconds(engine.now() - party.since)}};
}

json peer_json(const net::Engine& engine, const lobby::PeerSnapshot& snapshot)
{
    const party::PeerSnapshot& peer = snapshot.peer;
    const char* state = peer.leaving ? "leaving" : peer.absent ? "absent" : "here";
    json all{{"id", peer.absent ? json(nullptr) : json(peer.connection.value)},
             {"peer_id", peer.id},
             {"address",
              snapshot.endpoint ? wire::to_text(*snapshot.endpoint) : wire::to_text(peer.address)},
             {"state", state},
             {"age_seconds", rounded_seconds(engine.now() - peer.since)},
             {"ping_ms", nullptr},
             {"packets_in", peer.packets_in},
             {"packets_out", peer.packets_out},
             {"messages_dropped", peer.messages_dropped},
             {"resumes", peer.resumes},
             {"unacknowledged_bytes", peer.kept_bytes},
             {"held_bytes", peer.held_bytes},
             {"untaken_bytes", peer.untaken_bytes}};
    if (peer.round_trip) all["ping_ms"] = rounded(in_seconds(*peer.round_trip) * 1000);
    add_connection(all, engine, peer.connection);
    return all;
}

json member_json(const net::Engine& engine, const lobby::MemberSnapshot& snapshot)
{
    const room::MemberSnapshot& member = snapshot.member;
    json ports = json::array();
    for (std::size_t port = 0; port < wire::ports_max; ++port)
        if ((member.ports >> port & 1U) != 0) ports.push_back(port + 1);
    const char* state = !member.synced ? "joining" : member.playing ? "playing" : "watching";
    json all{{"id", member.connection.value},
             {"number", member.number},
             {"nick", text::plain(member.nick)},
             {"address", wire::to_text(snapshot.peer)},
             {"state", state},
             {"owns_clock", member.owns_clock},
             {"ports", std::move(ports)},
             {"in_line", member.in_line == 0 ? json(nullptr) : json(member.in_line)},
             {"protocol", member.protocol},
             {"core_version", text::plain(member.core_version)},
             {"age_seconds", rounded_seconds(engine.now() - member.since)},
             {"ping_ms", nullptr},
             {"frames_behind", member.frames_behind},
             {"frames_ahead", member.frames_ahead},
             {"inputs", member.counts.inputs},
             {"inputs_late", member.counts.inputs_late},
             {"inputs_ignored", member.counts.inputs_ignored},
             {"waits", member.counts.waits},
             {"waited_seconds", rounded_seconds(member.counts.waited)},
             {"waited_last_minute_seconds", rounded_seconds(member.waited_lately)},
             {"repeats_last_minute", member.repeated_lately},
             {"states_asked", member.counts.states_asked},
             {"states_served", member.counts.states_served},
             {"desyncs", member.counts.desyncs},
             {"witness_differs", member.counts.witness_differs}};
    if (member.ping) all["ping_ms"] = rounded(in_seconds(*member.ping) * 1000);
    add_connection(all, engine, member.connection);
    return all;
}

} // namespace netplay_relay::admin
