// What each service is sent, and how its answer is read.
#include "outward/post.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace netplay_relay::outward {

using config::WebhookForm;
using nlohmann::json;

namespace {

config::WebhookSettings hook_of(WebhookForm form)
{
    config::WebhookSettings hook;
    hook.form = form;
    hook.url = *config::parse_url("https://chat.example/hooks/secret?x=1");
    return hook;
}

const Event opened = event_of(17, "session_opened",
                              R"({"at": "2026-11-29T20:00:00.000Z", "event": "session_opened",
    "session": "abcdefgh01234567", "host": "203.0.113.7:4000", "door": "192.0.2.1:55435",
    "join_text": "relay.example|55435|abcdefgh01234567"})");
const std::string words = "A game is open. Join text: ";
const std::string join_text = "relay.example|55435|abcdefgh01234567";

json body_of(const Post& post) { return json::parse(post.body); }

} // namespace

TEST_CASE("Discord gets content that mentions nobody")
{
    const Post post = post_of(hook_of(WebhookForm::discord), opened, "", "run");
    CHECK(post.method == "POST");
    CHECK(post.content_type == "application/json");
    CHECK(post.url.target == "/hooks/secret?x=1");
    const json body = body_of(post);
    CHECK(body.at("content") == words + "`" + join_text + "`");
    CHECK(body.at("allowed_mentions") == json{{"parse", json::array()}});
    CHECK(body.at("flags") == 4);
}

TEST_CASE("those like Slack get a text")
{
    const json body = body_of(post_of(hook_of(WebhookForm::slack), opened, "", "run"));
    CHECK(body == json{{"text", words + "`" + join_text + "`"}});
}

TEST_CASE("Matrix gets a notice, and the same number for each try")
{
    config::WebhookSettings hook = hook_of(WebhookForm::matrix);
    hook.url = *config::parse_url("https://matrix.example/_matrix/client/v3/rooms/!a:matrix.example"
                                  "/send/m.room.message");
    const Post post = post_of(hook, opened, "", "run");
    CHECK(post.method == "PUT");
    CHECK(post.url.target ==
          "/_matrix/client/v3/rooms/!a:matrix.example/send/m.room.message/run-17");
    CHECK(post_of(hook, opened, "", "run").url.target == post.url.target);
    const json body = body_of(post);
    CHECK(body.at("msgtype") == "m.notice");
    CHECK(body.at("body") == words + "\u201C" + join_text + "\u201D");
    CHECK(body.at("format") == "org.matrix.custom.html");
    CHECK(body.at("formatted_body") == words + "<code>" + join_text + "</code>");
    CHECK(body.at("m.mentions") == json::object());
}

TEST_CASE("JSON is the event itself, without players' addresses unless they are asked for")
{
    config::WebhookSettings hook = hook_of(WebhookForm::json);
    json body = body_of(post_of(hook, opened, "", "run"));
    CHECK(body.at("event") == "session_opened");
    CHECK(body.at("at") == "2026-11-29T20:00:00.000Z");
    CHECK(body.at("session") == "abcdefgh01234567");
    CHECK(body.at("join_text") == join_text);
    CHECK(body.at("text") == words + "\u201C" + join_text + "\u201D");
    CHECK_FALSE(body.contains("host"));
    hook.addresses = true;
    body = body_of(post_of(hook, opened, "", "run"));
    CHECK(body.at("host") == "203.0.113.7:4000");
    CHECK(post_of(hook, opened, "", "run").body.find('\n') == std::string::npos);
}

TEST_CASE("no event holds an address if they are not asked for")
{
    const std::string end = "203.0.113.7:4000";
    const json fields{{"host", end},
                      {"guest", end},
                      {"peer", end},
                      {"by", "unix " + end},
                      {"door", end},
                      {"network", "203.0.113.0/24"},
                      {"networks", {"203.0.113.0/24"}}};
    for (const std::string kind :
         {"session_opened",  "session_game",  "session_closed", "link_opened",
          "link_closed",     "room_opened",   "room_closed",    "without_join_port",
          "member_joined",   "member_gone",   "member_plays",   "held_up",
          "warned",          "sent_to_watch", "shut_out",       "desync",
          "version_differs", "draining",      "undrained",      "stopping",
          "upgraded",        "reloaded",      "control",        "refused",
          "limit_reached",   "memory_short",  "stood_still",    "test",
          "party_opened",    "party_closed",  "peer_joined",    "peer_left",
          "peer_absent",     "peer_returned", "peer_gone",      "news of later"}) {
        Event event{1, kind, fields};
        if (kind == "control")
            for (const char* field : {"reason", "message", "text"})
                event.fields[field] = "away with " + end;
        for (const WebhookForm form :
             {WebhookForm::json, WebhookForm::discord, WebhookForm::matrix, WebhookForm::slack}) {
            INFO(kind);
            CHECK(post_of(hook_of(form), event, "", "run").body.find("203.0.113") ==
                  std::string::npos);
        }
    }
    Event event{1, "session_closed", {{"reason", "host_left"}}};
    CHECK(body_of(post_of(hook_of(WebhookForm::json), event, "", "run")).at("reason") ==
          "host_left");
}

TEST_CASE("bytes that are no UTF-8 make no post that is none")
{
    Event event{1, "room_opened", {{"core", "a\xff"}, {"nick", "\xc3"}}};
    for (const WebhookForm form :
         {WebhookForm::json, WebhookForm::discord, WebhookForm::matrix, WebhookForm::slack})
        CHECK(body_of(post_of(hook_of(form), event, "", "run")).is_object());
}

TEST_CASE("an answer in words")
{
    Answer answer;
    answer.problem = "no answer in time";
    CHECK(words_of(answer) == "no answer in time");
    CHECK_FALSE(answer.is_good());
    answer.status = 204;
    CHECK(words_of(answer) == "the answer was 204");
    CHECK(answer.is_good());
    answer.status = 404;
    answer.body = "{\"message\": \"Unknown Webhook\"}\n";
    const config::Url url = *config::parse_url("https://chat.example/hooks/s3cr3t?key=abcdef");
    CHECK(words_of(answer) == "the answer was 404");
    CHECK(words_of(answer, url) ==
          "the answer was 404: {\\x22message\\x22: \\x22Unknown Webhook\\x22}?");
    for (const char* said : {"Cannot POST /hooks/s3cr3t", "no s3cr3t here", "abcdef"}) {
        answer.body = said;
        CHECK(words_of(answer, url) == "the answer was 404");
    }
    answer.status = 301;
    CHECK(words_of(answer, url) ==
          "the answer was 301, which leads elsewhere: write the URL that it leads to");
}

TEST_CASE("how long a server wants us to wait")
{
    using std::chrono::seconds;
    CHECK(retry_after_of("7", "") == seconds(7));
    CHECK(retry_after_of("1.2", "") == seconds(2));
    CHECK(retry_after_of("", R"({"retry_after_ms": 1500})") == seconds(2));
    CHECK(retry_after_of("", R"({"retry_after": 64.57})") == seconds(65));
    CHECK(retry_after_of("99999999999", "") == seconds(86400));
    for (const char* field : {"", "-1", "soon", "nan", "Wed, 21 Oct 2026 07:28:00 GMT", "1 2"})
        CHECK_FALSE(retry_after_of(field, "no").has_value());
    CHECK_FALSE(retry_after_of("", R"({"retry_after": "7"})").has_value());
    CHECK_FALSE(retry_after_of("", "[1]").has_value());
}

} // namespace netplay_relay::outward
