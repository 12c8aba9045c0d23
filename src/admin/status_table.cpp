#include "admin/status_table.hpp"

#include "admin/status_words.hpp"
#include "admin/text_columns.hpp"
#include "text/text.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>
#include <vector>

namespace netplay_relay::admin {

namespace {

using Json = nlohmann::json;

std::string listed(const Json& listening, std::string_view state)
{
    std::string list;
    for (const Json& one : listening)
        if (one.value("state", "listening") == state)
            list += fmt::format("{} {} port {}", list.empty() ? "" : ",",
                                one.at("address").get<std::string>(), one.at("port").get<int>());
    return list;
}

void add_listening(std::string& out, const Json& listening)
{
    const std::string here = listed(listening, "listening");
    out += fmt::format("listening on{}\n", here.empty() ? " no address" : here);
    if (const std::string missing = listed(listening, "address_missing"); !missing.empty())
        out += fmt::format("not yet on{}: this machine has no such address now\n", missing);
    if (const std::string missing = listed(listening, "no_ipv6"); !missing.empty())
        out += fmt::format("not on{}: this machine has no IPv6\n", missing);
}

// What players type, and what the relay has read; relays of before say nothing of it.
void add_reach(std::string& out, const Json& status)
{
    if (!status.contains("reach")) return;
    const Json& reach = status.at("reach");
    const Json& file = status.at("config_file");
    out += fmt::format("players: {}\nhosts:   {}\n", reach.at("players").get<std::string>(),
                       reach.at("hosts").get<std::string>());
    for (const Json& endpoint : status.at("admin_listening"))
        out += fmt::format("status:  {} port {}\n", endpoint.at("address").get<std::string>(),
                           endpoint.at("port").get<int>());
    out += fmt::format("file:    {}\n\n", file.is_string() ? file.get<std::string>() : "none");
}

// What the operator has said, and is easily forgotten.
void add_drain_and_new(std::string& out, const Json& status)
{
    if (const auto left = status.find("drain_starts_in_seconds");
        left != status.end() && left->is_number())
        out += fmt::format("drains in {} (\"netplay-relay undrain\" calls it off)\n",
                           span_text(left->get<double>()));
    if (!status.value("takes_new", true))
        out += "nothing new begins (\"netplay-relay new on\" lets it)\n";
}

// Of the fleet, as this node sees it.
void add_fleet(std::string& out, const Json& status)
{
    const auto fleet = status.find("fleet");
    if (fleet == status.end() || !fleet->is_object()) return;
    const auto nodes = fleet->at("nodes").get<std::uint64_t>();
    const auto up = fleet->at("up").get<std::uint64_t>();
    const std::string hops = hops_text(*fleet);
    out += fmt::format("node {} of {} nodes, {} of them up{}{}\n", whole_text(*fleet, "node"),
                       nodes, up, hops.empty() ? "" : "; ", hops);
    if (const auto problem = fleet->find("problem");
        problem != fleet->end() && problem->is_string())
        out += fmt::format("fleet: {}\n", problem->get<std::string>());
    const bool drains = status.at("state") == "draining";
    if (drains && fleet->value("hops_sent", std::uint64_t{0}) > 0)
        out += "those who are passed on play on: it ends when they have left as well\n";
}

void add_overview(std::string& out, const Json& status)
{
    const Json& use = status.at("use");
    const Json& limits = status.at("limits");
    out += fmt::format("netplay-relay {}, {}, up {}\n", status.at("version").get<std::string>(),
                       status.at("state").get<std::string>(),
                       span_text(status.at("uptime_seconds").get<double>()));
    add_listening(out, status.at("listening"));
    add_fleet(out, status);
    add_drain_and_new(out, status);
    for (const char* what : {"connections", "sessions"})
        out += fmt::format("{:<14}{:>7} of {}\n", what, use.at(what).get<std::uint64_t>(),
                           limits.at(what).get<std::uint64_t>());
    for (const char* what : {"links", "waiting_joins", "rooms", "members", "parties", "peers"})
        if (use.contains(what)) // relays of before have no parties
            out += fmt::format("{:<14}{:>7}\n", what, use.at(what).get<std::uint64_t>());
    if (status.contains("workers")) // nor this
        out += fmt::format("{:<14}{:>7}\n", "workers", status.at("workers").size());
    if (status.contains("bans")) // relays of before know none
        out += fmt::format("{:<14}{:>7}\n", "bans", status.at("bans").get<std::uint64_t>());
    if (status.contains("handovers") && status.at("handovers").at("done") != 0) {
        const Json& handovers = status.at("handovers");
        out += fmt::format("{:<14}{:>7} the last paused the games for {} ms\n", "restarts",
                           handovers.at("done").get<std::uint64_t>(),
                           handovers.at("last_pause_ms").get<double>());
    }
    if (status.contains("handovers") && status.at("handovers").at("last_problem").is_string())
        out += fmt::format("upgrade failed: {}\n",
                           status.at("handovers").at("last_problem").get<std::string>());
    if (const auto kept = status.find("kept_problem"); kept != status.end() && kept->is_string())
        out += fmt::format("not kept: {}\n", kept->get<std::string>());
    const auto lost = status.at("totals").value("log_lines_lost", std::uint64_t{0});
    if (lost > 0) out += fmt::format("{:<14}{:>7} lost\n", "log lines", lost);
}

void add_close_reasons(std::string& out, const Json& close_reasons)
{
    std::string lines;
    for (const auto& [reason, count] : close_reasons.items())
        if (count.get<std::uint64_t>() > 0)
            lines += fmt::format("  {:<28} {:>8}\n", reason, count.get<std::uint64_t>());
    if (!lines.empty()) out += "\nended so far, by reason\n" + lines;
}

// The second line of a link: who the two are, and how their game goes. Empty if nothing is known.
std::string game_text(const Json& game)
{
    if (!game.is_object() || !game.at("guest").at("nick").is_string()) return {};
    const auto nick_of = [&](const char* end) {
        const Json& nick = game.at(end).at("nick");
        return nick.is_string() ? nick.get<std::string>() : std::string("-");
    };
    std::string text = fmt::format("    {} with {}", nick_of("guest"), nick_of("host"));
    if (game.at("core").is_object())
        text += fmt::format(", {}", game.at("core").at("name").get<std::string>());
    const std::string frame = whole_text(game.at("host"), "frame");
    if (frame != "-") text += fmt::format(", frame {}", frame);
    const auto mismatches = game.at("crc_mismatches").get<std::uint64_t>();
    if (mismatches > 0) text += fmt::format(", CRC mismatches {}", mismatches);
    if (game.at("content_differs").get<bool>()) text += ", other content";
    return text + "\n";
}

void add_session(std::string& out, const Json& session)
{
    const Json& host = session.at("host");
    const auto port = session.find("join_port");
    const bool has_port = port != session.end() && port->is_number();
    out += fmt::format("\nsession {}{}\n", session.at("join_text").get<std::string>(),
                       has_port ? fmt::format(", or port {}", port->get<int>()) : "");
    out += fmt::format("  host {}, {}{}, age {}, seats {} of {}, waiting {}, rtt {} ms, ping {} ms",
                       address_text(host, host), session.at("state").get<std::string>(),
                       session.at("reserved").get<bool>() ? ", reserved" : "",
                       span_text(session.at("age_seconds").get<double>()),
                       session.at("seats").at("taken").get<std::uint64_t>(),
                       session.at("seats").at("limit").get<std::uint64_t>(),
                       session.at("waiting_joins").get<std::uint64_t>(),
                       milliseconds_text(host, "rtt_ms"), milliseconds_text(host, "ping_ms"));
    if (host.at("unanswered_seconds").is_number())
        out +=
            fmt::format(", unanswered {}", span_text(host.at("unanswered_seconds").get<double>()));
    out += '\n';
    if (session.at("links").empty()) return;
    TextColumns table({28, 9, 9, 9, 7, 9, 7, 11, 11}, 1);
    table.add(
        {"guest", "age", "idle", "g.rtt ms", "g.ret", "h.rtt ms", "h.ret", "to host", "to guest"});
    for (const Json& link : session.at("links")) {
        const Json& guest = link.at("guest");
        const Json& host_side = link.at("host");
        const auto game = link.find("game");
        table.add({address_text(guest, link), span_text(link.at("age_seconds").get<double>()),
                   span_text(link.at("idle_seconds").get<double>()),
                   milliseconds_text(guest, "rtt_ms"), whole_text(guest, "retransmits"),
                   milliseconds_text(host_side, "rtt_ms"), whole_text(host_side, "retransmits"),
                   bytes_text(link.at("bytes_to_host").get<double>()),
                   bytes_text(link.at("bytes_to_guest").get<double>())},
                  game != link.end() ? game_text(*game) : "");
    }
    out += table.text();
}

// "2 of 4 places taken, 1 kept, multitap"
std::string places_text(const Json& room)
{
    const Json& places = room.at("places");
    const auto kept = places.at("kept").get<std::uint64_t>();
    return fmt::format("{} of {} places taken{}{}", places.at("taken").get<std::uint64_t>(),
                       places.at("limit").get<std::uint64_t>(),
                       kept == 0 ? "" : fmt::format(", {} kept", kept),
                       room.at("multitap").get<bool>() ? ", multitap" : "");
}

void add_room(std::string& out, const Json& room)
{
    out += fmt::format(
        "\nroom {}: {} ({}), content {}{}{}, {}, frame {}, age {}{}\n",
        room.at("number").get<std::uint64_t>(), plain_word(room.at("core")),
        plain_word(room.at("core_version")), room.at("content_crc").get<std::string>(),
        room.at("by_core").get<bool>() ? " or any" : "",
        room.at("by_password").get<bool>() ? ", private" : "", places_text(room),
        room.at("frame").get<std::uint64_t>(), span_text(room.at("age_seconds").get<double>()),
        room.at("join_port").is_number() ? fmt::format(", port {}", room.at("join_port").get<int>())
                                         : "");
    TextColumns table({20, 24, 9, 8, 8, 8, 8, 9, 9, 7, 9}, 2);
    table.add({"nick", "address", "state", "ping ms", "behind", "ahead", "late", "waits", "waited",
               "share", "repeats"});
    for (const Json& member : room.at("members")) {
        table.add({plain_word(member.at("nick")), address_text(member, member),
                   state_of_member(member), milliseconds_text(member, "ping_ms"),
                   whole_text(member, "frames_behind"), whole_text(member, "frames_ahead"),
                   whole_text(member, "inputs_late"), whole_text(member, "waits"),
                   span_text(member.at("waited_seconds").get<double>()), share_of_member(member),
                   whole_text(member, "repeats_last_minute")});
    }
    out += table.text();
}

void add_party(std::string& out, const Json& party)
{
    const Json& seats = party.at("seats");
    out += fmt::format("\nparty {}: {}, code {}, {}{}{}, {} of {} peers, age {}\n",
                       party.at("number").get<std::uint64_t>(), plain_word(party.at("game")),
                       plain_word(party.at("code")), plain_word(party.at("state")),
                       party.at("mesh").get<bool>() ? ", mesh" : "",
                       party.at("refuses").get<bool>() ? ", lets nobody in" : "",
                       whole_text(seats, "taken"), whole_text(seats, "limit"),
                       span_text(party.at("age_seconds").get<double>()));
    TextColumns table({11, 28, 8, 9, 8, 10, 10, 9, 9}, 2);
    table.add(
        {"peer id", "address", "state", "ping ms", "rtt ms", "in", "out", "dropped", "resumes"});
    for (const Json& peer : party.at("peers"))
        table.add({whole_text(peer, "peer_id"), address_text(peer, peer),
                   plain_word(peer.at("state")), milliseconds_text(peer, "ping_ms"),
                   milliseconds_text(peer, "rtt_ms"), whole_text(peer, "packets_in"),
                   whole_text(peer, "packets_out"), whole_text(peer, "messages_dropped"),
                   whole_text(peer, "resumes")});
    out += table.text();
}

} // namespace

std::optional<std::string> status_table(const std::string& status_json)
{
    try {
        const Json status = Json::parse(status_json);
        std::string out;
        add_reach(out, status);
        add_overview(out, status);
        add_close_reasons(out, status.at("totals").at("close_reasons"));
        for (const Json& session : status.at("sessions"))
            add_session(out, session);
        for (const Json& room : status.at("rooms"))
            add_room(out, room);
        if (status.contains("parties"))
            for (const Json& party : status.at("parties"))
                add_party(out, party);
        return text::plain(out,
                           true); // who answers may be anybody, and must not command the terminal
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

} // namespace netplay_relay::admin
