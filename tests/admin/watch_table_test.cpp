#include "admin/watch_table.hpp"

#include "some_status.hpp"
#include "support/catch.hpp"

#include <sstream>
#include <string>
#include <vector>

using namespace netplay_relay::admin;
using nlohmann::json;

namespace {

// The words of the lines about people.
std::vector<std::vector<std::string>> rows(const std::string& text)
{
    std::vector<std::vector<std::string>> all;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::vector<std::string> row;
        for (std::string word; words >> word;)
            row.push_back(word);
        const bool is_row =
            !row.empty() && (row[0] == "host" || row[0] == "guest" || row[0] == "member");
        if (is_row) all.push_back(row);
    }
    return all;
}

std::string last(const std::vector<std::string>& row, std::size_t from_end)
{
    return row[row.size() - from_end];
}

} // namespace

TEST_CASE("at first the longest round trip comes first, and no rate is known")
{
    WatchTable table;
    REQUIRE(table.take(some_status().dump()));
    const std::string text = table.text(0);
    CHECK(text.starts_with("netplay-relay 1.2.3, running, up 1m40s; 5 of 10 connections, 1 of 5 "
                           "sessions, links 1, rooms 1, members 2\n"));
    const auto people = rows(text);
    REQUIRE(people.size() == 4);
    CHECK(people[0] == std::vector<std::string>{"guest", "FRIDAYNIGHTSNES1", "bob",
                                                "198.51.100.23:5", "-", "80", "80.0", "-", "-", "-",
                                                "-", "-"});
    CHECK(people[1][0] == "host");
    CHECK(people[1][2] == "alice");
    CHECK(last(people[1], 6) == "31.0"); // the worst of its links
    CHECK(people[2][3] == "carol");
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("who keeps the others waiting comes first, then who is late or sends again")
{
    WatchTable table;
    json status = some_status();
    REQUIRE(table.take(status.dump()));
    status["uptime_seconds"] = 102;
    json& members = status["rooms"][0]["members"];
    members[0]["inputs_late"] = 57; // 20 a second
    members[1]["waited_seconds"] = 2.5;
    members[1]["waits"] = 7;
    status["sessions"][0]["links"][0]["guest"]["retransmits"] = 6;
    status["totals"]["close_reasons"]["unknown_session"] = 6;
    status["totals"]["close_reasons"]["probe"] = 1;
    REQUIRE(table.take(status.dump()));
    const std::string text = table.text(0);
    const auto people = rows(text);
    REQUIRE(people.size() == 4);
    CHECK(people[0][4] == "198.51.100.25:8");
    CHECK(last(people[0], 1) == "50%");
    CHECK(last(people[0], 2) == "2.0");
    CHECK(people[1][3] == "carol");
    CHECK(last(people[1], 3) == "20.0");
    CHECK(people[2][0] == "guest");
    CHECK(last(people[2], 5) == "1.0");
    CHECK(people[3][0] == "host");
    CHECK(text.find("ended in 2.0s: unknown_session 2, probe 1\n") != std::string::npos);
}

TEST_CASE("ids are shown where the relay tells them")
{
    WatchTable table;
    json status = some_status();
    status["sessions"][0]["links"][0]["id"] = 19;
    REQUIRE(table.take(status.dump()));
    CHECK(rows(table.text(0)).front()[4] == "19");
}

TEST_CASE("what does not fit is counted")
{
    WatchTable table;
    REQUIRE(table.take(some_status().dump()));
    CHECK(rows(table.text(8)).size() == 4);
    CHECK(table.text(8).find("more") == std::string::npos);
    const std::string text = table.text(7);
    CHECK(rows(text).size() == 2);
    CHECK(text.ends_with("  and 2 more\n"));
    CHECK(rows(table.text(2)).empty());
}

TEST_CASE("a relay that has begun anew has no rates, and one with nobody says so")
{
    WatchTable table;
    json status = some_status();
    REQUIRE(table.take(status.dump()));
    status["uptime_seconds"] = 1;
    REQUIRE(table.take(status.dump()));
    CHECK(last(rows(table.text(0)).front(), 5) == "-");
    status["sessions"] = status["rooms"] = json::array();
    REQUIRE(table.take(status.dump()));
    CHECK(table.text(0).ends_with("\nnobody is here\n"));
}

TEST_CASE("what is no status changes nothing")
{
    WatchTable table;
    REQUIRE(table.take(some_status().dump()));
    const std::string before = table.text(0);
    for (const char* text : {"", "{}", "[]"})
        CHECK_FALSE(table.take(text));
    CHECK(table.text(0) == before);
}
