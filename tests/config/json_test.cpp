// What is said of a text that is no JSON, and of keys that are there twice.
#include "faults.hpp"

namespace netplay_relay::config {

namespace {

void check_no_json(std::string_view text, std::string_view reason)
{
    const Parsed parsed = parse_config(text);
    INFO(text << "\n" << lines_of(parsed.faults));
    REQUIRE(parsed.faults.size() == 1);
    CHECK(parsed.faults.front().key.empty());
    CHECK(parsed.faults.front().problem == "is not JSON: " + std::string(reason));
}

} // namespace

TEST_CASE("a text with nothing in it is called empty")
{
    for (const std::string_view text :
         {"", " ", "\n\t\r\n", "// only a comment", "/* one */ // two\n"})
        check_fault(text, "", {"is empty: "});
    check_no_json("/* open", "the comment that begins in line 1 has no */");
}

TEST_CASE("a comma that is missing or too many is told with its line")
{
    check_no_json("{\n  \"public_port\": 1\n  \"inspect\": true\n}", "missing comma before line 3");
    check_no_json("{\n\"rooms\": {}\n// a comment\n\"log\": {}}", "missing comma before line 4");
    check_no_json("{\"listen\": [\"a\" \"b\"]}", "missing comma in line 1 before column 17");
    check_no_json("{\n\"inspect\": true,\n}", "one comma too many in line 2");
    check_no_json("{\"listen\": [\"a\",]}", "one comma too many in line 1");
    check_no_json("{\"listen\": [\"a\",, \"b\"]}", "one comma too many in line 1");
    check_no_json("{,}", "in line 1 a key is missing");
    check_no_json("{\"listen\": [,]}", "missing value in line 1");
}

TEST_CASE("brackets that do not fit are told with both lines")
{
    check_no_json("{\n\"limits\": {\n\"sessions\": 5\n", "the { of line 2 is never closed");
    check_no_json("{", "the { of line 1 is never closed");
    check_no_json("{\n\"listen\": [\"a\"\n}",
                  "in line 3 there is a } where a ] must close the [ of line 2");
    check_no_json("{\n}\n}", "one closing bracket too many in line 3");
    check_no_json("}", "it does not begin with {");
    check_no_json("{} {}", "line 1 goes on behind the closing bracket of the whole");
}

TEST_CASE("colons, quotes and values are told with their line")
{
    check_no_json("{\n\"limits\" {}}", "missing colon behind a key in line 2");
    check_no_json("{\"limits\" = {}}", "missing colon behind a key in line 1");
    check_no_json("{\"limits\": }", "missing value in line 1");
    check_no_json("{\n\n'limits': {}}", "in line 3 there is a ' where a \" must be");
    check_no_json("{limits: {}}", "in line 1 a key has no \" around it");
    check_no_json("{\"listen\": [\n0.0.0.0:55435]}", "in line 2 a colon is where a comma or a "
                                                     "closing bracket must be");
    check_no_json("{\"public_name\": relay.example}", "in line 1 a text has no \" around it");
    check_no_json("{\"inspect\": yes}", "in line 1 a text has no \" around it");
    check_no_json("{\"public_name\": \"relay\n}", "the text in line 1 has no closing \"");
    check_no_json("{\"public_name\": \"re\tlay\"}",
                  "in line 1 a text has a tabulator or another control character: write \\t for a "
                  "tabulator");
    check_no_json("{\"nick\": \"a\\q\"}",
                  "in line 1 a \\ means nothing: write \\\\ for a single one");
    check_no_json("{\"public_port\": 0x10}", "the number in line 1 is not written as one");
    check_no_json("{\"public_port\": 010}", "the number in line 1 is not written as one");
    check_no_json("{\n# mine\n}", "in line 2 a comment begins with #: write //");
    check_no_json("listen = 5", "it does not begin with {");
    check_no_json("\xff\xfe{}", "it is UTF-16: save it as UTF-8");
    check_no_json("{\"a\": \n1e999}", "a number is too large in line 2");
}

TEST_CASE("what is wrong never repeats the text")
{
    for (const std::string_view text :
         {"{\"rooms\": {\"password\": hunter2}}", "{\"rooms\": {\"password\": \"hunter2}}",
          "{\"rooms\": {\"password\" \"hunter2\"}}", "{\"password\": 'hunter2'}", "hunter2",
          "{\"password\": \"hunter2\"\nhunter2}", "{hunter2: 5}"}) {
        const Parsed parsed = parse_config(text);
        INFO(lines_of(parsed.faults));
        REQUIRE(parsed.faults.size() == 1);
        CHECK_FALSE(says(parsed.faults.front().problem, "hunter2"));
    }
}

// The second block would take the first one's place, and with it what it forbids.
TEST_CASE("a key given twice is a fault at every depth, with both lines")
{
    check_fault("{\n\"access\": {\"host\": {\"deny\": [\"0.0.0.0/0\"]}},\n\"log\": {},\n"
                "\"access\": {}\n}",
                "access", {"is given twice, in line 2 and in line 4"});
    check_fault("{\"access\": {\n\"host\": {\"allow\": [],\n\"allow\": []}}}", "access.host.allow",
                {"in line 2 and in line 3"});
    check_fault("{\n\"inspect\": true, \"inspect\": true}", "inspect",
                {"is given twice, in line 2: "});
    check_fault(R"({"doors": [{"listen": ["0.0.0.0:1"]}, {"listen": ["0.0.0.0:2"],
        "listen": ["0.0.0.0:3"]}]})",
                "doors[1].listen", {"in line 1 and in line 2"});
    check_fault(R"({"rooms": {"devices": [{"core": "a", "players": 1, "core": "b"}]}})",
                "rooms.devices[0].core");
    check_fault("{\"inspect\": true, \"\\u0069nspect\": true}", "inspect");
    const Parsed thrice =
        parse_config("{\n\"inspect\": true,\n\"inspect\": true,\n\"inspect\": 1}");
    CHECK(keys_of(thrice.faults) == std::vector<std::string>{"inspect", "inspect", "inspect"});
}

TEST_CASE("the same key in different objects is given once each")
{
    (void)accepted(R"({"access": {"host": {"allow": []}, "join": {"allow": []}},
        "listen": ["0.0.0.0:1"], "admin": {"listen": ["0.0.0.0:2"]},
        "doors": [{"listen": ["0.0.0.0:3"]}, {"listen": ["0.0.0.0:4"]}]})");
}

TEST_CASE("keys given twice without end are told in part")
{
    std::string text = "{\"inspect\": true";
    for (int more = 0; more < 10000; ++more)
        text += ",\"inspect\": true";
    const Parsed parsed = parse_config(text + "}");
    CHECK(parsed.faults.size() == 32);
    // However deep it is.
    std::string deep = "{\"a\":1,\"a\":" + std::string(50000, '[') + "{\"b\":1,\"b\":2}" +
                       std::string(50000, ']') + "}";
    for (const Fault& fault : parse_config(deep).faults)
        CHECK(fault.key.size() < 200);
}

TEST_CASE("a key given twice in the JSON of a variable names the variable")
{
    const auto faults_of = [](const std::string& variable) {
        return parse_config("{}", std::vector<std::string>{variable}).faults;
    };
    auto faults = faults_of("NETPLAY_RELAY_LIMITS={\"sessions\": 5, \"sessions\": 6}");
    INFO(lines_of(faults));
    REQUIRE(faults.size() == 1);
    CHECK(faults.front().key == "NETPLAY_RELAY_LIMITS.sessions");
    CHECK(says(faults.front().problem, "is given twice: "));
    faults = faults_of("NETPLAY_RELAY_DOORS=[{\"listen\": [\"0.0.0.0:1\"], \"rooms\": "
                       "\"by_core\",\n\"rooms\": \"by_content\"}]");
    REQUIRE(faults.size() == 1);
    CHECK(faults.front().key == "NETPLAY_RELAY_DOORS[0].rooms");
    CHECK(says(faults.front().problem, "in line 1 and in line 2"));
}

TEST_CASE("a text without blanks takes no more time than its length")
{
    const std::string brackets(1'000'000, '[');
    const Parsed parsed = parse_config(brackets, {});
    REQUIRE(parsed.faults.size() == 1);
    CHECK(says(parsed.faults.front().problem, "the [ of line 1 is never closed"));
}

TEST_CASE("of very many faults the first are told, and how many more there are")
{
    std::string text = "{";
    for (int at = 0; at < 1000; ++at)
        text += (at == 0 ? "\"k" : ",\"k") + std::to_string(at) + "\":1";
    const Parsed parsed = parse_config(text + "}", {});
    REQUIRE(parsed.faults.size() == faults_told_most + 1);
    CHECK(parsed.faults.back().key.empty());
    CHECK(parsed.faults.back().problem == "has 900 more faults");
}

TEST_CASE("a variable that is nearly JSON says why it is none")
{
    for (const auto& [variable, reason] :
         {std::pair<std::string, std::string>{"NETPLAY_RELAY_LIMITS={\"sessions\" 5}",
                                              "missing colon"},
          {"NETPLAY_RELAY_DOORS=[{\"listen\": [\"0.0.0.0:1\"]", "is never closed"},
          {"NETPLAY_RELAY_LISTEN=[\"0.0.0.0:1\"", "is never closed"}}) {
        const Parsed parsed = parse_config("{}", std::vector<std::string>{variable});
        INFO(lines_of(parsed.faults));
        REQUIRE(parsed.faults.size() == 1);
        CHECK(says(parsed.faults.front().problem, reason));
    }
}

} // namespace netplay_relay::config
