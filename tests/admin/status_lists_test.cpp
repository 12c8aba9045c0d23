#include "admin/status_lists.hpp"

#include "some_status.hpp"
#include "support/catch.hpp"

#include <sstream>
#include <string>

using namespace netplay_relay::admin;
using nlohmann::json;

namespace {

// The words of the line that has this text.
std::string line_with(const std::string& list, const std::string& text)
{
    std::istringstream lines(list);
    for (std::string line; std::getline(lines, line);) {
        if (line.find(text) == std::string::npos) continue;
        std::istringstream words(line);
        std::string all;
        for (std::string word; words >> word;)
            all += (all.empty() ? "" : " ") + word;
        return all;
    }
    return {};
}

} // namespace

TEST_CASE("sessions are a line each, and so are their guests")
{
    json status = some_status();
    std::string list = sessions_list(status.dump()).value();
    CHECK(list.starts_with("1 session\n"));
    CHECK(line_with(list, "203.0.113.7:4") ==
          "FRIDAYNIGHTSNES1 203.0.113.7:4 alice Gambatte - open 1m30s 1 2 30.0 56001");
    CHECK(line_with(list, "198.51.100.23:5") ==
          "FRIDAYNIGHTSNES1 198.51.100.23:5 bob - 1m00s 0.5s 80.0 4 31.0 1 1.2 MB 999 B");
    status["sessions"][0]["host"]["id"] = 17;
    status["sessions"][0]["links"][0]["id"] = 19;
    list = sessions_list(status.dump()).value();
    CHECK(line_with(list, "203.0.113.7:4").find("Gambatte 17 open") != std::string::npos);
    CHECK(line_with(list, "198.51.100.23:5").find("bob 19 1m00s") != std::string::npos);
}

TEST_CASE("rooms are a line each, and so are their members")
{
    json status = some_status();
    status["rooms"][0]["members"][0]["id"] = 23;
    const std::string list = rooms_list(status.dump()).value();
    CHECK(list.starts_with("1 room\n"));
    CHECK(line_with(list, "Snes9x") == "7 Snes9x 1.6 0000abcd yes 2 2/4 0 3600 1m01s -");
    CHECK(line_with(list, "carol") == "7 carol 198.51.100.24:7 23 playing 41.5 2 17 3 1.5s 2%");
    CHECK(line_with(list, "198.51.100.25:8").starts_with("7 da?[2Jn "));
    CHECK(list.find("\n2 members\n") != std::string::npos);
}

TEST_CASE("where nobody is, that is said")
{
    json status = some_status();
    status["sessions"] = json::array();
    status["rooms"] = json::array();
    CHECK(sessions_list(status.dump()) == "no sessions\n");
    CHECK(rooms_list(status.dump()) == "no rooms\n");
}

TEST_CASE("a part of the status as JSON")
{
    const json status = some_status();
    CHECK(json::parse(part_of_status(status.dump(), "rooms").value()) == status.at("rooms"));
    CHECK(json::parse(part_of_status(status.dump(), "sessions").value()) == status.at("sessions"));
}

TEST_CASE("what is no status has no lists")
{
    for (const char* text : {"", "{}", "[]", R"({"sessions": 1, "rooms": [{}]})"}) {
        CHECK_FALSE(sessions_list(text));
        CHECK_FALSE(rooms_list(text));
    }
    CHECK_FALSE(part_of_status("{}", "rooms"));
}
