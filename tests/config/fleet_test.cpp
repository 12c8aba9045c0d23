// A fleet: what may be written of it, and what belongs together.
#include "faults.hpp"

namespace netplay_relay::config {

TEST_CASE("a relay is alone if nobody says otherwise")
{
    for (const char* text : {"{}", R"({"fleet": {}})", R"({"fleet": {"node": "none"}})"}) {
        const FleetSettings fleet = accepted(text).fleet;
        CHECK_FALSE(fleet.node);
        CHECK_FALSE(fleet.listen);
        CHECK(fleet.nodes.empty());
        CHECK(fleet.key_file.empty());
    }
}

TEST_CASE("a node and the others of its fleet")
{
    const FleetSettings fleet = accepted(R"({"fleet": {"node": 0, "listen": "0.0.0.0:55437",
        "nodes": [{"node": 2, "address": "192.0.2.2:55437"},
                  {"node": 0, "address": "relay0.example:1"},
                  {"node": 19, "address": "relay19.example:65535"},
                  {"node": 1, "address": "[2001:db8::1]:55437"}],
        "key_file": "/etc/netplay-relay/fleet.key"}})")
                                    .fleet;
    CHECK((fleet.node == std::optional<std::uint8_t>{0}));
    REQUIRE(fleet.listen);
    CHECK(wire::to_text(*fleet.listen) == "0.0.0.0:55437");
    CHECK((fleet.nodes == std::vector<FleetNode>{{2, "192.0.2.2", 55437},
                                                 {19, "relay19.example", 65535},
                                                 {1, "2001:db8::1", 55437}}));
    CHECK(fleet.key_file == "/etc/netplay-relay/fleet.key");
    CHECK((accepted(R"({"fleet": {"node": 19}})").fleet.node == std::optional<std::uint8_t>{19}));
    CHECK_FALSE(accepted(R"({"fleet": {"node": 1, "listen": ""}})").fleet.listen);
}

TEST_CASE("the number of a node as a variable, with one file for all")
{
    const std::string text = R"({"fleet": {"nodes": [{"node": 1, "address": "192.0.2.1:55437"},
                                                     {"node": 2, "address": "192.0.2.2:55437"}],
                                           "key_file": "key"}})";
    const Parsed parsed =
        parse_config(text, std::vector<std::string>{"NETPLAY_RELAY_FLEET__NODE=2"});
    CHECK(parsed.faults.empty());
    CHECK((parsed.config.fleet.node == std::optional<std::uint8_t>{2}));
    CHECK((parsed.config.fleet.nodes == std::vector<FleetNode>{{1, "192.0.2.1", 55437}}));
    const Parsed none =
        parse_config("{}", std::vector<std::string>{"NETPLAY_RELAY_FLEET__NODE=none"});
    CHECK(none.faults.empty());
    CHECK_FALSE(none.config.fleet.node);
}

TEST_CASE("faults of a fleet")
{
    check_fault(R"({"fleet": {"node": 20}})", "fleet.node", {"0 to 19", "20"});
    check_fault(R"({"fleet": {"node": -1}})", "fleet.node");
    check_fault(R"({"fleet": {"node": "1"}})", "fleet.node", {"without quotes"});
    check_fault(R"({"fleet": {"node": 1, "key_file": "key", "listen": "0.0.0.0"}})", "fleet.listen",
                {"port is missing"});
    for (const char* address :
         {"", "name", "name:", "name:0", ":55437", "name:65536", "name:-1", "name:1 ", "na me:1",
          "2001:db8::1:1", "[2001:db8::1]", "192.0.2.1:0", "name:55437x"}) {
        INFO(address);
        CHECK_FALSE(parse_node_address(address));
        const std::string text = std::string(R"({"fleet": {"node": 1, "key_file": "key",
            "nodes": [{"node": 2, "address": ")") +
                                 address + R"("}]}})";
        check_fault(text, "fleet.nodes[0].address", {"with a port"});
    }
    check_fault(R"({"fleet": {"node": 1, "key_file": "key", "nodes": [{"node": 2}]}})",
                "fleet.nodes[0].address", {"must be there"});
    check_fault(R"({"fleet": {"node": 1, "key_file": "key", "nodes": [{"address": "a:1"}]}})",
                "fleet.nodes[0].node", {"must be there"});
    check_fault(R"({"fleet": {"node": 1, "key_file": "key", "nodes": [
        {"node": 2, "address": "a:1"}, {"node": 2, "address": "b:1"}]}})",
                "fleet.nodes[1].node", {"twice"});
}

TEST_CASE("links need a number and a key, and an address of their own")
{
    const std::string nodes = R"("nodes": [{"node": 2, "address": "a:1"}])";
    check_fault(R"({"fleet": {"listen": "0.0.0.0:55437", "key_file": "key"}})", "fleet.listen",
                {"fleet.node"});
    check_fault(R"({"fleet": {"node": 1, "listen": "0.0.0.0:55437"}})", "fleet.listen",
                {"fleet.key_file"});
    check_fault(R"({"fleet": {"key_file": "key", )" + nodes + "}}", "fleet.nodes", {"fleet.node"});
    check_fault(R"({"fleet": {"node": 1, )" + nodes + "}}", "fleet.nodes", {"fleet.key_file"});
    check_fault(R"({"fleet": {"node": 1, "key_file": "key", "listen": "0.0.0.0:55435"}})",
                "fleet.listen", {"listen[0]"});
    CHECK(accepted(R"({"fleet": {"node": 1, "key_file": "key"}})").fleet.nodes.empty());
}

TEST_CASE("more nodes than there are numbers")
{
    std::string nodes;
    for (int at = 0; at <= nodes_max; ++at)
        nodes += std::string(at == 0 ? "" : ",") + R"({"node": )" + std::to_string(at) +
                 R"(, "address": "a:1"})";
    check_fault(R"({"fleet": {"node": 1, "key_file": "key", "nodes": [)" + nodes + "]}}",
                "fleet.nodes", {"at most 20"});
}

TEST_CASE("what is promised belongs to a node")
{
    const std::string text = R"("reserved_sessions": [
            {"id": "FRIDAYNIGHTSNES1", "networks": ["192.0.2.1"]},
            {"id": "GRIDAYNIGHTSNES1", "networks": ["192.0.2.1"]}],
        "doors": [{"listen": ["0.0.0.0:1"], "session": "HRIDAYNIGHTSNES1"}],
        "parties": {"reserved_codes": [{"code": "CAMECLUB", "networks": ["192.0.2.1"]},
                                       {"code": "GAMECLUB", "networks": ["192.0.2.1"]}]})";
    CHECK(warnings(accepted("{" + text + "}")).empty());
    const auto told = warnings(accepted(R"({"fleet": {"node": 1}, )" + text + "}"));
    REQUIRE(told.size() == 3);
    CHECK(says(told[0], "reserved_sessions[1].id is node 5's"));
    CHECK(says(told[1], "doors[0].session is node 9's"));
    CHECK(says(told[2], "parties.reserved_codes[1].code is node 4's"));
}

TEST_CASE("lobby and parties know the node, and a reload does not change it")
{
    const Config running = accepted(R"({"fleet": {"node": 7}})");
    CHECK((running.policy.node == running.fleet.node));
    CHECK((running.policy.parties.node == running.fleet.node));
    Config next = accepted(R"({"fleet": {"node": 8}, "public_name": "new"})");
    keep_fleet(running, next);
    CHECK(next.public_name == "new");
    CHECK((next.fleet == running.fleet));
    CHECK((next.policy == running.policy));
}

TEST_CASE("a fleet needs a restart")
{
    const Config running;
    const Config wanted = accepted(R"({"fleet": {"node": 1}})");
    CHECK((keys_for_restart(running, wanted) == std::vector<std::string>{"fleet"}));
    CHECK(keys_for_restart(wanted, wanted).empty());
}

} // namespace netplay_relay::config
