// What to write instead, for what people are seen to write.
#include "faults.hpp"

#include <utility>

namespace netplay_relay::config {

namespace {

using Cases = std::vector<std::pair<std::string, std::string>>;

// Each text, put between `before` and `after`, is answered with words that have the second in them.
void check_reasons(const std::string& before, const std::string& after, const std::string& key,
                   const Cases& cases)
{
    for (const auto& [text, reason] : cases)
        check_fault(before + "\"" + text + "\"" + after, key, {reason});
}

} // namespace

TEST_CASE("what is no address to listen on")
{
    const Cases cases{
        {"55435", "that is a port alone: write \"0.0.0.0:55435\" and \"[::]:55435\""},
        {":55435", "that is a port alone"},
        {"*:55435", "that is a port alone"},
        {"99999", "ports go from 0 to 65535"},
        {"0.0.0.0:70000", "ports go from 0 to 65535"},
        {"0.0.0.0:", "ports go from 0 to 65535"},
        {"0.0.0.0", "the port is missing: write \"0.0.0.0:55435\""},
        {"[::]", "the port is missing: write \"[::]:55435\""},
        {"::", "stands in brackets"},
        {"2001:db8::1:55435", "stands in brackets"},
        {"http://0.0.0.0:55435/", "that is a URL: leave out all but \"0.0.0.0:55435\""},
        {"relay.example:55435", "\"relay.example\" is a name: write the address"},
        {"localhost:55435", "\"localhost\" is a name"},
        {"0.0.0.0|55435", "before the port stands a :"},
        {"0.0.0.0: 55435", "leave out the blanks"},
        {"[fe80::1%eth0]:55435", "a zone"},
    };
    check_reasons("{\"listen\": [", "]}", "listen[0]", cases);
    check_reasons("{\"admin\": {\"listen\": [", "]}}", "admin.listen[0]", cases);
    check_reasons("{\"doors\": [{\"listen\": [", "]}]}", "doors[0].listen[0]", cases);
    check_fault(R"({"listen": [55435]})", "listen[0]", {"that is a port alone"});
    check_fault(R"({"listen": "0.0.0.0:55435"})", "listen", {"write it in brackets: [ ... ]"});
    check_fault(R"({"lan_discovery": {"listen": "55435"}})", "lan_discovery.listen",
                {"that is a port alone"});
}

TEST_CASE("what is no network")
{
    const Cases cases{
        {"203.0.113.7/24", "for the whole network write \"203.0.113.0/24\", for this address alone "
                           "\"203.0.113.7\""},
        {"2001:db8::1/32", "for the whole network write \"2001:db8::/32\""},
        {"203.0.113.7/33", "the number of the network's bits, 0 to 32"},
        {"203.0.113.7/", "the number of the network's bits"},
        {"2001:db8::/129", "0 to 128"},
        {"10.0.0.0/255.0.0.0", "write the network as \"10.0.0.0/8\""},
        {"192.168.1.7/255.255.255.0", "write the network as \"192.168.1.0/24\""},
        {"bob.dyndns.example", "that is a name, and names are not looked up"},
        {"203.0.113.7:55435", "without a port: \"203.0.113.7\""},
        {"[2001:db8::1]:55435", "without a port: \"2001:db8::1\""},
        {"[2001:db8::1]", "without brackets: \"2001:db8::1\""},
        {"https://203.0.113.7/", "that is a URL: leave out all but \"203.0.113.7\""},
        {"192.168.1.*", "write the network as \"192.168.1.0/24\""},
        {"192.168", "write the network as \"192.168.0.0/16\""},
        {"203.0.113.7-203.0.113.9", "write a range as networks"},
        {"all", "everybody is \"0.0.0.0/0\" and \"::/0\""},
        {"*", "everybody is"},
        {" 203.0.113.7", "leave out the blanks"},
        {"fe80::1%eth0", "a zone"},
        {"::ffff:203.0.113.7/24", "write IPv4 as \"203.0.113.7\""},
    };
    for (const std::string role : {"host", "join"})
        for (const std::string list : {"allow", "deny"})
            check_reasons("{\"access\": {\"" + role + "\": {\"" + list + "\": [", "]}}}",
                          "access." + role + "." + list + "[0]", cases);
    check_reasons("{\"reserved_sessions\": [{\"id\": \"FRIDAYNIGHTSNES1\", \"networks\": "
                  "[\"203.0.113.7\", ",
                  "]}]}", "reserved_sessions[0].networks[1]", cases);
    check_fault(R"({"access": {"host": {"allow": "203.0.113.7"}}})", "access.host.allow",
                {"write it in brackets"});
}

TEST_CASE("what is no public name")
{
    check_reasons("{\"public_name\": ", "}", "public_name",
                  {{"relay.example:55435", "write \"relay.example\", and 55435 as public_port"},
                   {"relay.example|443", "write \"relay.example\", and 443 as public_port"},
                   {"203.0.113.7:55435", "write \"203.0.113.7\", and 55435 as public_port"},
                   {"[2001:db8::1]:5", "write \"2001:db8::1\", and 5 as public_port"},
                   {"[2001:db8::1]", "without brackets: \"2001:db8::1\""},
                   {"https://relay.example/", "that is a URL: leave out all but \"relay.example\""},
                   {"relay example", "leave out the blanks"},
                   {"rel\xc3\xa4y.example", "begins with xn--"}});
    check_fault(R"({"public_name": 5})", "public_name", {"write it in quotes"});
}

TEST_CASE("what is no range of ports")
{
    const Cases cases{{"56099-56000", "the lower one comes first: \"56000-56099\""},
                      {"56000:56099", "write \"56000-56099\""},
                      {"56000..56099", "write \"56000-56099\""},
                      {"56000 - 56099", "leave out the blanks"},
                      {"56000-70000", "ports go from 1 to 65535"},
                      {"0", "ports go from 1 to 65535"},
                      {"5000-15000", "these are 10001"}};
    check_reasons("{\"join_ports\": ", "}", "join_ports", cases);
    check_reasons("{\"legacy_ports\": {\"range\": ", "}}", "legacy_ports.range", cases);
    check_fault(R"({"join_ports": 56000})", "join_ports", {"write it in quotes"});
}

TEST_CASE("what is no session id")
{
    check_reasons("{\"reserved_sessions\": [{\"networks\": [\"::/0\"], \"id\": ", "}]}",
                  "reserved_sessions[0].id",
                  {{"FRIDAYNIGHT", "it has 11"},
                   {"FRIDAY-NIGHTSNES", "- and _ are not"},
                   {"relay.example|55435|FRIDAYNIGHTSNES1", "only the id"}});
}

TEST_CASE("a word that is nearly right is told")
{
    check_fault(R"({"log": {"level": "warn"}})", "log.level", {"did you mean \"warning\"?"});
    check_fault(R"({"log": {"level": "INFO"}})", "log.level", {"did you mean \"info\"?"});
    check_fault(R"({"manual_ip": "rooms"})", "manual_ip", {"did you mean \"room\"?"});
    check_fault(R"({"doors": [{"listen": ["0.0.0.0:1"], "rooms": "by-core"}]})", "doors[0].rooms",
                {"did you mean \"by_core\"?"});
    check_fault(R"({"doors": [{"listen": ["0.0.0.0:1"], "manual_ip": "of"}]})",
                "doors[0].manual_ip", {"did you mean \"off\"?"});
}

TEST_CASE("a value of another type is told how to be written")
{
    check_fault(R"({"limits": {"sessions": "64"}})", "limits.sessions", {"without quotes"});
    check_fault(R"({"inspect": "false"})", "inspect", {"without quotes"});
    check_fault(R"({"doors": {"listen": ["0.0.0.0:1"]}})", "doors", {"write it in brackets"});
}

TEST_CASE("a key that is misspelt, or stands elsewhere, is told")
{
    check_fault(R"({"limit": {}})", "limit", {"; did you mean \"limits\"?"});
    check_fault(R"({"publicName": "x"})", "publicName", {"did you mean \"public_name\"?"});
    check_fault(R"({"limits": {"session": 5}})", "limits.session", {"did you mean \"sessions\"?"});
    check_fault(R"({"access": {"host": {"alow": []}}})", "access.host.alow",
                {"did you mean \"allow\"?"});
    check_fault(R"({"password": "moon"})", "password", {"there is rooms.password"});
    check_fault(R"({"level": "debug"})", "level", {"there is log.level"});
    const auto problem = [](const std::string& variable) {
        const Parsed parsed = parse_config("{}", std::vector<std::string>{variable});
        REQUIRE(parsed.faults.size() == 1);
        return parsed.faults.front().problem;
    };
    CHECK(says(problem("NETPLAY_RELAY_LIMITS__SESSION=5"),
               "did you mean \"NETPLAY_RELAY_LIMITS__SESSIONS\"?"));
    CHECK(problem("NETPLAY_RELAY_FOO=5") == "names no key of the configuration");
    CHECK(says(problem("NETPLAY_RELAY_LIMITS_SESSIONS=5"),
               "did you mean \"NETPLAY_RELAY_LIMITS__SESSIONS\"?"));
}

} // namespace netplay_relay::config
