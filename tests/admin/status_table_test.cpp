#include "admin/status_table.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using netplay_relay::admin::status_table;
using nlohmann::json;

namespace {

json leg(const char* address, double rtt)
{
    return {{"address", address}, {"kept_bytes", 0}, {"rtt_ms", rtt}, {"retransmits", 3}};
}

json relay_status()
{
    const json link{{"guest", leg("198.51.100.23:5", 204.25)},
                    {"host", leg("203.0.113.7:6", 31)},
                    {"age_seconds", 3725},
                    {"idle_seconds", 0.5},
                    {"bytes_to_host", 1234567},
                    {"bytes_to_guest", 999}};
    const json session{{"join_text", "relay.example|55435|FRIDAYNIGHTSNES1"},
                       {"state", "open"},
                       {"reserved", true},
                       {"host",
                        {{"address", "203.0.113.7:4"},
                         {"ping_ms", nullptr},
                         {"unanswered_seconds", 75},
                         {"rtt_ms", 30}}},
                       {"age_seconds", 90},
                       {"seats", {{"taken", 1}, {"limit", 31}}},
                       {"waiting_joins", 2},
                       {"links", json::array({link})}};
    return {{"version", "1.2.3"},
            {"state", "running"},
            {"uptime_seconds", 12},
            {"listening", json::array({{{"address", "::"}, {"port", 55435}}})},
            {"limits", {{"connections", 10}, {"sessions", 5}}},
            {"use", {{"connections", 3}, {"sessions", 1}, {"links", 1}, {"waiting_joins", 2}}},
            {"totals", {{"goodbyes", {{"unknown_session", 4}, {"probe", 0}}}}},
            {"sessions", json::array({session})}};
}

} // namespace

TEST_CASE("the table says who plays, who lags, and what was refused")
{
    const auto table = status_table(relay_status().dump());
    REQUIRE(table);
    for (const char* part :
         {"netplay-relay 1.2.3, running, up 12.0s", "3 of 10",
          "relay.example|55435|FRIDAYNIGHTSNES1", "reserved", "seats 1 of 31", "unanswered 1m15s",
          "198.51.100.23:5", "204.2", "1h02m", "1.2 MB", "999 B", "unknown_session"}) {
        INFO(part);
        CHECK(table->find(part) != std::string::npos);
    }
    CHECK(table->find("probe") == std::string::npos);
}

TEST_CASE("what is no status is no table")
{
    CHECK_FALSE(status_table(""));
    CHECK_FALSE(status_table("<html>"));
    CHECK_FALSE(status_table("{}"));
    CHECK_FALSE(status_table("[1,2]"));
    json broken = relay_status();
    broken["use"]["links"] = "many";
    CHECK_FALSE(status_table(broken.dump()));
}
