// What is sent to a web server, and what it answered.
#pragma once

#include "config/outward_settings.hpp"
#include "outward/event.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace netplay_relay::outward {

struct Post
{
    config::Url url;
    std::string method = "POST";
    std::string content_type;
    std::string body;
    std::string token;      // of a Bearer; empty: none
    bool ipv4_only = false; // the server takes our address for that of our games
};

struct Answer
{
    unsigned status = 0;                             // of HTTP; 0: none came
    std::string problem;                             // why none came
    std::optional<std::chrono::seconds> retry_after; // as it wishes
    std::string body;

    [[nodiscard]] bool is_good() const { return status >= 200 && status < 300; }
};

// What a webhook is sent for an event. `reach`: what players type to come into a room. `origin`
// tells this relay's run from others, for services that take each post once.
[[nodiscard]] Post post_of(const config::WebhookSettings& hook, const Event& event,
                           const std::string& reach, const std::string& origin);

// An answer in words, without anything of the URL: "the answer was 404".
[[nodiscard]] std::string words_of(const Answer& answer);
// The same with the beginning of what a server said that took nothing; unless it repeats a part of
// the URL, as some do.
[[nodiscard]] std::string words_of(const Answer& answer, const config::Url& url);

// Of a header field Retry-After, and of the JSON that Matrix and Discord answer.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after_of(const std::string& field,
                                                                 const std::string& body);

} // namespace netplay_relay::outward
