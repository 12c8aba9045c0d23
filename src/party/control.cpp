#include "party/control.hpp"

#include "json.hpp"
#include "party/settings.hpp"
#include "text/text.hpp"

#include <chrono>
#include <cmath>
#include <limits>

namespace netplay_relay::party {

namespace {

constexpr std::string_view hex = "0123456789abcdef";

// What a game has read from JSON is a float, and Godot writes such a 3 as 3.0.
std::optional<std::uint64_t> whole_number(const Json& value)
{
    constexpr double most = 9007199254740992; // beyond it floats have no ones
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (!value.is_number_float()) return std::nullopt;
    const auto number = value.get<double>();
    if (!(number >= 0 && number <= most) || std::trunc(number) != number) return std::nullopt;
    return static_cast<std::uint64_t>(number);
}

std::optional<std::uint64_t> number_of(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found == object.end() ? std::nullopt : whole_number(*found);
}

// Ids of peers are of 31 bits.
std::int32_t id_of(const Json& value)
{
    const std::uint64_t number = whole_number(value).value_or(0);
    return number > std::uint64_t{std::numeric_limits<std::int32_t>::max()}
               ? 0
               : static_cast<std::int32_t>(number);
}

std::optional<Control> read_host(const Json& value)
{
    if (!value.is_object()) return std::nullopt;
    HostRequest request;
    request.game = text_of(value, "game");
    if (request.game.size() > game_size_max) return std::nullopt;
    if (const auto most = number_of(value, "max")) {
        if (*most < 2) return std::nullopt;
        request.max = static_cast<std::uint32_t>(std::min<std::uint64_t>(*most, peers_max));
    }
    request.mesh = flag_of(value, "mesh");
    request.shown = flag_of(value, "shown");
    const auto code = value.find("code");
    if (code != value.end() && code->is_string() && !code->get_ref<const std::string&>().empty()) {
        request.code = parse_code(code->get_ref<const std::string&>());
        if (!request.code) return std::nullopt;
    }
    return request;
}

std::optional<Control> read_join(const Json& value)
{
    if (!value.is_object()) return std::nullopt;
    JoinRequest request;
    request.code = parse_code(text_of(value, "code"));
    request.game = text_of(value, "game");
    if (request.game.size() > game_size_max) return std::nullopt;
    const auto id = value.find("id");
    if (id != value.end()) request.id = id_of(*id);
    if (request.id < 2) return std::nullopt;
    return request;
}

} // namespace

std::string to_text(const Token& token)
{
    std::string text;
    for (const std::uint8_t byte : token) {
        text.push_back(hex[byte >> 4U]);
        text.push_back(hex[byte & 15U]);
    }
    return text;
}

std::optional<Token> parse_token(std::string_view text)
{
    Token token{};
    if (text.size() != 2 * token.size()) return std::nullopt;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t digit = hex.find(text[at]);
        if (digit == std::string_view::npos) return std::nullopt;
        token[at / 2] = static_cast<std::uint8_t>(std::size_t{token[at / 2]} << 4U | digit);
    }
    return token;
}

std::optional<Control> read_control(std::span<const std::uint8_t> text)
{
    const Json root = Json::parse(text.begin(), text.end(), nullptr, false);
    if (!root.is_object()) return std::nullopt;
    Progress progress{number_of(root, "got"), number_of(root, "seen")};
    if (const auto token = root.find("return"); token != root.end()) {
        if (!token->is_string() || !progress.got) return std::nullopt;
        const auto parsed = parse_token(token->get_ref<const std::string&>());
        if (!parsed) return std::nullopt;
        return ReturnRequest{*parsed, *progress.got};
    }
    if (progress.got || progress.seen) return progress;
    if (const auto host = root.find("host"); host != root.end()) return read_host(*host);
    if (const auto join = root.find("join"); join != root.end()) return read_join(*join);
    if (const auto refuse = root.find("refuse"); refuse != root.end() && refuse->is_boolean())
        return RefuseNew{refuse->get<bool>()};
    if (const auto kick = root.find("kick"); kick != root.end()) {
        const std::int32_t id = id_of(*kick);
        if (id < 2) return std::nullopt;
        return Kick{id, std::string(text::cut(text_of(root, "text"), kick_text_max))};
    }
    return std::nullopt;
}

std::string write_welcome(const Welcome& welcome)
{
    const Json body{{"id", welcome.id},       {"code", to_text(welcome.code)},
                    {"mesh", welcome.mesh},   {"token", to_text(welcome.token)},
                    {"peers", welcome.peers}, {"packet", welcome.packet},
                    {"hold", welcome.hold},   {"again", welcome.again},
                    {"got", welcome.got}};
    return Json{{"welcome", body}}.dump();
}

std::string write_peer(std::string_view what, std::int32_t id)
{
    return "{\"" + std::string(what) + "\":" + std::to_string(id) + "}";
}

std::string write_left(std::int32_t id, CloseReason why)
{
    return "{\"left\":" + std::to_string(id) + R"(,"why":")" + std::string(word(why)) + "\"}";
}

std::string write_got(std::uint64_t got, std::optional<Duration> round_trip)
{
    std::string text = "{\"got\":" + std::to_string(got);
    if (round_trip) {
        using std::chrono::duration_cast;
        const auto tenths = duration_cast<std::chrono::microseconds>(*round_trip).count() / 100;
        text += ",\"rtt\":" + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
    }
    return text + "}";
}

std::string write_close(CloseReason reason, std::string_view text)
{
    return Json{{"close", word(reason)}, {"text", text}}.dump(-1, ' ', false,
                                                              Json::error_handler_t::replace);
}

std::string_view sentence_for(CloseReason reason)
{
    switch (reason) {
    case CloseReason::parties_off: return "This relay carries no Godot games.";
    case CloseReason::origin_denied: return "This relay takes no games from this web page.";
    case CloseReason::unknown_code: return "No game with this code is open.";
    case CloseReason::node_down: return "The server that has this game does not answer.";
    case CloseReason::code_guessing:
        return "Too many codes of your address led to no game. Wait a minute.";
    case CloseReason::code_denied: return "This code is reserved for others, or in use.";
    case CloseReason::different_game:
        return "The host of this code plays another game, or another version of it.";
    case CloseReason::id_taken: return "Somebody in the game has this peer id.";
    case CloseReason::unknown_token: return "Your place in the game is no longer held.";
    case CloseReason::party_refuses: return "The host lets nobody in now.";
    case CloseReason::party_full: return "The game is full.";
    case CloseReason::address_party_full: return "Too many in this game are of your address.";
    case CloseReason::parties_full: return "The relay has as many games as it may have.";
    case CloseReason::address_parties_full: return "Your address hosts as many games as it may.";
    case CloseReason::host_denied: return "Your address may not host on this relay.";
    case CloseReason::join_denied: return "Your address may not play on this relay.";
    case CloseReason::draining: return "The relay takes in no new games, it is about to end.";
    case CloseReason::closed_to_new: return "The relay takes in no new games for now.";
    case CloseReason::peer_lost: return "The connection was lost for too long.";
    case CloseReason::peer_backlog: return "Your line does not take what the others send.";
    case CloseReason::kicked: return "The host has sent you away.";
    case CloseReason::host_gone: return "The host has left the game.";
    case CloseReason::bad_frame: return "What was sent is not WebSocket.";
    case CloseReason::bad_control: return "A control message was not understood.";
    case CloseReason::bad_packet: return "A packet was not understood.";
    case CloseReason::packet_too_large: return "A packet is larger than the relay takes.";
    case CloseReason::peer_flood: return "Too much was sent in too short a time.";
    case CloseReason::memory_short: return "The relay has no memory left for you.";
    case CloseReason::entrance_timeout: return "Nothing was asked for in time.";
    case CloseReason::ended_by_operator: return "The relay's operator has ended this game.";
    case CloseReason::sent_away: return "The relay's operator has sent you away.";
    case CloseReason::banned_address: return "The relay's operator has banned your address.";
    case CloseReason::shutdown: return "The relay ends.";
    default: return "";
    }
}

} // namespace netplay_relay::party
