// Webhooks and the lobby: what is taken, and that no fault tells a URL.
#include "faults.hpp"

namespace netplay_relay::config {

namespace {

std::string webhooks(const std::string& inside) { return "{\"webhooks\": [" + inside + "]}"; }

std::string hook(const std::string& more)
{
    return webhooks(R"({"url": "https://chat.example/secret")" + more + "}");
}

} // namespace

TEST_CASE("URLs and their parts")
{
    CHECK(parse_url("https://chat.example") == Url{true, "chat.example", 443, "/"});
    CHECK(parse_url("http://127.0.0.1:8080/a/b?c=d&e") ==
          Url{false, "127.0.0.1", 8080, "/a/b?c=d&e"});
    CHECK(parse_url("https://[2001:db8::1]:8443?x") == Url{true, "2001:db8::1", 8443, "/?x"});
    CHECK(parse_url("https://[::1]") == Url{true, "::1", 443, "/"});
    for (const char* text : {"",
                             "chat.example",
                             "ftp://chat.example",
                             "HTTPS://chat.example",
                             "https://",
                             "https:///x",
                             "https://user:word@chat.example",
                             "https://chat.example:",
                             "https://chat.example:0",
                             "https://chat.example:65536",
                             "https://chat.example:x",
                             "https://chat.example/#x",
                             "https://chat.example/a b",
                             "https://chat.example/\xc3\xa4",
                             "https://chat.example/\r\nX: y",
                             "https://[::1",
                             "https://[chat.example]",
                             "https://::1",
                             "https://[::1]x",
                             "https://a:b:c"})
        CHECK_FALSE(parse_url(text).has_value());
    CHECK(host_field(*parse_url("https://chat.example:443/x")) == "chat.example");
    CHECK(host_field(*parse_url("http://chat.example:443")) == "chat.example:443");
    CHECK(host_field(*parse_url("https://[2001:db8::1]")) == "[2001:db8::1]");
    for (const char* text :
         {"http://localhost", "http://127.0.0.1", "http://127.9.9.9:1/x", "http://[::1]:8"})
        CHECK(is_loopback(*parse_url(text)));
    for (const char* text : {"http://128.0.0.1", "http://localhost.example", "http://[::2]",
                             "http://127.evil.example"})
        CHECK_FALSE(is_loopback(*parse_url(text)));
}

TEST_CASE("every key of a webhook is taken")
{
    const Config config = accepted(R"({
        "doors": [{"listen": ["0.0.0.0:55437"], "session": "FRIDAYNIGHTSNES1"}],
        "webhooks": [
        {"url": "https://chat.example/1"},
        {"url": "https://chat.example/1", "name": "friday", "form": "discord",
         "events": ["held_up", "desync"], "session": "FRIDAYNIGHTSNES1", "addresses": true,
         "door": "0.0.0.0:55437", "token_file": "/run/token"},
        {"url": "http://192.0.2.1/x", "form": "matrix", "token_file": "t", "insecure": true},
        {"url": "http://127.0.0.1:9/x", "form": "slack"}]})");
    REQUIRE(config.webhooks.size() == 4);
    CHECK(config.webhooks[0].name == "json-1");
    CHECK(config.webhooks[0].events == usual_webhook_events());
    WebhookSettings expected;
    expected.name = "friday";
    expected.url = Url{true, "chat.example", 443, "/1"};
    expected.form = WebhookForm::discord;
    expected.events = {"held_up", "desync"};
    expected.session = wire::parse_session_id("FRIDAYNIGHTSNES1");
    expected.door = wire::parse_endpoint("0.0.0.0:55437");
    expected.token_file = "/run/token";
    expected.addresses = true;
    CHECK((config.webhooks[1] == expected));
    CHECK(config.webhooks[2].name == "matrix-3");
    CHECK((config.webhooks[3].form == WebhookForm::slack));
    CHECK(check(config).empty());
    CHECK_FALSE((config == Config{}));
}

TEST_CASE("faults of webhooks")
{
    const auto check = [](const std::string& more, const std::string& key,
                          const std::vector<std::string>& parts = {}) {
        check_fault(hook(more), "webhooks[0]." + key, parts);
    };
    check_fault(R"({"webhooks": {}})", "webhooks", {"list"});
    check_fault(webhooks("{}"), "webhooks[0].url", {"must be there"});
    check_fault(webhooks(R"({"url": "chat.example"})"), "webhooks[0].url", {"an https URL"});
    check_fault(webhooks(R"({"url": "http://chat.example"})"), "webhooks[0].url",
                {"must begin with https://", "insecure"});
    check(R"(, "form": "irc")", "form", {"\"json\", \"discord\", \"matrix\" or \"slack\""});
    check(R"(, "form": "matrix")", "token_file", {"must be there"});
    check(R"(, "name": "a b")", "name");
    check(R"(, "name": "")", "name");
    check(R"(, "events": [])", "events", {"at least one"});
    check(R"(, "events": ["session_open"])", "events[0]", {"did you mean \"session_opened\""});
    check(R"(, "session": "FRIDAY")", "session");
    check(R"(, "session": "AAAAAAAAAAAAAAAA")", "session");
    check(R"(, "door": "nowhere")", "door");
    check(R"(, "door": "0.0.0.0:1")", "door", {"an address of listen or doors"});
    check(R"(, "insecure": 1)", "insecure");
    check(R"(, "link": 1)", "link", {"known are: "});
    check_fault(webhooks(R"({"url": "https://a.example", "name": "x"},
                            {"url": "https://a.example", "name": "x"})"),
                "webhooks[1].name", {"twice"});
}

TEST_CASE("no fault tells a webhook's URL, wherever it stands")
{
    const std::string secret = "https://chat.example/hooks/s3cr3t";
    const std::string quoted = "\"" + secret + "\"";
    std::vector<std::string> texts{webhooks(quoted),
                                   "{\"webhooks\": " + quoted + "}",
                                   webhooks("[" + quoted + "]"),
                                   webhooks("{\"url\": [" + quoted + "]}"),
                                   webhooks("{" + quoted + ": true}"),
                                   webhooks("{\"url\": \"ftp://x/s3cr3t\"}"),
                                   webhooks("{\"url\": \"http://x.example/s3cr3t\"}")};
    for (const char* key : {"name", "form", "events", "session", "door", "insecure", "addresses"}) {
        texts.push_back(hook(std::string(", \"") + key + "\": " + quoted));
        texts.push_back(hook(std::string(", \"") + key + "\": [" + quoted + "]"));
    }
    for (const std::string& text : texts) {
        const Parsed parsed = parse_config(text);
        INFO(text << "\n" << lines_of(parsed.faults));
        CHECK_FALSE(parsed.faults.empty());
        CHECK(lines_of(parsed.faults).find("s3cr3t") == std::string::npos);
    }
    const std::vector<std::string> variables{"NETPLAY_RELAY_WEBHOOKS=" + secret};
    CHECK(lines_of(parse_config("{}", variables).faults).find("s3cr3t") == std::string::npos);
}

TEST_CASE("webhooks come as a variable, too")
{
    const std::vector<std::string> variables{
        R"(NETPLAY_RELAY_WEBHOOKS=[{"url": "https://chat.example/1", "form": "slack"}])",
        "NETPLAY_RELAY_LOBBY__ENABLED=true", "NETPLAY_RELAY_LOBBY__SESSIONS=all"};
    const Parsed parsed = parse_config("{}", variables);
    REQUIRE(parsed.faults.empty());
    REQUIRE(parsed.config.webhooks.size() == 1);
    CHECK((parsed.config.webhooks[0].form == WebhookForm::slack));
    CHECK(parsed.config.lobby.enabled);
    CHECK(parsed.config.lobby.all_sessions);
}

TEST_CASE("every key of the lobby is taken")
{
    const LobbySettings lobby = accepted(R"({"lobby": {"enabled": true, "rooms": false,
        "url": "http://lobby.example:8000", "sessions": ["FRIDAYNIGHTSNES1"]}})")
                                    .lobby;
    CHECK(lobby.enabled);
    CHECK_FALSE(lobby.rooms);
    CHECK_FALSE(lobby.all_sessions);
    CHECK(lobby.sessions ==
          std::vector<wire::SessionId>{*wire::parse_session_id("FRIDAYNIGHTSNES1")});
    CHECK(lobby.url == Url{false, "lobby.example", 8000, "/"});
    for (const char* all : {R"("all")", R"(["all"])"})
        CHECK(accepted(R"({"lobby": {"sessions": )" + std::string(all) + "}}").lobby.all_sessions);
}

TEST_CASE("faults of the lobby")
{
    const auto check = [](const std::string& inside, const std::string& key) {
        check_fault("{\"lobby\": {" + inside + "}}", "lobby." + key);
    };
    check(R"("enabled": 1)", "enabled");
    check(R"("url": "lobby.example")", "url");
    check(R"("url": "http://lobby.example/add")", "url");
    check(R"("rooms": "yes")", "rooms");
    check(R"("sessions": "everything")", "sessions");
    check(R"("sessions": ["all", "none"])", "sessions[1]");
    check(R"("sessions": ["AAAAAAAAAAAAAAAA"])", "sessions[0]");
    check(R"("every_seconds": 20)", "every_seconds");
}

TEST_CASE("what is hardly meant of webhooks and the lobby")
{
    const auto sentences = [](const std::string& text) { return warnings(accepted(text)); };
    CHECK(sentences(hook("")).empty());
    CHECK(sentences(hook(R"(, "session": "FRIDAYNIGHTSNES1")")).size() == 1);
    CHECK(sentences(webhooks(R"({"url": "http://x.example", "insecure": true})")).size() == 1);
    CHECK(sentences(R"({"lobby": {"enabled": true}})").empty());
    CHECK(sentences(R"({"lobby": {"enabled": true, "rooms": false}})").size() == 1);
    CHECK(sentences(R"({"inspect": false, "lobby": {"enabled": true, "sessions": ["all"]}})")
              .size() == 1);
}

} // namespace netplay_relay::config
