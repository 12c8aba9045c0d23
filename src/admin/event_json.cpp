#include "admin/event_json.hpp"

#include "text/text.hpp"
#include "wire/address.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

namespace netplay_relay::admin {

namespace {

using json = nlohmann::ordered_json;

double in_seconds(lobby::Duration duration)
{
    return std::round(std::chrono::duration<double>(duration).count() * 1000) / 1000;
}

json json_of(const lobby::SessionOpened& event, const worker::EventFacts& /*facts*/)
{
    return {{"session", wire::to_text(event.id)},
            {"host", wire::to_text(event.host_peer)},
            {"reserved", event.reserved}};
}

json json_of(const lobby::SessionClosed& event, const worker::EventFacts& /*facts*/)
{
    return {{"session", wire::to_text(event.id)},
            {"host", wire::to_text(event.host_peer)},
            {"reason", wire::word(event.reason)},
            {"age_seconds", in_seconds(event.age)}};
}

json json_of(const lobby::LinkOpened& event, const worker::EventFacts& /*facts*/)
{
    return {
        {"session", wire::to_text(event.session)},
        {"link", event.guest.value},
        {"guest", wire::to_text(event.guest_peer)},
        {"host", wire::to_text(event.host_peer)},
        {"waited_ms", std::chrono::duration_cast<std::chrono::milliseconds>(event.waited).count()}};
}

json json_of(const lobby::LinkClosed& event, const worker::EventFacts& facts)
{
    return {{"session", wire::to_text(event.session)},  {"link", event.guest.value},
            {"guest", wire::to_text(event.guest_peer)}, {"reason", wire::word(event.reason)},
            {"age_seconds", in_seconds(event.age)},     {"bytes_to_host", facts.meter.to_host},
            {"bytes_to_guest", facts.meter.to_guest}};
}

json json_of(const lobby::TurnedAway& event, const worker::EventFacts& /*facts*/)
{
    return {{"peer", wire::to_text(event.peer)}, {"reason", wire::word(event.reason)}};
}

json json_of(const lobby::RoomEvent& told, const worker::EventFacts& /*facts*/)
{
    const room::RoomEvent& event = told.event;
    json all{{"room", event.room},
             {"core", text::plain(event.core)},
             {"content", crc_text(event.content_crc)}};
    if (event.member.value != 0) {
        all["nick"] = text::plain(event.nick);
        all["id"] = event.member.value;
    }
    if (told.peer) all["peer"] = wire::to_text(*told.peer);
    if (event.players != 0) all["players"] = event.players;
    if (event.duration != lobby::Duration{}) all["seconds"] = in_seconds(event.duration);
    if (event.repeats != 0) all["repeats"] = event.repeats;
    return all;
}

json json_of(const lobby::MemberGone& event, const worker::EventFacts& /*facts*/)
{
    return {{"peer", wire::to_text(event.peer)},
            {"reason", wire::word(event.reason)},
            {"age_seconds", in_seconds(event.age)}};
}

json json_of(const lobby::PartyEvent& told, const worker::EventFacts& /*facts*/)
{
    const party::PartyEvent& event = told.event;
    json all{{"party", event.party},
             {"code", party::to_text(event.code)},
             {"game", text::plain(event.game)}};
    if (event.peer != 0) {
        all["peer_id"] = event.peer;
        all["peer"] = told.peer ? wire::to_text(*told.peer) : wire::to_text(event.address);
    }
    if (event.connection.value != 0) all["id"] = event.connection.value;
    const bool is_end = event.kind == party::PartyEventKind::party_closed ||
                        event.kind == party::PartyEventKind::peer_left;
    if (is_end) all["reason"] = wire::word(event.reason);
    if (event.duration != lobby::Duration{}) all["seconds"] = in_seconds(event.duration);
    return all;
}

json json_of(const lobby::PeerGone& event, const worker::EventFacts& /*facts*/)
{
    return {{"peer", wire::to_text(event.peer)},
            {"reason", wire::word(event.reason)},
            {"age_seconds", in_seconds(event.age)}};
}

json json_of(const lobby::WithoutPort& event, const worker::EventFacts& /*facts*/)
{
    json all{{"tried", event.tried}};
    if (event.room != 0)
        all["room"] = event.room;
    else
        all["session"] = wire::to_text(event.session);
    return all;
}

json json_of(const lobby::Reloaded& event, const worker::EventFacts& /*facts*/)
{
    return {{"sessions", event.sessions},
            {"links", event.links},
            {"waiting_joins", event.waiting_joins},
            {"members", event.members},
            {"peers", event.peers}};
}

struct WordOf
{
    std::string_view operator()(const lobby::SessionOpened&) const { return "session_opened"; }
    std::string_view operator()(const lobby::SessionClosed&) const { return "session_closed"; }
    std::string_view operator()(const lobby::LinkOpened&) const { return "link_opened"; }
    std::string_view operator()(const lobby::LinkClosed&) const { return "link_closed"; }
    std::string_view operator()(const lobby::TurnedAway&) const { return "turned_away"; }
    std::string_view operator()(const lobby::MemberGone&) const { return "member_gone"; }
    std::string_view operator()(const lobby::PeerGone&) const { return "peer_gone"; }
    std::string_view operator()(const lobby::PartyEvent& told) const
    {
        return party::word(told.event.kind);
    }
    std::string_view operator()(const lobby::WithoutPort&) const { return "without_join_port"; }
    std::string_view operator()(const lobby::Reloaded&) const { return "reload_denied"; }
    std::string_view operator()(const lobby::RoomEvent& told) const
    {
        return room::word(told.event.kind);
    }
};

} // namespace

std::string_view word_of(const lobby::LogEvent& event) { return std::visit(WordOf{}, event); }

json event_json(const lobby::LogEvent& event, const worker::EventFacts& facts,
                const std::string& join_text)
{
    json all = std::visit([&](const auto& known) { return json_of(known, facts); }, event);
    if (!join_text.empty()) all["join_text"] = join_text;
    if (facts.came_by) all["door"] = wire::to_text(*facts.came_by);
    return all;
}

std::string crc_text(std::uint32_t crc)
{
    std::array<char, 9> text{};
    std::snprintf(text.data(), text.size(), "%08x", crc);
    return text.data();
}

std::string utc_now()
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    const std::time_t seconds = milliseconds / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> day{};
    std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%s.%03dZ", day.data(),
                  static_cast<int>(milliseconds % 1000));
    return text.data();
}

} // namespace netplay_relay::admin
