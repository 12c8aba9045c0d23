// Who is kept out: those who were thrown out a moment ago, the crowded, pages of other sites.
#include "script.hpp"

namespace netplay_relay::party {

namespace {

std::string away_text(CloseReason reason, int seconds)
{
    return close_text(reason, "Somebody of your address was sent away. Try again in " +
                                  std::to_string(seconds) + " s.");
}

// bob comes, is thrown out, and hangs up.
void is_kicked(Script& script, std::int32_t id)
{
    script.joins("bob", id);
    REQUIRE(script["bob"].welcomed);
    script.says("ann", "{\"kick\":" + std::to_string(id) + "}");
    script.hangs_up("bob");
}

PartySettings for_many()
{
    PartySettings settings;
    settings.peers_per_address = 2;
    return settings;
}

} // namespace

TEST_CASE("who was thrown out twice waits three seconds, and twice as long each time that follows")
{
    Script script;
    script.hosts("ann");
    is_kicked(script, 2);
    is_kicked(script, 2);
    script.joins("bob", 3);
    CHECK(script.told("bob") == Words{away_text(CloseReason::kicked, 3)});
    script.joins("carl", 4, {.address = "192.0.2.4"}); // another address
    CHECK(script["carl"].welcomed);
    script.goes_on({"ann", "carl"}, 2999ms);
    script.joins("bob", 3);
    CHECK(script.told("bob") == Words{away_text(CloseReason::kicked, 1)});
    script.goes_on({"ann", "carl"}, 1ms);
    for (int wait = 6; wait < 300; wait *= 2) {
        is_kicked(script, 2);
        script.joins("bob", 3);
        CHECK(script.told("bob") == Words{away_text(CloseReason::kicked, wait)});
        script.goes_on({"ann", "carl"}, std::chrono::seconds(wait), 1s);
    }
    is_kicked(script, 2);
    script.joins("bob", 3);
    CHECK(script.told("bob") == Words{away_text(CloseReason::kicked, 300)}); // and no longer
    script.goes_on({"ann", "carl"}, 300s + 600s, 1s);
    is_kicked(script, 2); // all is forgotten
    script.joins("bob", 3);
    CHECK(script["bob"].welcomed);
}

TEST_CASE("who has flooded waits as well")
{
    PartySettings settings;
    settings.messages_per_second = 1;
    Script script(settings);
    two_play(script);
    for (int n = 0; n < 5; ++n)
        script.sends("bob", 1, 'u', "x");
    script.joins("carl", 3);
    CHECK(script.told("carl") == Words{away_text(CloseReason::peer_flood, 3)});
    script.passes(3s);
    script.joins("carl", 3);
    CHECK(script["carl"].welcomed);
}

TEST_CASE("the place of who was thrown out is no longer there, and its address may go elsewhere")
{
    Script script;
    script.hosts("ann");
    is_kicked(script, 2);
    (void)script.told("bob");
    script.returns("bob");
    CHECK(script.told("bob") == Words{close_text(CloseReason::unknown_token)});
    const std::string code = script.hosts("dan", {.address = "192.0.2.4"}).welcomed->code;
    script.joins("bob", 2, {.code = code});
    CHECK(script["bob"].welcomed);
}

TEST_CASE("of those who were thrown out so many are known, and the oldest is forgotten first")
{
    Script script;
    script.hosts("ann");
    for (int n = 0; n < 130; ++n) {
        script.joins("bob", 2, {.address = "198.51.100." + std::to_string(n / 2)});
        script.says("ann", R"({"kick":2})");
        script.hangs_up("bob");
    }
    script.joins("bob", 2, {.address = "198.51.100.1"});
    CHECK(script.told("bob") == Words{away_text(CloseReason::kicked, 3)});
    script.joins("carl", 2, {.address = "198.51.100.0"});
    CHECK(script["carl"].welcomed);
}

TEST_CASE("who comes back from another address counts there")
{
    Script script(for_many());
    script.hosts("ann");
    script.joins("bob", 2, {.address = "192.0.2.5"});
    script.joins("carl", 3, {.address = "192.0.2.5"});
    script.joins("dan", 4, {.address = "192.0.2.6"});
    script.is_lost("dan");
    const auto returns_from = [&](const std::string& address) {
        script.opens("eve", address);
        script.says("eve", "{\"return\":\"" + script["dan"].welcomed->token +
                               "\",\"got\":" + std::to_string(script["dan"].got) + "}");
    };
    returns_from("192.0.2.5");
    CHECK(script.told("eve") == Words{close_text(CloseReason::address_party_full)});
    CHECK(script.look(4).absent);
    script.hangs_up("carl");
    returns_from("192.0.2.5");
    CHECK_FALSE(script.look(4).absent);
    CHECK(script.look(4).address == address_of("192.0.2.5"));
    script.joins("fay", 5, {.address = "192.0.2.5"});
    CHECK(script.told("fay") == Words{close_text(CloseReason::address_party_full)});
    script.returns("bob"); // where it is one of those already
    CHECK(script.look(2).resumes == 1);
    script.opens("gil", "192.0.2.5");
    script.says("gil", "{\"return\":\"" + script["ann"].welcomed->token + "\",\"got\":0}");
    CHECK(script.look(1).resumes == 1); // a host may
}

TEST_CASE("pages of other sites are told that they are none")
{
    PartySettings settings;
    settings.origins = {*parse_origin("https://example.org")};
    Script script(settings);
    const auto comes = [&](const std::string& lines) {
        script.arrives("bob");
        script.says("bob", bytes_of_text(upgrade_request(lines)));
        script.says("bob", R"({"host":{"game":"x"}})");
        const bool is_in = script["bob"].welcomed.has_value();
        if (!is_in) CHECK(script.told("bob") == Words{close_text(CloseReason::origin_denied)});
        script.hangs_up("bob");
        CHECK(script.end_of("bob") ==
              (is_in ? CloseReason::peer_left : CloseReason::origin_denied));
        return is_in;
    };
    CHECK(comes(""));
    CHECK(comes("Origin: https://example.org\r\n"));
    CHECK(comes("Origin: HTTPS://Example.org:443\r\n"));
    CHECK_FALSE(comes("Origin: http://example.org\r\n"));
    CHECK_FALSE(comes("Origin: https://example.org.evil.example\r\n"));
    CHECK_FALSE(comes("Origin: null\r\n"));
    CHECK_FALSE(comes("Origin:\r\n"));
    CHECK_FALSE(comes("Origin: https://example.org\r\nOrigin: https://example.org\r\n"));
    CHECK_FALSE(comes("Origin: https://example.org, https://other.example\r\n"));
    settings.origins.clear();
    script.adopts(settings);
    CHECK(comes("Origin: https://other.example\r\n"));
}

} // namespace netplay_relay::party
