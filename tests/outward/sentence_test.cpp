// What happened, in words; and that nobody's nick does anything in a chat.
#include "outward/sentence.hpp"
#include "support/catch.hpp"

namespace netplay_relay::outward {

namespace {

std::string said(const std::string& kind, const std::string& fields, const std::string& reach = "")
{
    return in_markdown(sentence_of(event_of(1, kind, fields), reach));
}

} // namespace

TEST_CASE("a session is told with its join text")
{
    CHECK(said("session_opened", R"({"join_text": "relay.example|55435|FRIDAYNIGHTSNES1"})") ==
          "A game is open. Join text: `relay.example|55435|FRIDAYNIGHTSNES1`");
    CHECK(said("session_game", R"({"join_text": "relay.example|55435|FRIDAYNIGHTSNES1",
        "core": "Nestopia", "content": "1a2b3c4d", "nicks": ["alice", "bob"]})") ==
          "`alice` and `bob` play `Nestopia` (content 1a2b3c4d). Join text: "
          "`relay.example|55435|FRIDAYNIGHTSNES1`");
    CHECK(said("session_game", R"({"core": "Nestopia", "nicks": ["alice"]})") ==
          "`alice` plays `Nestopia`.");
    CHECK(said("session_closed",
               R"({"session": "abcdefgh01234567", "reason": "host_left", "age_seconds": 720})") ==
          "A game has ended after 12 minutes, host left: `abcdefgh01234567`");
}

TEST_CASE("a room is told with what players type")
{
    const char* const room = R"({"room": 3, "core": "Snes9x", "content": "0badcafe"})";
    CHECK(said("room_opened", room) == "A room is open: `Snes9x` (content 0badcafe)");
    CHECK(said("room_opened", room, "relay.example") ==
          "A room is open: `Snes9x` (content 0badcafe). Who has the same game comes by: "
          "`relay.example`");
    CHECK(said("room_closed", R"({"core": "Snes9x", "seconds": 1})") ==
          "The room of `Snes9x` is closed after 1 second.");
    CHECK(said("held_up", R"({"core": "Snes9x", "nick": "bob", "players": 2, "seconds": 1.52})") ==
          "`bob` kept 2 players waiting 1.5 s, in the room of `Snes9x`.");
    CHECK(said("desync", R"({"core": "Snes9x", "nick": "bob"})") ==
          "`bob` had another state of the game, and gets the others', in the room of `Snes9x`.");
}

TEST_CASE("a party is told with its code")
{
    const std::string party = R"({"party": 3, "code": "BCDF-GHJK", "game": "tanks @all 1.2"})";
    CHECK(said("party_opened", party) ==
          "A game is open: `tanks \uFF20all 1\u20242`. Code: `BCDF-GHJK`");
    CHECK(said("party_closed", R"({"code": "BCDF-GHJK", "game": "tanks", "seconds": 300,
                                   "reason": "host_gone"})") ==
          "The game `tanks` has ended after 5 minutes, host gone: `BCDF-GHJK`");
}

TEST_CASE("every event that can be asked for has words")
{
    for (const char* kind : {"stopping", "draining", "undrained", "upgraded", "reloaded",
                             "memory_short", "stood_still", "limit_reached", "member_gone",
                             "control", "refused", "without_join_port", "test"})
        CHECK(said(kind, "{}").find("Something happened") == std::string::npos);
    CHECK(said("new_kind", "{}") == "Something happened: `new_kind`.");
    CHECK(said("draining", R"({"ends_in_seconds": 600})") ==
          "The relay takes no new games; it ends in 10 minutes.");
    CHECK(said("draining", R"({"ends_in_seconds": null})") ==
          "The relay takes no new games, and ends with the last one.");
}

TEST_CASE("what is no JSON, or has fields of other types, is told nevertheless")
{
    for (const char* fields : {"", "[", "7", "[1]", "null", R"({"join_text": 7, "nicks": {}})",
                               R"({"nicks": [1, null], "core": [], "content": {}})"}) {
        CHECK(said("session_opened", fields) == "A game is open.");
        CHECK_FALSE(said("session_game", fields).empty());
        CHECK_FALSE(said("held_up", fields).empty());
    }
}

TEST_CASE("a nick pings nobody, and is no link and no markup")
{
    CHECK(harmless("bob") == "bob");
    CHECK(harmless("Mr. X") == "Mr. X");
    CHECK(harmless("") == "?");
    CHECK(harmless("   ") == "?");
    CHECK(harmless("@everyone") == "\uFF20everyone");
    CHECK(harmless("<!channel>") == "\uFF1C!channel\uFF1E");
    CHECK(harmless("<@U123|x>&#") == "\uFF1C\uFF20U123|x\uFF1E\uFF06\uFF03");
    CHECK(harmless("`code`").find('`') == std::string::npos);
    CHECK(harmless("https://evil.example/x").find("://") == std::string::npos);
    CHECK(harmless("evil.example").find('.') == std::string::npos);
    CHECK(harmless("a\nb\x1b[31m\u202E").find('\n') == std::string::npos);
    CHECK(harmless("\xff\xfe") == "??");
    CHECK(harmless(std::string(500, 'n')).size() == 64);
}

TEST_CASE("what is quoted stays within its quotation")
{
    const std::string fields =
        R"({"core": "`**x**` <@1>", "nick": "``` @here http://evil.example", "players": 1})";
    const std::string text = said("held_up", fields);
    CHECK(std::count(text.begin(), text.end(), '`') == 4);
    CHECK(text.find('@') == std::string::npos);
    CHECK(text.find('<') == std::string::npos);
    // A join text is ours, and yet nothing in it can end the quotation.
    const std::string join = said("session_opened", R"({"join_text": "relay`<@&>|1|x y"})");
    CHECK(join == "A game is open. Join text: `relay|1|xy`");
}

TEST_CASE("the same sentence for Matrix, as text and as HTML")
{
    const Sentence sentence{{"A & "}, {"x\"<b>", true}, {"."}};
    CHECK(in_plain(sentence) == "A & \u201Cx\"<b>\u201D.");
    CHECK(in_html(sentence) == "A &amp; <code>x&quot;&lt;b&gt;</code>.");
}

} // namespace netplay_relay::outward
