// What nodes say of themselves, put together, and as a table.
#include "admin/fleet_json.hpp"

#include "admin/fleet_table.hpp"
#include "some_status.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace netplay_relay;
using nlohmann::json;

namespace {

net::NodeAnswer answer(fleet::Node node, std::string status, std::string problem = {})
{
    return {node,
            node == 1,
            "10.0.0.1" + std::to_string(node) + ":55437",
            std::move(problem),
            std::move(status),
            {}};
}

json node_status()
{
    json status = admin::some_status();
    status["program"] = "netplay-relay";
    status["use"].update({{"waiting_joins", 0}, {"parties", 1}, {"peers", 0}});
    status["parties"] = json::array({{{"code", "BCDFGHJK"},
                                      {"game", "tanks 3"},
                                      {"age_seconds", 5},
                                      {"peers", json::array()}}});
    return status;
}

constexpr const char* drains =
    R"({"program":"netplay-relay","state":"draining","use":{"sessions":2,"links":3}})"
    "\n";

} // namespace

TEST_CASE("of a status the words that add up are read, wherever else such words stand")
{
    const auto read = admin::read_summary(
        R"({"state":"running","workers":[{"use":{"sessions":9}},[["use"]]],
            "program":"netplay-relay","use":{"sessions":2,"deep":{"sessions":8},"links":3},
            "sessions":[{"state":"open"}]})");
    REQUIRE(read);
    CHECK(read->state == "running");
    CHECK(read->use == std::map<std::string, std::uint64_t>{{"sessions", 2}, {"links", 3}});
}

TEST_CASE("what is no status is not taken for one")
{
    const std::string deep(100, '[');
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("[]"), std::string("\"netplay-relay\""),
          std::string(R"({"program":"another"})"), R"({"program":"netplay-relay","a":)" + deep,
          std::string(R"({"program":"netplay-relay"}})"),
          std::string("{\"program\":\"netplay-relay\",\"state\":\"\xff\"}")})
        CHECK_FALSE(admin::read_summary(text));
}

TEST_CASE("all nodes are in one JSON, with why one of them has not answered")
{
    const std::string text =
        admin::fleet_json({answer(0, drains), answer(1, node_status().dump()),
                           answer(2, "", "no \"answer\" in time"), answer(3, "{\"program\":1}")});
    CHECK(text.ends_with("}\n"));
    const json fleet = json::parse(text);
    const json& nodes = fleet.at("nodes");
    CHECK(nodes.at(0).at("state") == "draining");
    CHECK(nodes.at(0).at("status").at("use").at("links") == 3);
    CHECK(nodes.at(1).at("state") == "up");
    CHECK(nodes.at(1).at("own") == true);
    CHECK(nodes.at(1).at("problem").is_null());
    CHECK(nodes.at(1).at("status") == node_status());
    CHECK(nodes.at(2).at("state") == "down");
    CHECK(nodes.at(2).at("problem") == "no \"answer\" in time");
    CHECK(nodes.at(2).at("status").is_null());
    CHECK(nodes.at(3).at("problem") == "what it tells is no status");
    const json& totals = fleet.at("totals");
    CHECK(totals.at("nodes") == 4);
    CHECK(totals.at("down") == 2);
    const std::uint64_t sessions = node_status().at("use").at("sessions").get<std::uint64_t>();
    CHECK(totals.at("sessions") == 2 + sessions);
}

TEST_CASE("a fleet is a table of its nodes, and of the games of all")
{
    const std::string text =
        admin::fleet_json({answer(1, node_status().dump()), answer(2, "", "hung up\x1b[2J")});
    const auto table = admin::fleet_table(text);
    REQUIRE(table);
    CHECK(table->starts_with("2 nodes: 1 up, 0 draining, 1 down; "));
    CHECK(table->find("\n  1*   10.0.0.11:55437") != std::string::npos);
    CHECK(table->find("    hung up") != std::string::npos);
    CHECK(table->find('\x1b') == std::string::npos);
    for (const auto* kind : {"session", "room", "party"})
        CHECK(table->find(std::string("\n  1    ") + kind) != std::string::npos);
    const auto cut = admin::fleet_table(text, 4);
    REQUIRE(cut);
    CHECK(std::ranges::count(*cut, '\n') == 4);
    CHECK(table->starts_with(*cut));
}

TEST_CASE("a node that takes nothing new is closed, and its row says so, and who is passed on")
{
    json closed = node_status();
    closed["takes_new"] = false;
    closed["fleet"] = {{"hops_sent", 1}, {"hops_taken", 3}};
    json sends = node_status();
    sends["fleet"] = {{"hops_sent", 2}, {"hops_taken", 0}};
    json takes = node_status();
    takes["fleet"] = {{"hops_sent", 0}, {"hops_taken", 1}};
    const std::string text = admin::fleet_json(
        {answer(0, sends.dump()), answer(1, closed.dump()), answer(2, takes.dump())});
    CHECK(json::parse(text).at("nodes").at(1).at("state") == "closed");
    CHECK(json::parse(text).at("totals").at("closed") == 1);
    const std::string table = admin::fleet_table(text).value();
    CHECK(table.starts_with("3 nodes: 2 up, 1 closed, 0 draining, 0 down; "));
    for (const auto* words :
         {"    takes no new games until \"netplay-relay new on\" is said there\n",
          "    2 players are passed on to other nodes\n", "    1 player comes from other nodes\n",
          "    1 player is passed on to other nodes, 3 come from other nodes\n"})
        CHECK(table.find(words) != std::string::npos);
    CHECK_FALSE(admin::is_fleet_whole(text));
}

TEST_CASE("a fleet is whole if all nodes are up, and nothing is wrong with their numbers")
{
    const std::string status = node_status().dump();
    CHECK(admin::is_fleet_whole(admin::fleet_json({answer(0, status), answer(1, status)})));
    CHECK_FALSE(admin::is_fleet_whole(admin::fleet_json({answer(0, status), answer(1, drains)})));
    CHECK_FALSE(admin::is_fleet_whole(admin::fleet_json({answer(0, status), answer(1, "", "no")})));
    net::NodeAnswer twice = answer(1, status);
    twice.warning = "two relays are node 1";
    const std::string text = admin::fleet_json({answer(0, status), twice});
    CHECK_FALSE(admin::is_fleet_whole(text));
    CHECK(json::parse(text).at("nodes").at(1).at("state") == "up");
    CHECK(json::parse(text).at("nodes").at(1).at("problem") == "two relays are node 1");
    CHECK(admin::fleet_table(text)->find("    two relays are node 1\n") != std::string::npos);
    for (const char* none : {"", "{}", "[]", R"({"nodes":[]})", R"({"nodes":[1]})"})
        CHECK_FALSE(admin::is_fleet_whole(none));
}

TEST_CASE("where nobody plays it is not said of nodes that nobody knows of")
{
    json idle = node_status();
    idle["sessions"] = idle["rooms"] = idle["parties"] = json::array();
    const auto table = [](std::vector<net::NodeAnswer> answers) {
        return admin::fleet_table(admin::fleet_json(std::move(answers))).value();
    };
    CHECK(table({answer(0, idle.dump())}).find("\nNobody plays.\n") != std::string::npos);
    const std::string some = table({answer(0, idle.dump()), answer(1, "", "hung up")});
    CHECK(some.find("Nobody plays.") == std::string::npos);
    CHECK(some.find("of those that are down nothing is known") != std::string::npos);
}

TEST_CASE("what is no fleet is no table")
{
    for (const char* text : {"", "{}", R"({"nodes":[],"totals":{}})", R"({"error":"none"})"})
        CHECK_FALSE(admin::fleet_table(text));
}
