#include "config/read_outward.hpp"

#include "config/reasons.hpp"
#include "party/output.hpp"
#include "room/output.hpp"
#include "spelling/spelling.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace netplay_relay::config {

namespace {

constexpr std::size_t webhooks_most = 32;
constexpr std::size_t events_most = 64;
constexpr std::size_t sessions_most = 256;
constexpr std::size_t url_bytes_max = 2048;
constexpr std::size_t name_bytes_max = 40;

constexpr std::string_view forms = "\"json\", \"discord\", \"matrix\" or \"slack\"";
constexpr std::string_view a_url = "an https URL, such as \"https://chat.example/hooks/1\"";
constexpr std::string_view a_session = "exactly 16 characters of A-Z, a-z, 0-9, + and /";
constexpr std::string_view an_address = "an address of listen or doors, such as \"0.0.0.0:55437\"";
constexpr std::string_view a_name = "a name of 1 to 40 letters, digits, - and _";

bool is_hook_name(const std::string& text)
{
    return !text.empty() && text.size() <= name_bytes_max &&
           std::ranges::all_of(text, [](unsigned char letter) {
               return std::isalnum(letter) != 0 || letter == '-' || letter == '_';
           });
}

bool parse_form(std::string_view text, WebhookForm& form)
{
    for (const WebhookForm known :
         {WebhookForm::json, WebhookForm::discord, WebhookForm::matrix, WebhookForm::slack}) {
        if (text != to_text(known)) continue;
        form = known;
        return true;
    }
    return false;
}

// The URL is who may post: no fault repeats it.
void read_url(FaultReader& reader, WebhookSettings& hook)
{
    std::string text;
    reader.secret("url", url_bytes_max, text);
    if (reader.lacks("url")) return reader.fault("url", "must be there");
    const auto url = parse_url(text);
    if (!url) return reader.fault("url", "must be " + std::string(a_url));
    hook.url = *url;
    if (!url->is_tls && !is_loopback(*url) && !hook.insecure)
        reader.fault("url",
                     "must begin with https://: over http everybody on the way reads it, and "
                     "can post as well; \"insecure\": true allows it nevertheless");
}

void read_events(FaultReader& reader, WebhookSettings& hook)
{
    hook.events = usual_webhook_events();
    std::vector<std::string> events;
    const std::size_t usual = hook.events.size();
    reader.texts(
        "events", "a word of docs/outward.md", events_most, events,
        [&](const std::string& text) -> std::optional<std::string> {
            const auto& known = webhook_events();
            if (std::ranges::find(known, text) == known.end()) return std::nullopt;
            return text;
        },
        [](const std::string& text) { return spelling::did_you_mean(text, webhook_events()); });
    if (reader.is_empty_list("events"))
        reader.fault("events", "must name at least one event, or be left out for the usual " +
                                   std::to_string(usual));
    if (!events.empty()) hook.events = std::move(events);
}

void read_scope(FaultReader& reader, WebhookSettings& hook)
{
    reader.text("session", a_session, [&](const std::string& text) {
        const auto id = wire::parse_session_id(text);
        if (!id || id->is_zero()) return false;
        hook.session = *id;
        return true;
    });
    reader.text("door", an_address, [&](const std::string& text) {
        hook.door = wire::parse_endpoint(text);
        return hook.door.has_value();
    });
}

void read_webhook(FaultReader& reader, std::vector<WebhookSettings>& all)
{
    WebhookSettings hook;
    const bool has_name = !reader.lacks("name");
    reader.text("name", a_name, [&](const std::string& text) {
        hook.name = text;
        return is_hook_name(text);
    });
    reader.text("form", forms,
                [&](const std::string& text) { return parse_form(text, hook.form); });
    reader.flag("insecure", hook.insecure);
    reader.flag("addresses", hook.addresses);
    read_url(reader, hook);
    read_events(reader, hook);
    read_scope(reader, hook);
    reader.text("token_file", "the path of a file", [&](const std::string& text) {
        hook.token_file = text;
        return true;
    });
    if (hook.form == WebhookForm::matrix && hook.token_file.empty())
        reader.fault("token_file", "must be there: Matrix takes nothing without an access token");
    if (!has_name)
        hook.name = std::string(to_text(hook.form)) + "-" + std::to_string(all.size() + 1);
    if (std::ranges::find(all, hook.name, &WebhookSettings::name) != all.end())
        reader.fault("name", "must not be there twice");
    all.push_back(std::move(hook));
}

bool listens_at(const Config& config, const wire::Endpoint& wanted)
{
    const auto has = [&](const std::vector<wire::Endpoint>& listen) {
        return std::ranges::find(listen, wanted) != listen.end();
    };
    return has(config.listen) ||
           std::ranges::any_of(config.doors, [&](const auto& door) { return has(door.listen); });
}

bool is_promised(const Config& config, const wire::SessionId& id)
{
    const auto& reserved = config.policy.reserved;
    return std::ranges::find(reserved, id, &lobby::ReservedSession::id) != reserved.end() ||
           std::ranges::any_of(config.doors,
                               [&](const auto& door) { return door.profile.reserved == id; });
}

} // namespace

LobbySettings::LobbySettings() : url{false, "lobby.libretro.com", 80, "/"} {}

std::string_view to_text(WebhookForm form)
{
    switch (form) {
    case WebhookForm::json: return "json";
    case WebhookForm::discord: return "discord";
    case WebhookForm::matrix: return "matrix";
    case WebhookForm::slack: return "slack";
    }
    return "json";
}

const std::vector<std::string>& webhook_events()
{
    static const std::vector<std::string> all = [] {
        std::vector<std::string> words{
            "session_opened", "session_game", "session_closed",   "link_opened",   "link_closed",
            "member_gone",    "peer_gone",    "refused",          "limit_reached", "stood_still",
            "memory_short",   "control",      "draining",         "undrained",     "stopping",
            "upgraded",       "reloaded",     "without_join_port"};
        for (std::size_t at = 0; at < room::room_event_kind_count; ++at)
            words.emplace_back(room::word(static_cast<room::RoomEventKind>(at)));
        for (std::size_t at = 0; at < party::party_event_kind_count; ++at)
            words.emplace_back(party::word(static_cast<party::PartyEventKind>(at)));
        return words;
    }();
    return all;
}

const std::vector<std::string>& usual_webhook_events()
{
    static const std::vector<std::string> usual{"session_opened", "session_game", "session_closed",
                                                "room_opened",    "room_closed",  "party_opened",
                                                "party_closed"};
    return usual;
}

void read_webhooks(FaultReader& reader, std::vector<WebhookSettings>& webhooks)
{
    webhooks.clear();
    reader.objects(
        "webhooks", webhooks_most, [&](FaultReader& hook) { read_webhook(hook, webhooks); },
        FaultReader::Values::secret);
}

void read_lobby(FaultReader& reader, LobbySettings& lobby)
{
    reader.flag("enabled", lobby.enabled);
    reader.text("url", "the URL of a lobby server, such as \"http://lobby.libretro.com\"",
                [&](const std::string& text) {
                    const auto url = parse_url(text);
                    if (url) lobby.url = *url;
                    return url && text.size() <= url_bytes_max && url->target == "/";
                });
    reader.flag("rooms", lobby.rooms);
    lobby.all_sessions = reader.is_word("sessions", "all");
    if (lobby.all_sessions) return;
    std::vector<std::string> sessions;
    reader.texts(
        "sessions", "\"all\", or a session id of " + std::string(a_session), sessions_most,
        sessions,
        [](const std::string& text) -> std::optional<std::string> {
            const auto id = wire::parse_session_id(text);
            if (text != "all" && (!id || id->is_zero())) return std::nullopt;
            return text;
        },
        [](const std::string& text) { return why_no_session_id(text); });
    for (const std::string& text : sessions)
        if (const auto id = wire::parse_session_id(text); id && text != "all")
            lobby.sessions.push_back(*id);
        else
            lobby.all_sessions = true;
}

void check_outward(const Config& config, std::vector<Fault>& faults)
{
    for (std::size_t at = 0; at < config.webhooks.size(); ++at) {
        const WebhookSettings& hook = config.webhooks[at];
        if (hook.door && !listens_at(config, *hook.door))
            faults.push_back({"webhooks[" + std::to_string(at) + "].door",
                              "must be " + std::string(an_address) + ", as it stands there"});
    }
}

void warn_of_outward(const Config& config, std::vector<std::string>& warnings)
{
    for (std::size_t at = 0; at < config.webhooks.size(); ++at) {
        const WebhookSettings& hook = config.webhooks[at];
        const std::string key = "webhooks[" + std::to_string(at) + "]";
        if (hook.session && !is_promised(config, *hook.session))
            warnings.push_back(key + ".session is promised to nobody by reserved_sessions or a "
                                     "door: no session will have that id");
        if (!hook.url.is_tls && !is_loopback(hook.url))
            warnings.push_back(key + ".url is not encrypted");
    }
    const LobbySettings& lobby = config.lobby;
    if (lobby.enabled && !lobby.rooms && !lobby.has_sessions())
        warnings.emplace_back("lobby is enabled, and neither rooms nor sessions are told to it");
    if (lobby.enabled && lobby.has_sessions() && !config.inspect)
        warnings.emplace_back(
            "lobby.sessions needs inspect: without it no session's game is known");
}

} // namespace netplay_relay::config
