#include "daemon/journal_fields.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace netplay_relay;

namespace {

using Fields = std::vector<std::string>;

// Those that are made of the line's words.
Fields own_fields(std::string_view line)
{
    const Fields all = daemon::journal_fields(line, '6');
    REQUIRE(all.size() >= 3);
    CHECK(all[0] == "MESSAGE=" + std::string(line));
    CHECK(all[1] == "PRIORITY=6");
    CHECK(all[2] == "SYSLOG_IDENTIFIER=netplay-relay");
    return {all.begin() + 3, all.end()};
}

} // namespace

TEST_CASE("a line of the log becomes fields")
{
    CHECK(own_fields("turned_away peer=198.51.100.23:55902 reason=unknown_session") ==
          Fields{"NETPLAY_RELAY_EVENT=turned_away", "NETPLAY_RELAY_PEER=198.51.100.23:55902",
                 "NETPLAY_RELAY_REASON=unknown_session"});
    CHECK(own_fields("listening address=[::]:55435") ==
          Fields{"NETPLAY_RELAY_EVENT=listening", "NETPLAY_RELAY_ADDRESS=[::]:55435"});
    CHECK(own_fields("drained") == Fields{"NETPLAY_RELAY_EVENT=drained"});
}

TEST_CASE("what is quoted may hold blanks and equals signs")
{
    CHECK(
        own_fields(R"(held_up room=1 core="netplay-relay arena" problem="bob=x kept 3 players")") ==
        Fields{"NETPLAY_RELAY_EVENT=held_up", "NETPLAY_RELAY_ROOM=1",
               "NETPLAY_RELAY_CORE=netplay-relay arena",
               "NETPLAY_RELAY_PROBLEM=bob=x kept 3 players"});
    CHECK(
        own_fields(R"(member_joined nick="" core="x")") ==
        Fields{"NETPLAY_RELAY_EVENT=member_joined", "NETPLAY_RELAY_NICK=", "NETPLAY_RELAY_CORE=x"});
}

TEST_CASE("what is no field is in the message only")
{
    CHECK(own_fields("").empty());
    CHECK(own_fields("Something went wrong").empty());
    CHECK(own_fields("x word  =nothing Upper=1 kEy=2 ok=3") ==
          Fields{"NETPLAY_RELAY_EVENT=x", "NETPLAY_RELAY_OK=3"});
    CHECK(own_fields(R"(x open="never closed)") ==
          Fields{"NETPLAY_RELAY_EVENT=x", "NETPLAY_RELAY_OPEN=never closed"});
    CHECK(own_fields("x " + std::string(50, 'k') + "=v") == Fields{"NETPLAY_RELAY_EVENT=x"});
}

TEST_CASE("a line has no more than 32 fields")
{
    std::string line = "x";
    for (int count = 0; count < 100; ++count)
        line += " key=value";
    CHECK(daemon::journal_fields(line, '3').size() == 32);
}
