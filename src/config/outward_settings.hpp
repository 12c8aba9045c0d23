// What the relay tells others on the internet, and whom: webhooks and a lobby.
#pragma once

#include "config/url.hpp"
#include "wire/address.hpp"
#include "wire/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::config {

// What a post looks like.
enum class WebhookForm : std::uint8_t
{
    json,
    discord,
    matrix,
    slack,
};

struct WebhookSettings
{
    std::string name; // for log and tests: its URL is a secret
    Url url;
    WebhookForm form = WebhookForm::json;
    std::vector<std::string> events;
    std::optional<wire::SessionId> session; // of this one only
    std::optional<wire::Endpoint> door;     // of those who came by this address only
    std::string token_file;                 // empty: none is sent
    bool addresses = false;                 // of players, in the form json
    bool insecure = false;                  // http beyond this machine
    bool operator==(const WebhookSettings&) const = default;
};

struct LobbySettings
{
    LobbySettings();

    bool enabled = false;
    Url url; // of the server, without what it is asked for
    bool rooms = true;
    bool all_sessions = false;
    std::vector<wire::SessionId> sessions;
    bool operator==(const LobbySettings&) const = default;

    // Whether any session can be meant.
    [[nodiscard]] bool has_sessions() const { return all_sessions || !sessions.empty(); }
};

[[nodiscard]] std::string_view to_text(WebhookForm form);

// What a webhook can be told of, as the log has it, and what it is told of by default.
[[nodiscard]] const std::vector<std::string>& webhook_events();
[[nodiscard]] const std::vector<std::string>& usual_webhook_events();

} // namespace netplay_relay::config
