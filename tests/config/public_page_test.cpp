// The page for everybody: what may be written, and that it is off.
#include "faults.hpp"

namespace netplay_relay::config {

TEST_CASE("nobody sees a page that nobody has asked for")
{
    const PublicPage page = accepted("{}").public_page;
    CHECK(page.listen.empty());
    CHECK_FALSE(page.all_sessions);
    CHECK(page.sessions.empty());
    CHECK_FALSE(page.nicks);
    CHECK(page.rooms);
    CHECK(page.parties);
}

TEST_CASE("what a page shows")
{
    const PublicPage page = accepted(R"({"public_page": {"listen": ["0.0.0.0:8080"],
        "title": "Our games", "sessions": ["FRIDAYNIGHTSNES1"], "rooms": false, "nicks": true,
        "parties": false, "behind_proxy": true}})")
                                .public_page;
    REQUIRE(page.listen.size() == 1);
    CHECK(wire::to_text(page.listen.front()) == "0.0.0.0:8080");
    CHECK(page.title == "Our games");
    REQUIRE(page.sessions.size() == 1);
    CHECK(wire::to_text(page.sessions.front()) == "FRIDAYNIGHTSNES1");
    CHECK_FALSE(page.all_sessions);
    CHECK_FALSE(page.rooms);
    CHECK_FALSE(page.parties);
    CHECK(page.nicks);
    CHECK(page.behind_proxy);
    CHECK(accepted(R"({"public_page": {"sessions": "all"}})").public_page.all_sessions);
    const PublicPage none = accepted(R"({"public_page": {"sessions": "none"}})").public_page;
    CHECK_FALSE(none.all_sessions);
    CHECK(none.sessions.empty());
    CHECK_FALSE(accepted(R"({"public_page": {"sessions": []}})").public_page.all_sessions);
}

TEST_CASE("a variable has the word as well")
{
    const std::vector<std::string> all{"NETPLAY_RELAY_PUBLIC_PAGE__SESSIONS=all"};
    CHECK(parse_config("{}", all).config.public_page.all_sessions);
    const std::vector<std::string> two{
        "NETPLAY_RELAY_PUBLIC_PAGE__SESSIONS=FRIDAYNIGHTSNES1,FRIDAYNIGHTSNES2"};
    CHECK(parse_config("{}", two).config.public_page.sessions.size() == 2);
}

TEST_CASE("faults of a page")
{
    check_fault(R"({"public_page": {"sessions": "some"}})", "public_page.sessions", {"a list"});
    check_fault(R"({"public_page": {"sessions": ["short"]}})", "public_page.sessions[0]",
                {"16 characters", "\"all\""});
    check_fault(R"({"public_page": {"sessions": ["AAAAAAAAAAAAAAAA"]}})",
                "public_page.sessions[0]");
    check_fault(R"({"public_page": {"sessions": ["all", "FRIDAYNIGHTSNES1"]}})",
                "public_page.sessions[0]");
    check_fault(R"({"public_page": {"title": "two\nlines"}})", "public_page.title");
    check_fault(R"({"public_page": {"listen": ["0.0.0.0"]}})", "public_page.listen[0]",
                {"port is missing"});
    check_fault(R"({"public_page": {"listen": ["127.0.0.1:55480"]}})", "public_page.listen[0]",
                {"admin.listen[0] already"});
}

TEST_CASE("where the page listens needs a restart, what it shows does not")
{
    const Config running;
    const Config elsewhere = accepted(R"({"public_page": {"listen": ["0.0.0.0:8080"]}})");
    CHECK((keys_for_restart(running, elsewhere) == std::vector<std::string>{"public_page.listen"}));
    CHECK(keys_for_restart(running, accepted(R"({"public_page": {"nicks": true}})")).empty());
}

} // namespace netplay_relay::config
