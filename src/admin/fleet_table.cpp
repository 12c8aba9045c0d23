#include "admin/fleet_table.hpp"

#include "admin/status_words.hpp"
#include "admin/text_columns.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>
#include <utility>
#include <vector>

namespace netplay_relay::admin {

namespace {

using Json = nlohmann::json;

std::string counted(const Json& totals, const char* what, const char* one, const char* many)
{
    const auto count = totals.at(what).get<std::uint64_t>();
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string head_of(const Json& totals)
{
    const bool any_closed = totals.value("closed", std::uint64_t{0}) > 0; // older ones tell of none
    const std::string closed = any_closed ? whole_text(totals, "closed") + " closed, " : "";
    return fmt::format("{}: {} up, {}{} draining, {} down; {} in {}, {} and {}\n\n",
                       counted(totals, "nodes", "node", "nodes"), whole_text(totals, "up"), closed,
                       whole_text(totals, "draining"), whole_text(totals, "down"),
                       counted(totals, "people", "person", "people"),
                       counted(totals, "sessions", "session", "sessions"),
                       counted(totals, "rooms", "room", "rooms"),
                       counted(totals, "parties", "party", "parties"));
}

std::string of_limit(const Json& status, const char* what)
{
    return fmt::format("{} of {}", status.at("use").at(what).get<std::uint64_t>(),
                       status.at("limits").at(what).get<std::uint64_t>());
}

std::uint64_t people_of(const Json& use)
{
    std::uint64_t people = 0;
    for (const char* what : {"sessions", "links", "members", "peers"})
        people += use.at(what).get<std::uint64_t>();
    return people;
}

// What has to be said of a node beside its row.
std::string notes_of(const Json& node)
{
    std::string notes;
    if (node.at("problem").is_string()) notes = "    " + plain_word(node.at("problem")) + "\n";
    if (node.at("state") == "closed")
        notes += "    takes no new games until \"netplay-relay new on\" is said there\n";
    const Json& status = node.at("status");
    if (status.is_object() && status.contains("fleet"))
        if (const std::string hops = hops_text(status.at("fleet")); !hops.empty())
            notes += "    " + hops + "\n";
    return notes;
}

std::string nodes_of(const Json& nodes)
{
    TextColumns table({5, 22, 9, 9, 8, 8, 15, 14, 7, 8}, 4);
    table.add({"node", "address", "state", "version", "up", "people", "connections", "sessions",
               "rooms", "parties"});
    for (const Json& node : nodes) {
        const Json& status = node.at("status");
        const std::string number = whole_text(node, "node") + (node.at("own") == true ? "*" : "");
        std::vector<std::string> row{number, plain_word(node.at("address")),
                                     plain_word(node.at("state"))};
        if (!status.is_object()) {
            row.resize(10, "-");
            table.add(std::move(row), notes_of(node));
            continue;
        }
        const Json& use = status.at("use");
        row.push_back(plain_word(status.at("version")));
        row.push_back(span_text(status.at("uptime_seconds").get<double>()));
        row.push_back(fmt::format("{}", people_of(use)));
        row.push_back(of_limit(status, "connections"));
        row.push_back(of_limit(status, "sessions"));
        row.push_back(whole_text(use, "rooms"));
        row.push_back(whole_text(use, "parties"));
        table.add(std::move(row), notes_of(node));
    }
    return table.text() + "  * whom you have asked\n";
}

// The core of the first game of a session that is known.
std::string core_of(const Json& session)
{
    for (const Json& link : session.at("links")) {
        const auto game = link.find("game");
        if (game != link.end() && game->is_object() && game->at("core").is_object())
            return plain_word(game->at("core").at("name"));
    }
    return "-";
}

void add_games(TextColumns& table, const std::string& node, const Json& status)
{
    const auto age = [](const Json& game) {
        return span_text(game.at("age_seconds").get<double>());
    };
    for (const Json& session : status.at("sessions"))
        table.add({node, "session", plain_word(session.at("id")), core_of(session),
                   fmt::format("{}", 1 + session.at("links").size()), age(session)});
    for (const Json& room : status.at("rooms"))
        table.add({node, "room", whole_text(room, "number"), plain_word(room.at("core")),
                   fmt::format("{}", room.at("members").size()), age(room)});
    for (const Json& party : status.at("parties"))
        table.add({node, "party", plain_word(party.at("code")), plain_word(party.at("game")),
                   fmt::format("{}", party.at("peers").size()), age(party)});
}

std::string games_of(const Json& nodes)
{
    TextColumns table({5, 9, 18, 24, 8, 9}, 4);
    table.add({"node", "game", "id", "core", "people", "age"});
    bool any = false;
    bool all_known = true;
    for (const Json& node : nodes) {
        const Json& status = node.at("status");
        all_known = all_known && status.is_object();
        if (!status.is_object()) continue;
        any = any || !status.at("sessions").empty() || !status.at("rooms").empty() ||
              !status.at("parties").empty();
        add_games(table, whole_text(node, "node"), status);
    }
    if (any) return "\n" + table.text();
    return all_known ? "\nNobody plays.\n"
                     : "\nNobody plays at the nodes that have answered; of those that are down "
                       "nothing is known.\n";
}

std::string first_lines(std::string text, std::size_t lines)
{
    std::size_t at = 0;
    for (std::size_t line = 0; line < lines; ++line) {
        at = text.find('\n', at);
        if (at == std::string::npos) return text;
        ++at;
    }
    if (lines > 0) text.resize(at);
    return text;
}

} // namespace

std::optional<std::string> fleet_table(const std::string& fleet_json, std::size_t lines)
{
    try {
        const Json fleet = Json::parse(fleet_json);
        const Json& nodes = fleet.at("nodes");
        const std::string all = head_of(fleet.at("totals")) + nodes_of(nodes) + games_of(nodes);
        return first_lines(text::plain(all, true), lines); // see status_table()
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

bool is_fleet_whole(const std::string& fleet_json)
{
    const Json fleet = Json::parse(fleet_json, nullptr, false);
    if (!fleet.is_object() || !fleet.contains("nodes") || !fleet.at("nodes").is_array())
        return false;
    const Json& nodes = fleet.at("nodes");
    return !nodes.empty() && std::ranges::all_of(nodes, [](const Json& node) {
        return node.is_object() && node.value("state", Json()) == "up" &&
               node.value("problem", Json()).is_null();
    });
}

} // namespace netplay_relay::admin
