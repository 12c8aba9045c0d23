#include "faults.hpp"

#include <utility>

namespace netplay_relay::config {

namespace {

wire::Network network(std::string_view text) { return wire::parse_network(text).value(); }

// `depth` lists in each other.
std::string nested(const std::string& before, std::size_t depth, const std::string& after)
{
    return before + std::string(depth, '[') + std::string(depth, ']') + after;
}

} // namespace

TEST_CASE("every kind of key is taken")
{
    const Config config = accepted(R"(
// A comment.
{
    /* Another. */
    "listen": ["127.0.0.1:0", "[2001:db8::1]:55436"],
    "public_name": "relay.example", "public_port": 443,
    "admin": {"listen": []},
    "log": {"level": "debug"},
    "inspect": false,
    "shutdown_grace_seconds": 0,
    "drain_limit_seconds": 0,
    "access": {
        "host": {"allow": ["203.0.113.0/24"], "deny": ["203.0.113.7"]},
        "join": {"allow": [], "deny": ["2001:db8::/32", "198.51.100.0/25"]}
    },
    "reserved_sessions": [
        {"id": "FRIDAYNIGHTSNES1", "networks": ["203.0.113.7", "2001:db8::/64"]},
        {"id": "SOXOoTK4teZzRjg+", "networks": ["0.0.0.0/0"]}
    ]
})");
    REQUIRE(config.listen.size() == 2);
    CHECK(wire::to_text(config.listen[0]) == "127.0.0.1:0");
    CHECK(wire::to_text(config.listen[1]) == "[2001:db8::1]:55436");
    CHECK(config.public_name == "relay.example");
    CHECK(config.public_port == 443);
    CHECK(config.admin_listen.empty());
    CHECK((config.log_level == LogLevel::debug));
    CHECK_FALSE(config.inspect);
    CHECK(config.shutdown_grace == std::chrono::seconds{0});
    CHECK(config.drain_limit == std::chrono::seconds{0});
    CHECK((config.policy.host ==
           lobby::AccessList{{network("203.0.113.0/24")}, {network("203.0.113.7")}}));
    CHECK((config.policy.join ==
           lobby::AccessList{{}, {network("2001:db8::/32"), network("198.51.100.0/25")}}));
    REQUIRE(config.policy.reserved.size() == 2);
    CHECK(wire::to_text(config.policy.reserved[0].id) == "FRIDAYNIGHTSNES1");
    CHECK(config.policy.reserved[0].networks.size() == 2);
    CHECK(wire::to_text(config.policy.reserved[1].id) == "SOXOoTK4teZzRjg+");
    CHECK((config.policy.limits == lobby::Limits{}));
}

TEST_CASE("what is not JSON is one fault of the whole text")
{
    for (const std::string_view text : {"{",
                                        "}",
                                        "{]",
                                        "{\"limits\": }",
                                        "{\"limits\": {},}",
                                        "{} {}",
                                        "{'limits': {}}",
                                        "{limits: {}}",
                                        "limits",
                                        "\"",
                                        "{\"a\": \"\\q\"}",
                                        "/* open",
                                        "\xff\xfe{}",
                                        "{\"public_name\": \"\xff\"}",
                                        "{\"public_name\": \"\n\"}",
                                        "NaN",
                                        "{\"public_port\": 0x10}",
                                        "{\"public_port\": 01}",
                                        "{\"public_port\": +1}",
                                        "{\"public_port\": .5}"}) {
        const Parsed parsed = parse_config(text);
        INFO(text << "\n" << lines_of(parsed.faults));
        REQUIRE(parsed.faults.size() == 1);
        CHECK(parsed.faults.front().key.empty());
        CHECK(says(parsed.faults.front().problem, "is not JSON: "));
    }
    check_fault("{\n  \"limits\": {\n    \"sessions\" 5\n  }\n}", "", {"line 3"});
}

TEST_CASE("a text of another shape is one fault of the whole text")
{
    for (const std::string_view text : {"[]", "null", "5", "\"text\"", "true", "[{}]"})
        check_fault(text, "", {"must be an object { ... }, not "});
}

TEST_CASE("unknown keys are found at every level, with the known ones")
{
    check_fault(R"({"limit": {}})", "limit",
                {"is no key here; did you mean \"limits\"?; known are: ", "listen"});
    check_fault(R"({"admin": {"port": 1}})", "admin.port", {"known are: bans_file, listen"});
    check_fault(R"({"log": {"levels": "info"}})", "log.levels", {"known are: level"});
    check_fault(R"({"access": {"hosts": {}}})", "access.hosts", {"known are: host, join"});
    check_fault(R"({"access": {"host": {"alow": []}}})", "access.host.alow",
                {"known are: allow, deny"});
    check_fault(R"({"access": {"join": {"": []}}})", "access.join",
                {"is no key here; known are: allow, deny"});
    check_fault(R"({"limits": {"session": 5}})", "limits.session",
                {"sessions", "join_wait_seconds"});
    check_fault(R"({"reserved_sessions": [
        {"id": "SOXOoTK4teZzRjg+", "networks": ["::/0"], "name": "x"}]})",
                "reserved_sessions[0].name", {"known are: id, networks"});
    check_fault(R"({"Listen": []})", "Listen", {"is no key here"});
}

TEST_CASE("objects must be objects")
{
    for (const char* key : {"admin", "log", "access", "limits"}) {
        for (const char* value : {"[]", "5", "\"x\"", "null", "false"}) {
            const std::string text = std::string("{\"") + key + "\": " + value + "}";
            check_fault(text, key, {"must be an object { ... }, not " + shown_as(value)});
        }
    }
    check_fault(R"({"access": {"host": []}})", "access.host", {"must be an object"});
    check_fault(R"({"access": {"join": "all"}})", "access.join", {"must be an object"});
}

TEST_CASE("every limit refuses what is out of its range, and says the range")
{
    struct Range
    {
        std::string key;
        std::uint64_t least;
        std::uint64_t most;
    };
    const std::vector<Range> ranges{
        {"connections", 8, 1000000},
        {"sessions", 1, 500000},
        {"links_per_session", 1, 1024},
        {"links_per_address", 1, 1024},
        {"waiting_joins_per_session", 1, 1024},
        {"connections_per_address", 1, 1000000},
        {"sessions_per_address", 1, 500000},
        {"waiting_joins_per_address", 1, 1000000},
        {"new_connections_per_second_per_address", 1, 1000000},
        {"greeting_seconds", 1, 3600},
        {"join_wait_seconds", 1, 3600},
        {"link_idle_seconds", 1, 2592000},
        {"half_closed_seconds", 1, 86400},
        {"host_ping_seconds", 0, 86400},
        {"buffered_bytes_per_connection", 4096, 16777216},
        {"memory_mebibytes", 0, 1048576},
    };
    for (const auto& [key, least, most] : ranges) {
        const std::string before = "{\"limits\": {\"" + key + "\": ";
        const std::string range = "from " + std::to_string(least) + " to " + std::to_string(most);
        for (const std::string& value :
             {std::to_string(most + 1), std::string("-1"), std::string("1.5"), std::string("8.0"),
              std::string("18446744073709551616"), std::string("1e300"), std::string("null"),
              std::string("\"10\"")})
            check_fault(before + value + "}}", "limits." + key,
                        {"must be a whole number " + range + ", not "});
        if (least > 0) check_fault(before + "0}}", "limits." + key, {range});
        // Both ends are allowed; the limits that depend on each other come along.
        for (const std::uint64_t value : {least, most}) {
            const std::string others = key == "connections" ? ", \"sessions\": 1"
                                       : key == "sessions"  ? ", \"connections\": 500000"
                                                            : "";
            (void)accepted(before + std::to_string(value) + others + "}}");
        }
    }
}

// The JSON library reports a number beyond double by another exception than a syntax error.
TEST_CASE("a number too large for any type is a fault like any other")
{
    for (const char* text : {R"({"limits": {"sessions": 1e999}})", R"({"public_port": -1e999})",
                             "1e999", R"({"unknown": [1e400]})"}) {
        INFO(text);
        Parsed parsed;
        REQUIRE_NOTHROW(parsed = parse_config(text));
        CHECK(parsed.faults.size() == 1);
    }
}

TEST_CASE("other numbers")
{
    check_fault(R"({"public_port": 65536})", "public_port",
                {"must be a whole number from 0 to 65535, not 65536"});
    check_fault(R"({"public_port": "443"})", "public_port", {"from 0 to 65535, not \"443\""});
    check_fault(R"({"shutdown_grace_seconds": 3601})", "shutdown_grace_seconds",
                {"from 0 to 3600"});
    check_fault(R"({"shutdown_grace_seconds": -3})", "shutdown_grace_seconds", {"not -3"});
}

TEST_CASE("endpoints to listen at")
{
    for (const std::string key : {"listen", "admin.listen"}) {
        const auto text = [&](const std::string& value) {
            return key == "listen" ? "{\"listen\": " + value + "}"
                                   : "{\"admin\": {\"listen\": " + value + "}}";
        };
        for (const std::string value : {"\"0.0.0.0\"", "\"0.0.0.0:65536\"", "\"relay.example:1\"",
                                        "\"::1:1\"", "\"\"", "55435", "null", "[]", "{}"})
            check_fault(text("[\"127.0.0.1:1\", " + value + "]"), key + "[1]",
                        {"must be an address with a port, such as \"0.0.0.0:55435\" or "
                         "\"[::]:55435\", not " +
                         shown_as(value)});
        for (const std::string value : {"\"0.0.0.0:55435\"", "55435", "null", "{}"})
            check_fault(text(value), key, {"must be a list of at most 16 texts, each an address"});
        std::string many = "[\"127.0.0.1:1\"";
        for (int more = 0; more < 16; ++more)
            many += ", \"127.0.0.1:0\"";
        check_fault(text(many + "]"), key, {"must be a list of at most 16 texts"});
    }
    check_fault(R"({"listen": []})", "listen", {"must name at least one address"});
}

TEST_CASE("public names")
{
    for (const std::string name : {"", "relay.example", "203.0.113.7", "2001:db8::1", "a-b.C9"})
        CHECK(accepted("{\"public_name\": \"" + name + "\"}").public_name == name);
    CHECK(accepted("{\"public_name\": \"" + std::string(253, 'a') + "\"}").public_name.size() ==
          253);
    for (const std::string name : {" ", "relay example", "relay|1", "relay/", "rel\\\"ay",
                                   "relay\\n", "relay,example", "rel\xc3\xa4y", "*"})
        check_fault("{\"public_name\": \"" + name + "\"}", "public_name",
                    {"must be a host name or address of at most 253 characters, not "});
    check_fault("{\"public_name\": \"" + std::string(254, 'a') + "\"}", "public_name",
                {"at most 253 characters"});
    for (const std::string value : {"5", "null", "[]", "[\"relay\"]", "true"})
        check_fault("{\"public_name\": " + value + "}", "public_name", {"not " + shown_as(value)});
}

TEST_CASE("whether links are inspected")
{
    CHECK(accepted("{\"inspect\": true}").inspect);
    CHECK_FALSE(accepted("{\"inspect\": false}").inspect);
    for (const std::string value : {"0", "1", "null", "\"true\"", "[]", "{}"})
        check_fault("{\"inspect\": " + value + "}", "inspect",
                    {"must be true or false, not " + shown_as(value)});
}

TEST_CASE("log levels")
{
    for (const auto& [text, level] : {std::pair{"debug", LogLevel::debug},
                                      {"info", LogLevel::info},
                                      {"warning", LogLevel::warning},
                                      {"error", LogLevel::error}}) {
        CHECK(
            (accepted(std::string("{\"log\": {\"level\": \"") + text + "\"}}").log_level == level));
        CHECK(to_text(level) == text);
        LogLevel parsed{};
        CHECK(parse_log_level(text, parsed));
        CHECK((parsed == level));
    }
    for (const std::string value : {"\"warn\"", "\"INFO\"", "\"\"", "3", "null"})
        check_fault(
            "{\"log\": {\"level\": " + value + "}}", "log.level",
            {"must be \"debug\", \"info\", \"warning\" or \"error\", not " + shown_as(value)});
    LogLevel untouched = LogLevel::error;
    CHECK_FALSE(parse_log_level("trace", untouched));
    CHECK((untouched == LogLevel::error));
}

TEST_CASE("networks of the access lists")
{
    for (const std::string role : {"host", "join"}) {
        for (const std::string list : {"allow", "deny"}) {
            const auto text = [&](const std::string& value) {
                return "{\"access\": {\"" + role + "\": {\"" + list + "\": " + value + "}}}";
            };
            const std::string path = "access." + role + "." + list;
            for (const std::string value : {"\"all\"", "\"203.0.113.1/24\"", "\"203.0.113.0/33\"",
                                            "\"2001:db8::/129\"", "\"\"", "7", "null", "[]"})
                check_fault(text("[\"::/0\", " + value + "]"), path + "[1]",
                            {"must be an address or network, such as \"203.0.113.7\" or "
                             "\"2001:db8::/32\", not " +
                             shown_as(value)});
            check_fault(text("\"203.0.113.0/24\""), path, {"must be a list of at most 4096 texts"});
        }
    }
}

TEST_CASE("reserved sessions")
{
    const auto one = [](const std::string& inside) {
        return "{\"reserved_sessions\": [{" + inside + "}]}";
    };
    const std::string good_id = "\"id\": \"SOXOoTK4teZzRjg+\"";
    const std::string good_networks = "\"networks\": [\"::/0\"]";
    CHECK(accepted(one(good_id + ", " + good_networks)).policy.reserved.size() == 1);
    check_fault(one(good_networks), "reserved_sessions[0].id", {"must be there"});
    check_fault(one(good_id), "reserved_sessions[0].networks", {"must name at least one network"});
    check_fault(one(good_id + ", \"networks\": []"), "reserved_sessions[0].networks",
                {"must name at least one network"});
    check_fault("{\"reserved_sessions\": {}}", "reserved_sessions",
                {"must be a list of at most 1024 objects"});
    check_fault("{\"reserved_sessions\": null}", "reserved_sessions", {"must be a list"});
    check_fault("{\"reserved_sessions\": ["
                "{" +
                    good_id + ", " + good_networks +
                    "}, "
                    "{" +
                    good_id + ", " + good_networks + "}]}",
                "reserved_sessions[1].id", {"must not be reserved twice"});

    std::string many = "{\"reserved_sessions\": [{}";
    for (int more = 0; more < 1024; ++more)
        many += ", {}";
    check_fault(many + "]}", "reserved_sessions", {"must be a list of at most 1024 objects"});
}

TEST_CASE("reserved ids that are none")
{
    for (const std::string id :
         {"\"SOXOoTK4teZzRjg\"", "\"SOXOoTK4teZzRjg+A\"", "\"SOXOoTK4teZzRjg-\"",
          "\"SOXOoTK4teZzRg==\"", "\"\"", "5", "null", "\"AAAAAAAAAAAAAAAA\""}) {
        const Parsed parsed = parse_config("{\"reserved_sessions\": [{\"id\": " + id +
                                           ", \"networks\": [\"::/0\"]}]}");
        INFO(id << "\n" << lines_of(parsed.faults));
        REQUIRE_FALSE(parsed.faults.empty());
        for (const Fault& fault : parsed.faults)
            CHECK(fault.key == "reserved_sessions[0].id");
        CHECK(says(parsed.faults.front().problem,
                   "must be exactly 16 characters of A-Z, a-z, 0-9, + and /, and not all A, not " +
                       id));
    }
}

TEST_CASE("a refused reserved id is one fault, also if there are several")
{
    const Parsed parsed = parse_config(R"({"reserved_sessions": [
        {"id": "first", "networks": ["::/0"]}, {"id": "second", "networks": ["::/0"]}]})");
    INFO(lines_of(parsed.faults));
    CHECK(keys_of(parsed.faults) ==
          std::vector<std::string>{"reserved_sessions[0].id", "reserved_sessions[1].id"});
}

TEST_CASE("all faults are reported, in the order of the file")
{
    const Parsed parsed = parse_config(R"({
        "listen": ["nowhere", "0.0.0.0:1", 5],
        "public_name": "a b",
        "public_port": -1,
        "admin": {"listen": "x"},
        "log": {"level": "loud", "file": "x"},
        "inspect": "yes",
        "shutdown_grace_seconds": 1.5,
        "access": {"host": {"deny": ["x"]}, "join": 5},
        "reserved_sessions": [{"id": "SOXOoTK4teZzRjg+"}],
        "limits": {"sessions": 0, "connection": 5, "greeting_seconds": "10"},
        "zzz": 1
    })");
    INFO(lines_of(parsed.faults));
    CHECK(keys_of(parsed.faults) ==
          std::vector<std::string>{"listen[0]", "listen[2]", "public_name", "public_port",
                                   "admin.listen", "log.level", "log.file", "inspect",
                                   "shutdown_grace_seconds", "access.host.deny[0]", "access.join",
                                   "reserved_sessions[0].networks", "limits.sessions",
                                   "limits.greeting_seconds", "limits.connection", "zzz"});
    for (const Fault& fault : parsed.faults)
        CHECK_FALSE(fault.problem.empty());
}

TEST_CASE("faults between keys")
{
    check_fault(R"({"limits": {"connections": 100, "sessions": 101}})", "limits.sessions",
                {"must not be above limits.connections (100)"});
    (void)accepted(R"({"limits": {"connections": 100, "sessions": 100}})");
    check_fault(R"({"limits": {"connections": 100}})", "limits.sessions", {"(100)"});
    Config config;
    config.listen.clear();
    config.policy.limits.connections = 2;
    CHECK(keys_of(check(config)) ==
          std::vector<std::string>{"listen", "limits.connections", "limits.sessions"});
}

TEST_CASE("deep nesting that nobody asked for is read without harm")
{
    for (const std::size_t depth : {10U, 1000U, 200000U})
        check_fault(nested("{\"unknown\": ", depth, "}"), "unknown", {"is no key here"});
    const Parsed open = parse_config(std::string(200000, '['));
    CHECK(keys_of(open.faults) == std::vector<std::string>{""});
}

// A value that is shown in a message must not be written by recursion: the stack is finite.
TEST_CASE("deep nesting in the place of a value is a fault")
{
    for (const std::size_t depth : {10U, 1000U, 200000U}) {
        check_fault(nested("", depth, ""), "", {"must be an object"});
        check_fault(nested("{\"limits\": ", depth, "}"), "limits", {"must be an object"});
        check_fault(nested("{\"public_port\": ", depth, "}"), "public_port", {"whole number"});
        check_fault(nested("{\"listen\": [", depth, "]}"), "listen[0]", {"must be an address"});
    }
}

} // namespace netplay_relay::config
