#include "admin/status_lists.hpp"

#include "admin/status_words.hpp"
#include "admin/text_columns.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::admin {

namespace {

using Json = nlohmann::json;

// "no sessions", "1 session", "2 sessions", and the table below.
std::string counted(std::size_t count, const char* what, const TextColumns& table)
{
    if (count == 0) return fmt::format("no {}s\n", what);
    return fmt::format("{} {}{}\n", count, what, count == 1 ? "" : "s") + table.text();
}

std::string nick_in(const Json& link, const char* end)
{
    const auto game = link.find("game");
    return game == link.end() || !game->is_object() ? "-" : text_or_dash(game->at(end), "nick");
}

// Of the host and of its game the first guest's game tells.
std::string host_nick(const Json& session)
{
    const Json& links = session.at("links");
    return links.empty() ? "-" : nick_in(links.front(), "host");
}

std::string core_of(const Json& session)
{
    for (const Json& link : session.at("links")) {
        const auto game = link.find("game");
        if (game != link.end() && game->is_object() && game->at("core").is_object())
            return text_or_dash(game->at("core"), "name");
    }
    return "-";
}

std::string port_text(const Json& one) { return whole_text(one, "join_port"); }

std::string list_sessions(const Json& status)
{
    TextColumns table({17, 22, 16, 16, 7, 8, 9, 8, 8, 9, 7}, 4);
    table.add({"session", "host", "nick", "core", "id", "state", "age", "guests", "waiting",
               "rtt ms", "port"});
    const Json& sessions = status.at("sessions");
    for (const Json& session : sessions) {
        const Json& host = session.at("host");
        table.add({plain_word(session.at("id")), plain_word(host.at("address")), host_nick(session),
                   core_of(session), id_text(host), plain_word(session.at("state")),
                   span_text(session.at("age_seconds").get<double>()),
                   fmt::format("{}", session.at("seats").at("taken").get<std::uint64_t>()),
                   whole_text(session, "waiting_joins"), milliseconds_text(host, "rtt_ms"),
                   port_text(session)});
    }
    return counted(sessions.size(), "session", table);
}

std::string list_guests(const Json& status)
{
    TextColumns table({17, 22, 16, 7, 9, 9, 9, 7, 9, 7, 10, 10}, 3);
    table.add({"session", "guest", "nick", "id", "age", "idle", "g.rtt ms", "g.ret", "h.rtt ms",
               "h.ret", "to host", "to guest"});
    std::size_t count = 0;
    for (const Json& session : status.at("sessions"))
        for (const Json& link : session.at("links")) {
            const Json& guest = link.at("guest");
            const Json& host = link.at("host");
            ++count;
            table.add({plain_word(session.at("id")), plain_word(guest.at("address")),
                       nick_in(link, "guest"), id_text(link),
                       span_text(link.at("age_seconds").get<double>()),
                       span_text(link.at("idle_seconds").get<double>()),
                       milliseconds_text(guest, "rtt_ms"), whole_text(guest, "retransmits"),
                       milliseconds_text(host, "rtt_ms"), whole_text(host, "retransmits"),
                       bytes_text(link.at("bytes_to_host").get<double>()),
                       bytes_text(link.at("bytes_to_guest").get<double>())});
        }
    return count == 0 ? std::string() : counted(count, "guest", table);
}

std::string list_rooms(const Json& status)
{
    TextColumns table({6, 20, 16, 9, 9, 8, 9, 9, 10, 9, 7}, 4);
    table.add({"room", "core", "version", "content", "private", "members", "places", "kept",
               "frame", "age", "port"});
    const Json& rooms = status.at("rooms");
    for (const Json& room : rooms) {
        const Json& places = room.at("places");
        table.add({whole_text(room, "number"), plain_word(room.at("core")),
                   plain_word(room.at("core_version")), plain_word(room.at("content_crc")),
                   room.at("by_password").get<bool>() ? "yes" : "no",
                   fmt::format("{}", room.at("members").size()),
                   fmt::format("{}/{}", whole_text(places, "taken"), whole_text(places, "limit")),
                   whole_text(places, "kept"), whole_text(room, "frame"),
                   span_text(room.at("age_seconds").get<double>()), port_text(room)});
    }
    return counted(rooms.size(), "room", table);
}

std::string list_members(const Json& status)
{
    TextColumns table({6, 16, 22, 7, 10, 9, 8, 8, 9, 9, 7}, 3);
    table.add({"room", "nick", "address", "id", "state", "ping ms", "behind", "late", "waits",
               "waited", "share"});
    std::size_t count = 0;
    for (const Json& room : status.at("rooms"))
        for (const Json& member : room.at("members")) {
            ++count;
            table.add({whole_text(room, "number"), plain_word(member.at("nick")),
                       plain_word(member.at("address")), id_text(member), state_of_member(member),
                       milliseconds_text(member, "ping_ms"), whole_text(member, "frames_behind"),
                       whole_text(member, "inputs_late"), whole_text(member, "waits"),
                       span_text(member.at("waited_seconds").get<double>()),
                       share_of_member(member)});
        }
    return count == 0 ? std::string() : counted(count, "member", table);
}

std::string list_parties(const Json& status)
{
    TextColumns table({6, 10, 24, 6, 8, 9, 8, 9}, 3);
    table.add({"party", "code", "game", "mesh", "state", "peers", "absent", "age"});
    const Json& parties = status.at("parties");
    for (const Json& party : parties) {
        const Json& peers = party.at("peers");
        const auto absent = std::ranges::count_if(
            peers, [](const Json& peer) { return peer.at("state") == "absent"; });
        table.add({whole_text(party, "number"), plain_word(party.at("code")),
                   plain_word(party.at("game")), party.at("mesh").get<bool>() ? "yes" : "no",
                   plain_word(party.at("state")),
                   fmt::format("{}/{}", peers.size(), whole_text(party.at("seats"), "limit")),
                   fmt::format("{}", absent), span_text(party.at("age_seconds").get<double>())});
    }
    const std::size_t count = parties.size();
    if (count == 0) return "no parties\n";
    return fmt::format("{} {}\n", count, count == 1 ? "party" : "parties") + table.text();
}

std::string list_peers(const Json& status)
{
    TextColumns table({6, 11, 22, 7, 7, 9, 9, 9, 9, 8, 8}, 3);
    table.add({"party", "peer id", "address", "id", "state", "age", "ping ms", "in", "out",
               "dropped", "resumes"});
    std::size_t count = 0;
    for (const Json& party : status.at("parties"))
        for (const Json& peer : party.at("peers")) {
            ++count;
            table.add({whole_text(party, "number"), whole_text(peer, "peer_id"),
                       plain_word(peer.at("address")), id_text(peer), plain_word(peer.at("state")),
                       span_text(peer.at("age_seconds").get<double>()),
                       milliseconds_text(peer, "ping_ms"), whole_text(peer, "packets_in"),
                       whole_text(peer, "packets_out"), whole_text(peer, "messages_dropped"),
                       whole_text(peer, "resumes")});
        }
    return count == 0 ? std::string() : counted(count, "peer", table);
}

// Nothing if it is no status, or one with nonsense in it.
std::optional<std::string> of_status(const std::string& text,
                                     const std::function<std::string(const Json&)>& list)
{
    try {
        return text::plain(list(Json::parse(text)), true);
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

} // namespace

std::optional<std::string> sessions_list(const std::string& status_json)
{
    return of_status(status_json, [](const Json& status) {
        const std::string guests = list_guests(status);
        return list_sessions(status) + (guests.empty() ? "" : "\n") + guests;
    });
}

std::optional<std::string> rooms_list(const std::string& status_json)
{
    return of_status(status_json, [](const Json& status) {
        const std::string members = list_members(status);
        return list_rooms(status) + (members.empty() ? "" : "\n") + members;
    });
}

std::optional<std::string> parties_list(const std::string& status_json)
{
    return of_status(status_json, [](const Json& status) {
        const std::string peers = list_peers(status);
        return list_parties(status) + (peers.empty() ? "" : "\n") + peers;
    });
}

std::optional<std::string> part_of_status(const std::string& status_json, const char* part)
{
    try {
        return nlohmann::ordered_json::parse(status_json).at(part).dump(2) + "\n";
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

} // namespace netplay_relay::admin
