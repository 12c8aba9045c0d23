#include "config/environment.hpp"

#include "faults.hpp"

namespace netplay_relay::config {

namespace {

using Variables = std::vector<std::string>;

Config taken(const Variables& variables, std::string_view text = "{}")
{
    const Parsed parsed = parse_config(text, variables);
    INFO(lines_of(parsed.faults));
    REQUIRE(parsed.faults.empty());
    return parsed.config;
}

void check_refused(const Variables& variables, const std::string& key, std::string_view part)
{
    const Parsed parsed = parse_config("{}", variables);
    INFO(lines_of(parsed.faults));
    REQUIRE(parsed.faults.size() == 1);
    CHECK(parsed.faults.front().key == key);
    CHECK(says(parsed.faults.front().problem, part));
}

} // namespace

TEST_CASE("the name of a variable is its key's path in capitals")
{
    CHECK(Environment::name_of("listen") == "NETPLAY_RELAY_LISTEN");
    CHECK(Environment::name_of("limits.sessions") == "NETPLAY_RELAY_LIMITS__SESSIONS");
    CHECK(Environment::name_of("access.host.allow") == "NETPLAY_RELAY_ACCESS__HOST__ALLOW");
}

TEST_CASE("every kind of key can be a variable")
{
    const Config config = taken({
        "NETPLAY_RELAY_LISTEN=127.0.0.1:0, [::1]:7",
        "NETPLAY_RELAY_PUBLIC_NAME=relay.example",
        "NETPLAY_RELAY_PUBLIC_PORT=443",
        "NETPLAY_RELAY_INSPECT=false",
        "NETPLAY_RELAY_DRAIN_LIMIT_SECONDS=60",
        "NETPLAY_RELAY_LOG__LEVEL=debug",
        "NETPLAY_RELAY_LIMITS__SESSIONS=64",
        "NETPLAY_RELAY_ADMIN__LISTEN=[]",
        "NETPLAY_RELAY_ACCESS__HOST__ALLOW=[\"203.0.113.0/24\", \"2001:db8::/32\"]",
        "NETPLAY_RELAY_ROOMS__PASSWORD=1234",
        "NETPLAY_RELAY_DOORS=[{\"listen\": [\"0.0.0.0:55436\"], \"rooms\": \"by_password\"}]",
        "NETPLAY_RELAY_LEGACY_PORTS={\"range\": \"56000-56009\"}",
    });
    REQUIRE(config.listen.size() == 2);
    CHECK(wire::to_text(config.listen[1]) == "[::1]:7");
    CHECK(config.public_name == "relay.example");
    CHECK(config.public_port == 443);
    CHECK_FALSE(config.inspect);
    CHECK(config.drain_limit == std::chrono::seconds(60));
    CHECK((config.log_level == LogLevel::debug));
    CHECK(config.policy.limits.sessions == 64);
    CHECK(config.admin_listen.empty());
    CHECK(config.policy.host.allow.size() == 2);
    CHECK(config.policy.rooms.password == "1234"); // a text, though it looks like a number
    REQUIRE(config.doors.size() == 1);
    CHECK(config.doors.front().profile.by_password);
    CHECK(config.policy.legacy_ports.range.last == 56009);
}

TEST_CASE("a variable wins over the text, and leaves its neighbours alone")
{
    const Config config =
        taken({"NETPLAY_RELAY_LIMITS__SESSIONS=7"},
              R"({"public_name": "file.example", "limits": {"sessions": 6, "connections": 50}})");
    CHECK(config.policy.limits.sessions == 7);
    CHECK(config.policy.limits.connections == 50);
    CHECK(config.public_name == "file.example");
}

TEST_CASE("a variable within an object that is a variable too")
{
    const Config config = taken({"NETPLAY_RELAY_LIMITS={\"sessions\": 6, \"connections\": 50}",
                                 "NETPLAY_RELAY_LIMITS__SESSIONS=7"},
                                R"({"limits": {"sessions": 5, "links_per_session": 3}})");
    CHECK(config.policy.limits.sessions == 7);
    CHECK(config.policy.limits.connections == 50);
    CHECK(config.policy.limits.links_per_session == lobby::Limits{}.links_per_session);
}

TEST_CASE("a fault names the variable")
{
    check_refused({"NETPLAY_RELAY_LIMITS__SESSIONS=many"}, "NETPLAY_RELAY_LIMITS__SESSIONS",
                  "not \"many\"");
    check_refused({"NETPLAY_RELAY_INSPECT=1"}, "NETPLAY_RELAY_INSPECT", "true or false");
    check_refused({"NETPLAY_RELAY_LISTEN=nowhere"}, "NETPLAY_RELAY_LISTEN[0]", "not \"nowhere\"");
    check_refused({"NETPLAY_RELAY_LISTEN=[]"}, "NETPLAY_RELAY_LISTEN", "at least one");
    check_refused({"NETPLAY_RELAY_LIMITS=3"}, "NETPLAY_RELAY_LIMITS", "an object");
    check_refused({"NETPLAY_RELAY_DOORS={}"}, "NETPLAY_RELAY_DOORS", "a list");
    check_refused({"NETPLAY_RELAY_DOORS=[{\"listen\": [\"x\"]}]"},
                  "NETPLAY_RELAY_DOORS[0].listen[0]", "not \"x\"");
    check_refused({"NETPLAY_RELAY_LIMITS__SESSIONS=" + std::string(100, '9')},
                  "NETPLAY_RELAY_LIMITS__SESSIONS", "whole number");
    check_refused({"NETPLAY_RELAY_LIMITS=" + std::string(100000, '[')}, "NETPLAY_RELAY_LIMITS",
                  "an object");
    const std::string deep = std::string(60000, '[') + std::string(60000, ']');
    check_refused({"NETPLAY_RELAY_LIMITS=" + deep}, "NETPLAY_RELAY_LIMITS", "an object");
    check_refused({"NETPLAY_RELAY_PUBLIC_PORT=1e999"}, "NETPLAY_RELAY_PUBLIC_PORT", "whole number");
}

TEST_CASE("no fault repeats a password")
{
    const std::string secret = "hunter2";
    const std::string too_long = secret + std::string(200, 'x');
    for (const std::string& text : {"{\"rooms\": {\"password\": \"" + secret + "\n\"}}",
                                    "{\"rooms\": {\"password\": \"" + too_long + "\"}}",
                                    "{\"rooms\": {\"spectate_password\": [\"" + secret + "\"]}}"}) {
        const Parsed parsed = parse_config(text);
        REQUIRE(parsed.faults.size() == 1);
        CHECK_FALSE(says(parsed.faults.front().problem, secret));
    }
    for (const Variables& variables :
         {Variables{"NETPLAY_RELAY_ROOMS={\"password\": \"" + secret + "\""},
          Variables{"NETPLAY_RELAY_ROOMS={\"password\": \"" + secret + "\"",
                    "NETPLAY_RELAY_ROOMS__NICK=x"},
          Variables{"NETPLAY_RELAY_ROOMS__PASSWORD=" + too_long}}) {
        const Parsed parsed = parse_config("{}", variables);
        REQUIRE(parsed.faults.size() == 1);
        CHECK_FALSE(says(parsed.faults.front().problem, secret));
    }
}

TEST_CASE("a variable that names no key is a fault")
{
    check_refused({"NETPLAY_RELAY_LIMITS__SESSION=3"}, "NETPLAY_RELAY_LIMITS__SESSION", "no key");
    check_refused({"NETPLAY_RELAY_limits__sessions=3"}, "NETPLAY_RELAY_limits__sessions", "no key");
    check_refused({"NETPLAY_RELAY_A\nB=3"}, "NETPLAY_RELAY_A\\nB", "no key");
    check_refused({"NETPLAY_RELAY_=3"}, "NETPLAY_RELAY_", "no key");
    check_refused({"NETPLAY_RELAY_DOORS[0]__LISTEN=3"}, "NETPLAY_RELAY_DOORS[0]__LISTEN", "no key");
}

// Compose files and units set variables that somebody may or may not fill.
TEST_CASE("an empty variable is left out")
{
    CHECK(
        taken({"NETPLAY_RELAY_LISTEN=", "NETPLAY_RELAY_PUBLIC_NAME=", "NETPLAY_RELAY_PUBLIC_PORT=",
               "NETPLAY_RELAY_INSPECT=", "NETPLAY_RELAY_LIMITS=", "NETPLAY_RELAY_LIMITS__SESSIONS=",
               "NETPLAY_RELAY_ROOMS__PASSWORD=", "NETPLAY_RELAY_DOORS=", "NETPLAY_RELAY_CONFIG=",
               "NETPLAY_RELAY_ADMIN__LISTEN="}) == Config{});
    CHECK(
        taken({"NETPLAY_RELAY_PUBLIC_NAME="}, R"({"public_name": "relay.example"})").public_name ==
        "relay.example");
}

TEST_CASE("what is not meant for us is left alone")
{
    CHECK(taken({"PATH=/bin", "NETPLAY_RELAY", "NETPLAY_RELAYS=3", "NETPLAY_RELAY_CONFIG=/x.json",
                 "NETPLAY_RELAY_PORT=tcp://10.0.0.1:55435",
                 "NETPLAY_RELAY_PORT_55435_TCP_ADDR=10.0.0.1",
                 "NETPLAY_RELAY_SERVICE_HOST=10.0.0.1", "NETPLAY_RELAY_SERVICE_PORT_GAME=55435"}) ==
          Config{});
}

} // namespace netplay_relay::config
