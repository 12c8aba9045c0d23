#include "outward/post.hpp"

#include "outward/sentence.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

namespace netplay_relay::outward {

namespace {

using nlohmann::json;

constexpr int suppress_embeds = 4; // Discord's flag: no preview of links, of which there are none
constexpr std::size_t told_bytes_max = 120;

std::string to_text(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json whole_event(const config::WebhookSettings& hook, const Event& event, const Sentence& sentence)
{
    json fields = event.fields;
    fields["event"] = event.kind;
    fields["text"] = in_plain(sentence);
    if (hook.addresses) return fields;
    // Where players are is their own affair.
    for (const char* field : {"host", "guest", "peer", "by", "network", "networks", "door"})
        fields.erase(field);
    // What the operator has written may name them as well; "text" is ours by now.
    if (event.kind == "control")
        for (const char* field : {"reason", "message"})
            fields.erase(field);
    return fields;
}

json matrix_message(const Sentence& sentence)
{
    // m.mentions, though empty, keeps names within the text from pinging those who are called so.
    return {{"msgtype", "m.notice"},
            {"body", in_plain(sentence)},
            {"format", "org.matrix.custom.html"},
            {"formatted_body", in_html(sentence)},
            {"m.mentions", json::object()}};
}

std::optional<std::chrono::seconds> seconds_in(double seconds)
{
    constexpr double most = 86400;
    if (!(seconds >= 0)) return std::nullopt;
    return std::chrono::seconds(static_cast<long long>(std::ceil(std::min(seconds, most))));
}

// Whether the text has any word of a URL that is long enough to be a secret.
bool repeats(std::string_view said, std::string_view target)
{
    constexpr std::size_t secret_bytes_min = 5;
    constexpr std::string_view marks = "/?&=";
    while (!target.empty()) {
        const std::string_view word = target.substr(0, target.find_first_of(marks));
        target.remove_prefix(std::min(target.size(), word.size() + 1));
        if (word.size() >= secret_bytes_min && said.find(word) != std::string_view::npos)
            return true;
    }
    return false;
}

} // namespace

Post post_of(const config::WebhookSettings& hook, const Event& event, const std::string& reach,
             const std::string& origin)
{
    const Sentence sentence = sentence_of(event, reach);
    Post post;
    post.url = hook.url;
    post.content_type = "application/json";
    switch (hook.form) {
    case config::WebhookForm::json: post.body = to_text(whole_event(hook, event, sentence)); break;
    case config::WebhookForm::discord:
        post.body = to_text({{"content", in_markdown(sentence)},
                             {"allowed_mentions", {{"parse", json::array()}}},
                             {"flags", suppress_embeds}});
        break;
    case config::WebhookForm::slack: post.body = to_text({{"text", in_markdown(sentence)}}); break;
    case config::WebhookForm::matrix:
        post.method = "PUT";
        post.url.target += "/" + origin + "-" + std::to_string(event.number);
        post.body = to_text(matrix_message(sentence));
        break;
    }
    return post;
}

std::string words_of(const Answer& answer)
{
    if (answer.status == 0) return answer.problem;
    std::string words = "the answer was " + std::to_string(answer.status);
    if (answer.status >= 300 && answer.status < 400)
        words += ", which leads elsewhere: write the URL that it leads to";
    return words;
}

std::string words_of(const Answer& answer, const config::Url& url)
{
    const std::string words = words_of(answer);
    if (answer.status < 400 || answer.body.empty() || repeats(answer.body, url.target))
        return words;
    return words + ": " + text::quotable(text::plain(text::cut(answer.body, told_bytes_max)));
}

std::optional<std::chrono::seconds> retry_after_of(const std::string& field,
                                                   const std::string& body)
{
    double seconds = 0;
    const char* const end = field.data() + field.size();
    const auto [read, error] = std::from_chars(field.data(), end, seconds);
    if (!field.empty() && error == std::errc() && read == end) return seconds_in(seconds);
    const json said = json::parse(body, nullptr, false);
    if (!said.is_object()) return std::nullopt;
    const auto number = [&](const char* key) -> std::optional<double> {
        const auto found = said.find(key);
        if (found == said.end() || !found->is_number()) return std::nullopt;
        return found->get<double>();
    };
    constexpr double milliseconds = 1000;
    if (const auto wait = number("retry_after_ms")) return seconds_in(*wait / milliseconds);
    if (const auto wait = number("retry_after")) return seconds_in(*wait);
    return std::nullopt;
}

} // namespace netplay_relay::outward
