#include "admin/metrics.hpp"

#include "admin/status_routes.hpp"
#include "base/seconds.hpp"
#include "lobby/limits.hpp"
#include "room/output.hpp"
#include "wire/close_reason.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace netplay_relay::admin {

namespace {

using enum MetricKind;

using Named = std::pair<std::string_view, std::uint64_t>;

double since_1970(std::chrono::system_clock::time_point when)
{
    // What a successor is told of it are milliseconds.
    const auto told =
        std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch());
    return std::chrono::duration<double>(told).count();
}

void add_one(MetricsText& text, MetricKind kind, std::string_view name, std::string_view help,
             std::uint64_t value)
{
    text.begin(kind, name, help);
    text.add(value);
}

void add_all(MetricsText& text, std::string_view label, std::initializer_list<Named> values)
{
    for (const auto& [value, count] : values)
        text.add(count, {{label, value}});
}

void add_state(MetricsText& text, const net::Workers& workers, const net::ProcessState& process)
{
    text.begin(info, "netplay_relay_build_info", "The program that answers, always 1.");
    text.add(std::uint64_t{1}, {{"version", process.version}});
    text.begin(gauge, "netplay_relay_start_time_seconds",
               "When the relay was started, since 1970; a restart with live games does not change "
               "it.");
    text.add(since_1970(process.started_at));
    text.begin(gauge, "netplay_relay_state", "1 for what the relay does now, 0 for the others.");
    const auto is_in = [&](net::RelayState state) -> std::uint64_t {
        return process.state == state ? 1 : 0;
    };
    add_all(text, "state",
            {{"running", is_in(net::RelayState::running)},
             {"draining", is_in(net::RelayState::draining)},
             {"stopping", is_in(net::RelayState::stopping)}});
    add_one(text, gauge, "netplay_relay_ready",
            "1 if whoever comes may open a session, a room or a party, as /readyz says it.",
            unready_because(workers, process).empty() ? 1 : 0);
    text.begin(gauge, "netplay_relay_listeners",
               "Addresses of the configuration for players, by whether they are served.");
    const auto listeners = [&](net::ListeningState state) {
        return static_cast<std::uint64_t>(
            std::ranges::count(process.listening, state, &net::ListeningAt::state));
    };
    add_all(text, "state",
            {{"listening", listeners(net::ListeningState::listening)},
             {"address_missing", listeners(net::ListeningState::address_missing)},
             {"no_ipv6", listeners(net::ListeningState::no_ipv6)}});
}

void add_memory(MetricsText& text, const net::Figures& figures, const lobby::Policy& policy)
{
    text.begin(gauge, "netplay_relay_memory_bytes",
               "Held for those who do not read what they are sent, by savestates on their way in "
               "rooms, and by packets that peers of parties have not acknowledged.");
    add_all(text, "of",
            {{"slow_peers", figures.slow_memory.held},
             {"savestates", figures.state_bytes},
             {"packets", figures.use.kept_packet_bytes}});
    text.begin(gauge, "netplay_relay_memory_limit_bytes",
               "How much that may be: who holds most has to go then, or waits for its savestate.");
    add_all(text, "of",
            {{"slow_peers", figures.slow_memory.most},
             {"savestates", policy.rooms.savestate_bytes_in_all},
             {"packets", policy.parties.kept_bytes_in_all}});
}

void add_use(MetricsText& text, const lobby::Use& use, const lobby::Policy& policy)
{
    text.begin(gauge, "netplay_relay_use", "What there is now.");
    add_all(text, "of",
            {{"connections", use.connections},
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
             {"addresses", use.addresses}});
    text.begin(gauge, "netplay_relay_limit",
               "The most of it that there may be, where the whole relay has a limit.");
    add_all(text, "of",
            {{"connections", policy.limits.connections},
             {"sessions", policy.limits.sessions},
             {"rooms", policy.rooms.rooms},
             {"parties", policy.parties.parties},
             {"addresses", lobby::addresses_max}});
}

void add_workers(MetricsText& text, const std::vector<net::WorkerFacts>& workers)
{
    add_one(text, gauge, "netplay_relay_workers", "Event loops that serve players.",
            workers.size());
    const auto add_each = [&](const auto& value_of) {
        for (std::size_t at = 0; at < workers.size(); ++at)
            text.add(value_of(workers[at]), {{"worker", std::to_string(at)}});
    };
    text.begin(gauge, "netplay_relay_worker_connections", "Connections of each.");
    add_each([](const net::WorkerFacts& one) { return std::uint64_t{one.use.connections}; });
    text.begin(counter, "netplay_relay_worker_cpu_seconds_total",
               "CPU time of each one's thread; of the whole process if there is one worker.");
    add_each([](const net::WorkerFacts& one) { return one.cpu_seconds; });
    text.begin(gauge, "netplay_relay_worker_longest_turn_seconds",
               "The longest turn of each one's event loop in the last minute or two.");
    add_each([](const net::WorkerFacts& one) { return in_seconds(one.longest_turn); });
}

void add_totals(MetricsText& text, const lobby::Totals& totals)
{
    add_one(text, counter, "netplay_relay_connections_accepted_total",
            "Connections that came, refused ones included.", totals.connections);
    add_one(text, counter, "netplay_relay_sessions_opened_total", "Sessions that hosts opened.",
            totals.sessions);
    add_one(text, counter, "netplay_relay_joins_total",
            "Guests that named an open session and were let in to wait for its host.",
            totals.joins);
    add_one(text, counter, "netplay_relay_links_opened_total",
            "Guests that their host has taken in.", totals.links);
    add_one(text, counter, "netplay_relay_rooms_opened_total", "Rooms that were opened.",
            totals.rooms);
    add_one(text, counter, "netplay_relay_members_joined_total", "Clients that came into a room.",
            totals.members);
    add_one(text, counter, "netplay_relay_parties_opened_total",
            "Parties of Godot games that were opened.", totals.parties);
    add_one(text, counter, "netplay_relay_peers_joined_total",
            "Games that came into a party, hosts included.", totals.peers);
    const auto add_reasons = [&](bool refusals) {
        for (std::size_t at = 0; at < wire::counted_close_reasons; ++at) {
            const auto reason = static_cast<wire::CloseReason>(at);
            if (wire::is_refusal(reason) == refusals)
                text.add(totals.close_reasons[at], {{"reason", wire::word(reason)}});
        }
    };
    text.begin(counter, "netplay_relay_refusals_total", "Who was not let in, by reason.");
    add_reasons(true);
    text.begin(counter, "netplay_relay_ends_total",
               "Sessions, links, memberships and lone connections that ended, by reason.");
    add_reasons(false);
}

void add_traffic(MetricsText& text, const net::Figures& figures)
{
    const worker::Traffic& traffic = figures.traffic;
    text.begin(counter, "netplay_relay_link_bytes_total",
               "Bytes from one end of a link, for the "
               "other.");
    add_all(text, "to", {{"host", traffic.to_host.bytes}, {"guest", traffic.to_guest.bytes}});
    text.begin(counter, "netplay_relay_link_messages_total",
               "How often such bytes were moved: mostly a message of the game each.");
    add_all(text, "to", {{"host", traffic.to_host.messages}, {"guest", traffic.to_guest.messages}});
    text.begin(counter, "netplay_relay_room_bytes_total",
               "Bytes from members of rooms, and for them.");
    add_all(text, "direction",
            {{"in", traffic.from_members.bytes}, {"out", traffic.to_members.bytes}});
    text.begin(counter, "netplay_relay_room_messages_total",
               "How often members were heard, and told something.");
    add_all(text, "direction",
            {{"in", traffic.from_members.messages}, {"out", traffic.to_members.messages}});
    text.begin(counter, "netplay_relay_room_commands_total",
               "Netplay commands of members of rooms, by kind.");
    const room::SaidCounts& said = figures.totals.said;
    for (std::size_t at = 0; at < said.size(); ++at)
        text.add(said[at], {{"command", room::word(static_cast<room::SaidKind>(at))}});
}

void add_parties(MetricsText& text, const net::Figures& figures)
{
    const worker::Traffic& traffic = figures.traffic;
    text.begin(counter, "netplay_relay_party_bytes_total",
               "Bytes from peers of parties, and for them.");
    add_all(text, "direction", {{"in", traffic.from_peers.bytes}, {"out", traffic.to_peers.bytes}});
    text.begin(counter, "netplay_relay_party_messages_total",
               "How often peers were heard, and told something.");
    add_all(text, "direction",
            {{"in", traffic.from_peers.messages}, {"out", traffic.to_peers.messages}});
    const party::PartyCounts& counts = figures.party_counts;
    text.begin(counter, "netplay_relay_party_packets_total",
               "Packets of peers, by their transfer mode.");
    for (std::size_t at = 0; at < counts.packets.size(); ++at)
        text.add(counts.packets[at], {{"mode", party::word(static_cast<party::Mode>(at))}});
    add_one(text, counter, "netplay_relay_party_packets_passed_total",
            "Packets for peers: one for each that gets it.", counts.packets_passed);
    add_one(text, counter, "netplay_relay_party_packets_to_nobody_total",
            "Packets for peers that are not there.", counts.packets_to_nobody);
    add_one(text, counter, "netplay_relay_party_messages_dropped_total",
            "Unreliable messages that had waited too long for who takes them slowly.",
            counts.messages_dropped);
    add_one(text, counter, "netplay_relay_party_bytes_dropped_total", "Bytes of those.",
            counts.bytes_dropped);
    add_one(text, counter, "netplay_relay_party_messages_repeated_total",
            "Reliable messages that were sent again to peers that came back.",
            counts.messages_repeated);
    add_one(text, counter, "netplay_relay_party_resumes_total",
            "Peers that came back behind a lost network.", counts.resumes);
    add_one(text, counter, "netplay_relay_party_wrong_codes_total",
            "Joins with a code of no party.", counts.wrong_codes);
    text.begin(counter, "netplay_relay_party_events_total", "What happened in parties.");
    const auto& events = figures.tally.party_events;
    for (std::size_t at = 0; at < events.size(); ++at)
        text.add(events[at], {{"event", party::word(static_cast<party::PartyEventKind>(at))}});
}

void add_games(MetricsText& text, const net::Tally& tally)
{
    text.begin(histogram, "netplay_relay_round_trip_seconds",
               "Round trips between the relay and everybody who plays, looked at every 10 s.");
    text.add(tally.guest_round_trip.view(), {{"side", "guest"}});
    text.add(tally.host_round_trip.view(), {{"side", "host"}});
    text.add(tally.member_round_trip.view(), {{"side", "member"}});
    text.add(tally.peer_round_trip.view(), {{"side", "peer"}});
    text.begin(histogram, "netplay_relay_host_wait_seconds",
               "How long guests waited until their host took them in.");
    text.add(tally.waited_for_host.view());
    text.begin(histogram, "netplay_relay_link_life_seconds", "How long links lasted.");
    text.add(tally.link_life.view());
    text.begin(histogram, "netplay_relay_held_up_seconds",
               "How long a player of a room kept the others waiting, from a second on.");
    text.add(tally.held_up.view());
    text.begin(counter, "netplay_relay_room_events_total", "What happened in rooms.");
    for (std::size_t at = 0; at < tally.room_events.size(); ++at)
        text.add(tally.room_events[at],
                 {{"event", room::word(static_cast<room::RoomEventKind>(at))}});
    add_one(text, counter, "netplay_relay_without_join_port_total",
            "Sessions and rooms that got none of join_ports.", tally.without_port);
}

void add_loop(MetricsText& text, const net::Figures& figures, const net::ProcessState& process)
{
    const net::Tally& tally = figures.tally;
    text.begin(histogram, "netplay_relay_loop_turn_seconds",
               "Turns of the event loop, without its waiting for something to do: so long "
               "somebody may have waited for others.");
    text.add(tally.turns.view());
    text.begin(gauge, "netplay_relay_loop_longest_turn_seconds",
               "The longest of them in the last minute or two.");
    text.add(in_seconds(figures.longest_turn));
    add_one(text, counter, "netplay_relay_standstills_total",
            "How often the relay itself stood still for more than half a second.",
            figures.totals.standstills);
    text.begin(counter, "netplay_relay_standstill_seconds_total", "For so long in all.");
    text.add(static_cast<double>(tally.stood_still_ms) / 1000);
    add_one(text, counter, "netplay_relay_memory_short_total",
            "How often those who do not read held too much, or the system refused memory.",
            tally.memory_short);
    add_one(text, counter, "netplay_relay_unwatched_total",
            "Newcomers that had to go because the kernel could not watch their socket.",
            tally.cannot_watch);
    add_one(text, counter, "netplay_relay_log_lines_lost_total",
            "Lines of the log that nobody can read.",
            process.log_lines_lost == nullptr ? 0 : process.log_lines_lost());
    add_one(
        text, counter, "netplay_relay_events_lost_total",
        "Events of several workers that the feed and webhooks were not told, as too many came at "
        "once.",
        figures.events_lost);
}

void add_hops(MetricsText& text, const net::Figures& figures)
{
    const lobby::Totals& totals = figures.totals;
    add_one(text, gauge, "netplay_relay_hops_open", "Players here whose games are at other nodes.",
            figures.hops);
    text.begin(counter, "netplay_relay_hops_total",
               "Connections that belong to another node of the fleet: that were sent there, that "
               "came back as it did not take them, and that came here from others.");
    text.add(totals.hops_sent, {{"what", "sent"}});
    text.add(totals.hops_returned, {{"what", "returned"}});
    text.add(totals.hops_taken, {{"what", "taken"}});
}

void add_fleet(MetricsText& text, const net::ProcessState& process)
{
    const auto fleet = process.fleet ? process.fleet() : std::nullopt;
    const net::FleetFacts facts = fleet.value_or(net::FleetFacts{});
    text.begin(gauge, "netplay_relay_fleet_nodes",
               "Nodes of the fleet, this one as well, as this one sees them.");
    add_all(text, "state",
            {{"up", facts.up}, {"down", facts.nodes - facts.up}, {"same_number", facts.twice}});
    text.begin(counter, "netplay_relay_fleet_refused_total",
               "What came on links between nodes and was not taken: links of whoever is no node, "
               "and bans of nodes whose clocks are far ahead.");
    text.add(facts.refused_links, {{"what", "links"}});
    text.add(facts.refused_bans, {{"what", "bans"}});
}

void add_restarts(MetricsText& text, const net::Figures& figures, const net::ProcessState& process)
{
    text.begin(counter, "netplay_relay_live_restarts_total",
               "Restarts with live games: a new program took the relay's place, or could not.");
    add_all(text, "result",
            {{"done", process.handovers.done}, {"failed", process.handovers.failed}});
    text.begin(counter, "netplay_relay_live_restart_connections_total",
               "Connections that went on after such a restart, and those that were lost.");
    add_all(text, "result",
            {{"kept", figures.tally.taken_over}, {"lost", figures.tally.not_taken_over}});
    text.begin(histogram, "netplay_relay_live_restart_pause_seconds",
               "For so long nobody was served during such a restart.");
    text.add(figures.tally.pauses.view());
}

void add_discovery(MetricsText& text, const net::ProcessState& process)
{
    const lobby::DiscoveryCounts counts =
        process.discovery == nullptr ? lobby::DiscoveryCounts{} : *process.discovery;
    add_one(text, counter, "netplay_relay_discovery_queries_total",
            "Questions of frontends on the LAN for games.", counts.queries);
    add_one(text, counter, "netplay_relay_discovery_answers_total", "Those that were answered.",
            counts.answered);
    text.begin(counter, "netplay_relay_discovery_ignored_total", "Those that were not, by reason.");
    for (std::size_t at = 0; at < counts.ignored.size(); ++at)
        text.add(counts.ignored[at],
                 {{"reason", lobby::word(static_cast<lobby::DiscoveryIgnored>(at))}});
}

// By the names that all programs have for them.
void add_process(MetricsText& text, const ProcessNumbers& numbers)
{
    text.begin(counter, "process_cpu_seconds_total", "CPU time of the process, user and system.");
    text.add(numbers.use.cpu_seconds);
    text.begin(gauge, "process_start_time_seconds", "When the process was started, since 1970.");
    text.add(numbers.started_seconds);
    add_one(text, gauge, "process_resident_memory_bytes", "Memory of the process that is in use.",
            numbers.use.resident_bytes);
    add_one(text, gauge, "process_virtual_memory_bytes", "Address space of the process.",
            numbers.use.virtual_bytes);
    add_one(text, gauge, "process_open_fds", "Open files of the process, sockets among them.",
            numbers.open_files);
    add_one(text, gauge, "process_max_fds", "How many there may be.", numbers.use.open_files_limit);
}

} // namespace

std::string metrics_text(const net::Workers& workers, const net::ProcessState& process,
                         const ProcessNumbers& numbers, MetricsFormat format)
{
    MetricsText text(format);
    const net::Figures figures = workers.figures();
    add_state(text, workers, process);
    add_memory(text, figures, workers.policy());
    add_use(text, figures.use, workers.policy());
    add_workers(text, workers.facts());
    add_totals(text, figures.totals);
    add_traffic(text, figures);
    add_games(text, figures.tally);
    add_parties(text, figures);
    add_loop(text, figures, process);
    add_hops(text, figures);
    add_fleet(text, process);
    add_restarts(text, figures, process);
    add_discovery(text, process);
    add_process(text, numbers);
    return text.finish();
}

} // namespace netplay_relay::admin
