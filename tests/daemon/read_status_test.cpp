#include "daemon/doctor/read_status.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace netplay_relay;
using netplay_relay::daemon::doctor::read_service;
using netplay_relay::daemon::doctor::read_status;
using netplay_relay::daemon::doctor::RelayFacts;
using nlohmann::json;

namespace {

json some_status()
{
    const auto side = [](const char* address) { return json{{"address", address}}; };
    return {{"version", "1.2.3"},
            {"process", 812},
            {"state", "running"},
            {"uptime_seconds", 12.5},
            {"config_file", "/etc/relay.json"},
            {"kept_problem", "the disk is full"},
            {"takes_new", false},
            {"listening",
             json::array({{{"address", "0.0.0.0"}, {"port", 55435}, {"state", "listening"}},
                          {{"address", "::"}, {"port", 55435}, {"state", "no_ipv6"}}})},
            {"admin_listening", json::array({{{"address", "127.0.0.1"}, {"port", 55480}}})},
            {"handovers", {{"format", 2}, {"last_problem", nullptr}}},
            {"totals", {{"standstills", 1}, {"log_lines_lost", 3}}},
            {"sessions",
             json::array({{{"host", side("203.0.113.7:4")},
                           {"links", json::array({{{"guest", side("198.51.100.23:5")}}})}}})},
            {"rooms", json::array({{{"members", json::array({side("[2001:db8::1]:7")})}}})}};
}

} // namespace

TEST_CASE("what the doctor wants to know of a status")
{
    RelayFacts relay;
    read_status(some_status().dump(), relay);
    CHECK(relay.answers);
    CHECK(relay.version == "1.2.3");
    CHECK(relay.process == 812);
    CHECK(relay.config_file == "/etc/relay.json");
    CHECK(relay.record_version == 2U);
    CHECK(relay.handover_problem.empty());
    CHECK(relay.kept_problem == "the disk is full");
    CHECK_FALSE(relay.takes_new);
    CHECK(relay.standstills == 1);
    CHECK(relay.log_lines_lost == 3);
    REQUIRE(relay.listening.size() == 3);
    CHECK(relay.listening[1].state == "no_ipv6");
    CHECK(relay.listening[2].endpoint == wire::parse_endpoint("127.0.0.1:55480"));
    REQUIRE(relay.players.size() == 3);
    CHECK(relay.players[2] == wire::parse_address("2001:db8::1"));
}

TEST_CASE("of the fleet: the number, where it takes links, and what is wrong with numbers")
{
    json status = some_status();
    status["fleet"] = nullptr;
    RelayFacts alone;
    read_status(status.dump(), alone);
    CHECK(alone.answers);
    CHECK_FALSE(alone.node);
    status["fleet"] = {
        {"node", 3},
        {"listening", {{"address", "10.0.0.1"}, {"port", 55437}, {"state", "listening"}}},
        {"problem", "two relays are node 3"}};
    RelayFacts relay;
    read_status(status.dump(), relay);
    CHECK(relay.node == 3U);
    CHECK(relay.fleet_problem == "two relays are node 3");
    REQUIRE(relay.listening.size() == 4);
    CHECK(relay.listening[2].endpoint == wire::parse_endpoint("10.0.0.1:55437"));
    status["fleet"] = {{"node", 3}, {"listening", nullptr}, {"problem", nullptr}};
    RelayFacts other;
    read_status(status.dump(), other);
    CHECK(other.answers);
    CHECK(other.fleet_problem.empty());
}

TEST_CASE("an older relay's status has less in it")
{
    json status = some_status();
    for (const char* field : {"process", "config_file", "admin_listening", "handovers"})
        status.erase(field);
    RelayFacts relay;
    read_status(status.dump(), relay);
    CHECK(relay.answers);
    CHECK_FALSE(relay.record_version);
}

TEST_CASE("what is no status is no relay")
{
    for (const char* text : {"", "<html>", "{}", "[]", R"({"version": 3})"}) {
        RelayFacts relay;
        read_status(text, relay);
        CHECK_FALSE(relay.answers);
        CHECK(relay.error == "what answers there is no relay's status");
    }
}

TEST_CASE("what systemd says of the service, and of its socket")
{
    auto service = read_service("LoadState=loaded\nActiveState=failed\nUnitFileState=disabled\n"
                                "LimitNOFILE=8192\nNRestarts=9\nResult=exit-code\n\n"
                                "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
                                "LimitNOFILE=1024\nResult=success\n");
    CHECK(service.is_there);
    CHECK(service.has_failed);
    CHECK(service.begins_at_boot);
    CHECK(service.socket_listens);
    CHECK(service.result == "exit-code");
    CHECK(service.restarts == 9);
    CHECK(service.files == 8192);
    service = read_service("LoadState=not-found\nActiveState=inactive\n\nLoadState=loaded\n");
    CHECK_FALSE(service.is_there);
    CHECK_FALSE(service.begins_at_boot);
    CHECK(read_service("LimitNOFILE=infinity\n").files == 0);
}
