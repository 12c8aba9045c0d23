// Addresses and ports that cannot all be listened on, as the relay binds them.
#include "faults.hpp"

namespace netplay_relay::config {

TEST_CASE("the same address twice")
{
    check_fault(R"({"listen": ["0.0.0.0:5", "0.0.0.0:5"]})", "listen[1]",
                {"must not be 0.0.0.0:5: it is listen[0] already"});
    check_fault(R"({"doors": [{"listen": ["0.0.0.0:55435"]}]})", "doors[0].listen[0]",
                {"it is listen[0] already"});
    check_fault(R"({"doors": [{"listen": ["[::]:7"]}, {"listen": ["[::]:8", "[::]:7"]}]})",
                "doors[1].listen[1]", {"it is doors[0].listen[0] already"});
    check_fault(R"({"listen": ["127.0.0.1:55480"]})", "admin.listen[0]",
                {"it is listen[0] already"});
    check_fault(R"({"admin": {"listen": ["127.0.0.1:5", "127.0.0.1:5"]}})", "admin.listen[1]");
    check_fault(R"({"listen": ["[::ffff:127.0.0.1]:5", "127.0.0.1:5"]})", "listen[1]",
                {"it is listen[0] already"});
}

TEST_CASE("a wildcard has the port on each of its addresses")
{
    check_fault(R"({"listen": ["0.0.0.0:5", "192.0.2.1:5"]})", "listen[1]",
                {"listen[0] (0.0.0.0:5) has that port on every IPv4 address"});
    check_fault(R"({"listen": ["192.0.2.1:5", "0.0.0.0:5"]})", "listen[1]",
                {"which is every IPv4 address: listen[0] (192.0.2.1:5)"});
    check_fault(R"({"listen": ["[::]:5"], "doors": [{"listen": ["[2001:db8::1]:5"]}]})",
                "doors[0].listen[0]", {"listen[0] ([::]:5) has that port on every IPv6 address"});
    check_fault(R"({"admin": {"listen": ["127.0.0.1:55435"]}})", "admin.listen[0]",
                {"listen[0] (0.0.0.0:55435) has that port"});
    check_fault(R"({"admin": {"listen": ["[::1]:55435"]}})", "admin.listen[0]", {"listen[1]"});
}

TEST_CASE("what can be listened on at the same time is no fault")
{
    for (const char* text :
         {R"({"listen": ["0.0.0.0:5", "[::]:5"]})", // IPv6 sockets take no IPv4 here
          R"({"listen": ["0.0.0.0:5", "[::1]:5"]})",
          R"({"listen": ["192.0.2.1:5", "192.0.2.2:5"]})",
          R"({"listen": ["0.0.0.0:0", "0.0.0.0:0", "127.0.0.1:0"]})", // the system chooses
          R"({"listen": ["0.0.0.0:5"], "doors": [{"listen": ["0.0.0.0:6"]}]})",
          R"({"lan_discovery": {"enabled": true}})", // UDP beside TCP
          R"({"join_ports": "56000-56099", "legacy_ports": {"range": "56100-56109"}})",
          R"({"listen": ["0.0.0.0:5"], "admin": {"listen": ["[::1]:56001"]},
              "join_ports": "56000-56099"})"})
        (void)accepted(text);
}

TEST_CASE("ranges are opened wherever players come in")
{
    check_fault(
        R"({"join_ports": "55430-55440"})", "join_ports",
        {"must not be 55430-55440: listen[0] (0.0.0.0:55435) has one of these ports already"});
    check_fault(R"({"join_ports": "55435"})", "join_ports", {"has that port already"});
    check_fault(R"({"legacy_ports": {"range": "55435-55435"}})", "legacy_ports.range",
                {"listen[0]"});
    check_fault(R"({"join_ports": "55470-55490"})", "join_ports",
                {"admin.listen[0] (127.0.0.1:55480)"});
    check_fault(R"({"listen": ["192.0.2.1:5"], "admin": {"listen": []},
        "doors": [{"listen": ["[::]:6"]}], "join_ports": "1-6"})",
                "join_ports", {"listen[0]"});
    check_fault(R"({"listen": ["192.0.2.1:5"], "doors": [{"listen": ["[::]:6"]}],
        "legacy_ports": {"range": "6-9"}})",
                "legacy_ports.range", {"doors[0].listen[0] ([::]:6)"});
    check_fault(R"({"join_ports": "56000-56099", "legacy_ports": {"range": "56099-56100"}})",
                "legacy_ports.range",
                {"must not be 56099-56100: join_ports (56000-56099) has some of these"});
}

TEST_CASE("all that are in each other's way are told, each once")
{
    const Parsed parsed = parse_config(R"({"listen": ["0.0.0.0:5", "0.0.0.0:5", "127.0.0.1:5"],
        "doors": [{"listen": ["0.0.0.0:5"]}], "join_ports": "1-9",
        "legacy_ports": {"range": "1-9"}})");
    INFO(lines_of(parsed.faults));
    CHECK(keys_of(parsed.faults) == std::vector<std::string>{"listen[1]", "listen[2]",
                                                             "doors[0].listen[0]", "join_ports",
                                                             "legacy_ports.range"});
}

TEST_CASE("a listener that a variable names is told by the variable")
{
    const auto keys = [](const std::vector<std::string>& variables) {
        return keys_of(parse_config("{}", variables).faults);
    };
    CHECK(keys({"NETPLAY_RELAY_ADMIN__LISTEN=127.0.0.1:55435"}) ==
          std::vector<std::string>{"NETPLAY_RELAY_ADMIN__LISTEN[0]"});
    CHECK(keys({"NETPLAY_RELAY_DOORS=[{\"listen\": [\"0.0.0.0:55435\"]}]"}) ==
          std::vector<std::string>{"NETPLAY_RELAY_DOORS[0].listen[0]"});
    CHECK(keys({"NETPLAY_RELAY_JOIN_PORTS=55435"}) ==
          std::vector<std::string>{"NETPLAY_RELAY_JOIN_PORTS"});
    CHECK(keys({"NETPLAY_RELAY_LEGACY_PORTS={\"range\": \"55435\"}"}) ==
          std::vector<std::string>{"NETPLAY_RELAY_LEGACY_PORTS.range"});
}

TEST_CASE("a listener with rooms of its own lets players into rooms")
{
    for (const std::string rooms : {"by_password", "by_core"}) {
        for (const std::string manual_ip : {"tunnel", "off"}) {
            const std::string door = "{\"listen\": [\"0.0.0.0:6\"], \"rooms\": \"" + rooms + "\"";
            check_fault("{\"doors\": [" + door + ", \"manual_ip\": \"" + manual_ip + "\"}]}",
                        "doors[0].rooms", {"manual_ip of this door is \"" + manual_ip + "\""});
            check_fault("{\"manual_ip\": \"" + manual_ip + "\", \"doors\": [" + door + "}]}",
                        "doors[0].rooms", {"of the whole relay is \"" + manual_ip + "\""});
            (void)accepted("{\"manual_ip\": \"" + manual_ip + "\", \"doors\": [" + door +
                           ", \"manual_ip\": \"room\"}]}");
        }
    }
    check_fault(R"({"doors": [{"listen": ["0.0.0.0:6"], "manual_ip": "off", "multitap": true}]})",
                "doors[0].multitap", {"needs rooms"});
}

TEST_CASE("who cannot be reached by IPv4 is warned: hosts come by nothing else")
{
    CHECK(warnings(Config{}).empty());
    CHECK(warnings(accepted(R"({"public_name": "203.0.113.7"})")).empty());
    CHECK(warnings(accepted(R"({"public_name": "relay.example"})")).empty());
    const auto listening = warnings(accepted(R"({"listen": ["[::]:55435"]})"));
    REQUIRE(listening.size() == 1);
    CHECK(says(listening.front(), "listen has no IPv4 address"));
    const auto named = warnings(accepted(R"({"public_name": "2001:db8::1"})"));
    REQUIRE(named.size() == 1);
    CHECK(says(named.front(), "public_name is an IPv6 address"));
}

} // namespace netplay_relay::config
