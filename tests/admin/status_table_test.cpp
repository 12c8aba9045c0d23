#include "admin/status_table.hpp"

#include "support/catch.hpp"
#include "text/text.hpp"

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

using netplay_relay::admin::status_table;
using netplay_relay::text::columns_of;
using nlohmann::json;

namespace {

json endpoint(const char* address, double rtt)
{
    return {{"address", address}, {"kept_bytes", 0}, {"rtt_ms", rtt}, {"retransmits", 3}};
}

json open_room()
{
    const json player{{"nick", "ann\x1b[2J"},
                      {"address", "198.51.100.24:7"},
                      {"state", "playing"},
                      {"owns_clock", true},
                      {"ping_ms", 41.5},
                      {"frames_behind", 2},
                      {"frames_ahead", 0},
                      {"inputs_late", 17},
                      {"waits", 3},
                      {"waited_seconds", 1.5},
                      {"waited_last_minute_seconds", 1.5},
                      {"repeats_last_minute", 42},
                      {"in_line", nullptr}};
    json watcher = player;
    watcher["nick"] = "bob";
    watcher["state"] = "watching";
    watcher["owns_clock"] = false;
    watcher["ping_ms"] = nullptr;
    json waiting = watcher;
    waiting["nick"] = "carol";
    waiting["in_line"] = 1;
    return {{"number", 7},
            {"core", "Gambatte"},
            {"core_version", "v0.5"},
            {"content_crc", "0000abcd"},
            {"by_password", true},
            {"by_core", true},
            {"multitap", true},
            {"places", {{"limit", 4}, {"taken", 1}, {"kept", 3}}},
            {"join_port", 56001},
            {"frame", 3600},
            {"age_seconds", 61},
            {"members", json::array({player, watcher, waiting})}};
}

json relay_status()
{
    const json link{{"guest", endpoint("198.51.100.23:5", 204.25)},
                    {"host", endpoint("203.0.113.7:6", 31)},
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
            {"reach", {{"players", "relay.example"}, {"hosts", "relay.example|55435"}}},
            {"config_file", "/etc/netplay-relay/netplay-relay.json"},
            {"admin_listening", json::array({{{"address", "127.0.0.1"}, {"port", 55480}}})},
            {"listening", json::array({{{"address", "::"}, {"port", 55435}}})},
            {"limits", {{"connections", 10}, {"sessions", 5}}},
            {"use",
             {{"connections", 3},
              {"sessions", 1},
              {"links", 1},
              {"waiting_joins", 2},
              {"rooms", 1},
              {"members", 2}}},
            {"totals", {{"close_reasons", {{"unknown_session", 4}, {"probe", 0}}}}},
            {"sessions", json::array({session})},
            {"rooms", json::array({open_room()})}};
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

TEST_CASE("the table says what the operator has stopped, planned and banned")
{
    json status = relay_status();
    const std::string before = status_table(status.dump()).value();
    for (const char* word : {"drains in", "nothing new begins", "bans"})
        CHECK(before.find(word) == std::string::npos);
    status["drain_starts_in_seconds"] = nullptr;
    status["takes_new"] = true;
    status["bans"] = 3;
    const std::string usual = status_table(status.dump()).value();
    CHECK(usual.find("\nbans                3\n") != std::string::npos);
    CHECK(usual.find("drains in") == std::string::npos);
    CHECK(usual.find("nothing new begins") == std::string::npos);
    status["drain_starts_in_seconds"] = 598.4;
    status["takes_new"] = false;
    const std::string table = status_table(status.dump()).value();
    CHECK(table.find("\ndrains in 9m58s (\"netplay-relay undrain\" calls it off)\n") !=
          std::string::npos);
    CHECK(table.find("\nnothing new begins (\"netplay-relay new on\" lets it)\n") !=
          std::string::npos);
}

TEST_CASE("the table says how much of the log is lost, if any is")
{
    json status = relay_status();
    CHECK(status_table(status.dump())->find("log lines") == std::string::npos);
    status["totals"]["log_lines_lost"] = 12;
    CHECK(status_table(status.dump())->find("log lines          12 lost\n") != std::string::npos);
}

TEST_CASE("the table says what is listened on, and what not yet")
{
    json status = relay_status();
    status["listening"] =
        json::array({{{"address", "0.0.0.0"}, {"port", 55435}, {"state", "listening"}},
                     {{"address", "10.8.0.1"}, {"port", 55436}, {"state", "address_missing"}},
                     {{"address", "::"}, {"port", 55435}, {"state", "no_ipv6"}}});
    const std::string table = status_table(status.dump()).value();
    for (const char* line :
         {"\nlistening on 0.0.0.0 port 55435\n",
          "\nnot yet on 10.8.0.1 port 55436: this machine has no such address now\n",
          "\nnot on :: port 55435: this machine has no IPv6\n"})
        CHECK(table.find(line) != std::string::npos);
    status["listening"].erase(0);
    CHECK(status_table(status.dump())->find("listening on no address\n") != std::string::npos);
}

TEST_CASE("the table begins with what players type and what the relay has read")
{
    json status = relay_status();
    CHECK(
        status_table(status.dump())
            .value()
            .starts_with(
                "players: relay.example\nhosts:   relay.example|55435\nstatus:  127.0.0.1 port "
                "55480\n"
                "file:    /etc/netplay-relay/netplay-relay.json\n\nnetplay-relay 1.2.3, running"));
    status["config_file"] = nullptr;
    CHECK(status_table(status.dump()).value().find("file:    none\n") != std::string::npos);
    status.erase("reach"); // an older relay
    status.erase("config_file");
    CHECK(status_table(status.dump()).value().starts_with("netplay-relay 1.2.3, running"));
}

TEST_CASE("the table says who is in a room, and lets no nick move the cursor")
{
    const auto table = status_table(relay_status().dump());
    REQUIRE(table);
    for (const char* part : {"room 7: Gambatte (v0.5), content 0000abcd or any, private, "
                             "1 of 4 places taken, 3 kept, multitap, frame 3600",
                             "waits 1", "port 56001", "ann?[2J", "198.51.100.24:7", "clock", "41.5",
                             "bob", "watching", "carol", "1.5s"}) {
        INFO(part);
        CHECK(table->find(part) != std::string::npos);
    }
    CHECK(table->find('\x1b') == std::string::npos);
}

TEST_CASE("whoever answers, the table has no control characters")
{
    json status = relay_status();
    status["version"] = "1\x1b[2J";
    status["state"] = "running\r";
    status["listening"][0]["address"] = "\x7f";
    status["sessions"][0]["links"][0]["guest"]["address"] = "a\u009bb"; // CSI of Latin-1
    status["totals"]["close_reasons"]["\t"] = 1;
    const std::string table = status_table(status.dump()).value();
    for (std::size_t at = 0; at < table.size(); ++at) {
        const auto byte = static_cast<unsigned char>(table[at]);
        CHECK((byte >= 0x20 || byte == '\n'));
        CHECK(byte != 0x7F);
        CHECK_FALSE((byte == 0x9B && at > 0 && table[at - 1] == '\xC2'));
    }
    CHECK(table.find("1?[2J") != std::string::npos);
}

TEST_CASE("the table names who plays what, as far as it is known")
{
    json status = relay_status();
    json& game = status["sessions"][0]["links"][0]["game"];
    const auto line = [&] {
        const std::string table = status_table(status.dump()).value();
        const auto at = table.find("    bob");
        return at == std::string::npos ? "" : table.substr(at, table.find('\n', at) - at);
    };
    CHECK(line().empty());
    game = {{"guest", {{"nick", nullptr}, {"frame", nullptr}}},
            {"host", {{"nick", nullptr}, {"frame", nullptr}}},
            {"core", nullptr},
            {"content_differs", false},
            {"crc_mismatches", 0}};
    CHECK(line().empty());
    game["guest"]["nick"] = "bob";
    CHECK(line() == "    bob with -");
    game["host"] = {{"nick", "alice"}, {"frame", 600}};
    game["core"] = {{"name", "Gambatte"}, {"version", "1"}};
    CHECK(line() == "    bob with alice, Gambatte, frame 600");
    game["crc_mismatches"] = 2;
    game["content_differs"] = true;
    CHECK(line() == "    bob with alice, Gambatte, frame 600, CRC mismatches 2, other content");
}

TEST_CASE("columns never run together, whatever is in them")
{
    json status = relay_status();
    const std::string long_address = "[2001:db8:1111:2222:3333:4444:5555:6666]:55555";
    const std::string nick = "Zo\u00e9 \u5c0f\u9e21 with thirty-one bytes";
    status["sessions"][0]["links"][0]["guest"]["address"] = long_address;
    status["rooms"][0]["members"][0]["address"] = long_address;
    status["rooms"][0]["members"][1]["nick"] = nick;
    const std::string table = status_table(status.dump()).value();
    std::vector<std::size_t> ends; // of the state, in each line of the room's table
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        for (const char* state : {" state", " clock", " watching", " waits 1"}) {
            const auto at = line.find(state);
            const bool is_row = line.find("198.51.100.24:7") != std::string::npos ||
                                line.find("nick  ") != std::string::npos ||
                                line.find(long_address) != std::string::npos;
            if (at != std::string::npos && is_row)
                ends.push_back(columns_of(line.substr(0, at + std::string(state).size())));
        }
    }
    REQUIRE(ends.size() == 4);
    CHECK(ends == std::vector<std::size_t>(4, ends.front()));
    CHECK(table.find(nick + " ") != std::string::npos);
    CHECK(table.find(long_address + " ") != std::string::npos);
    CHECK(table.find(long_address + "1h") == std::string::npos);
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

TEST_CASE("workers, the fleet, who is passed on, and that a drain waits for them")
{
    json status = relay_status();
    CHECK(status_table(status.dump())->find("workers") == std::string::npos); // of before
    status["workers"] = json::array({json::object(), json::object()});
    status["fleet"] = nullptr;
    CHECK(status_table(status.dump())->find("\nworkers             2\n") != std::string::npos);
    CHECK(status_table(status.dump())->find("node ") == std::string::npos);
    status["fleet"] = {{"node", 1}, {"nodes", 3}, {"up", 2}};
    CHECK(status_table(status.dump())->find("\nnode 1 of 3 nodes, 2 of them up\n") !=
          std::string::npos);
    status["fleet"].update({{"hops_sent", 2}, {"hops_taken", 1}, {"problem", "two\x1b are 1"}});
    std::string table = status_table(status.dump()).value();
    CHECK(table.find("; 2 players are passed on to other nodes, 1 comes from other nodes\n") !=
          std::string::npos);
    CHECK(table.find("\nfleet: two") != std::string::npos);
    CHECK(table.find('\x1b') == std::string::npos);
    CHECK(table.find("when they have left as well") == std::string::npos);
    status["state"] = "draining";
    table = status_table(status.dump()).value();
    CHECK(table.find("it ends when they have left as well\n") != std::string::npos);
}
