// What the lobby and the operator want of parties.
#include "script.hpp"

namespace netplay_relay::party {

TEST_CASE("while no new party is wanted, those that are there go on and take in others")
{
    Script script;
    script.hosts("ann");
    script.opens("bob");
    script.manager.refuse_new_parties(CloseReason::draining);
    script.hosts("carl");
    CHECK(script.told("carl") == Words{close_text(CloseReason::draining)});
    script.joins("dan", 2);
    CHECK(script["dan"].welcomed);
    script.manager.refuse_new_parties(CloseReason::closed_to_new);
    script.says("bob", R"({"host":{"game":"x"}})");
    CHECK(script.told("bob") == Words{close_text(CloseReason::closed_to_new)});
    script.manager.refuse_new_parties(std::nullopt);
    script.hosts("carl");
    CHECK(script["carl"].welcomed);
}

TEST_CASE("one is sent away by its connection or by its place")
{
    const bool by_place = GENERATE(false, true);
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', "before");
    script.carry_out([&](Output& out) {
        if (by_place)
            CHECK(script.manager.send_away(script.look().number, 2, CloseReason::sent_away,
                                           script.now, out));
        else
            script.manager.send_away(script.id_of("bob"), CloseReason::sent_away, script.now, out);
    });
    CHECK(script.look(2).leaving);
    CHECK_FALSE(script.look(1).leaving);
    CHECK(script.told("bob") == Words{"1 r0 before", close_text(CloseReason::sent_away)});
    CHECK(script.told("ann") == Words{R"({"left":2,"why":"sent_away"})"});
    script.carry_out([&](Output& out) {
        const std::uint64_t number = script.look().number;
        CHECK_FALSE(script.manager.send_away(number, 2, CloseReason::sent_away, script.now, out));
        CHECK_FALSE(script.manager.send_away(number, 3, CloseReason::sent_away, script.now, out));
        CHECK_FALSE(script.manager.send_away(99, 1, CloseReason::sent_away, script.now, out));
    });
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::sent_away);
    CHECK(script.events() == Words{"peer_left 2 sent_away"});
}

TEST_CASE("one on the way in is sent away: with a word if it speaks WebSocket")
{
    Script script;
    script.arrives("ann");
    script.opens("bob");
    for (const char* name : {"ann", "bob"})
        script.carry_out([&](Output& out) {
            script.manager.send_away(script.id_of(name), CloseReason::sent_away, script.now, out);
        });
    CHECK(script.end_of("ann") == CloseReason::sent_away);
    CHECK(script.told("bob") == Words{close_text(CloseReason::sent_away)});
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::sent_away);
}

TEST_CASE("a party is ended by the operator")
{
    Script script;
    two_play(script);
    script.joins("carl", 3);
    script.is_lost("carl");
    script.forget_what_was_told();
    const std::uint64_t number = script.look().number;
    script.carry_out([&](Output& out) {
        CHECK(script.manager.close(number, CloseReason::ended_by_operator, script.now, out));
        CHECK_FALSE(script.manager.close(number, CloseReason::ended_by_operator, script.now, out));
        CHECK_FALSE(script.manager.close(99, CloseReason::ended_by_operator, script.now, out));
    });
    const Words ended{close_text(CloseReason::ended_by_operator)};
    CHECK(script.told("ann") == ended);
    CHECK(script.told("bob") == ended);
    script.returns("carl");
    CHECK(script.told("carl") == ended);
    for (const char* name : {"ann", "bob", "carl"})
        script.hangs_up(name);
    CHECK(script.manager.use() == PartyUse{});
    CHECK(script.events().back() == "party_closed ended_by_operator");
}

TEST_CASE("everybody is closed at once, and was told why")
{
    Script script;
    two_play(script);
    script.joins("carl", 3);
    script.is_lost("carl");
    script.arrives("dan");
    script.opens("eve");
    script.opens("fay");
    script.says("fay", "nonsense");
    script.forget_what_was_told();
    script.sends("ann", 2, 'r', "before");
    script.carry_out(
        [&](Output& out) { script.manager.close_all(script.now, out, CloseReason::shutdown); });
    CHECK(script.told("bob") == Words{"1 r0 before", close_text(CloseReason::shutdown)});
    CHECK(script.told("ann") == Words{close_text(CloseReason::shutdown)});
    CHECK(script.told("eve") == Words{close_text(CloseReason::shutdown)});
    for (const char* name : {"ann", "bob", "dan", "eve"})
        CHECK(script.end_of(name) == CloseReason::shutdown);
    CHECK(script.end_of("fay") == CloseReason::bad_control);
    CHECK(script.manager.use() == PartyUse{});
    CHECK_FALSE(script.manager.next_deadline());
}

TEST_CASE("a party that is over already is closed with all others")
{
    Script script;
    two_play(script);
    script.hangs_up("ann");
    script.carry_out(
        [&](Output& out) { script.manager.close_all(script.now, out, CloseReason::shutdown); });
    CHECK(script.end_of("bob") == CloseReason::host_gone);
    CHECK(script.manager.use() == PartyUse{});
}

TEST_CASE("who is not wanted any more goes, whether it is there or not")
{
    Script script;
    script.hosts("ann", {.address = "192.0.2.1"});
    script.joins("bob", 2, {.address = "198.51.100.2"});
    script.joins("carl", 3, {.address = "198.51.100.3"});
    script.joins("dan", 4, {.address = "203.0.113.2"});
    script.is_lost("carl");
    script.opens("eve", "198.51.100.4");
    script.arrives("fay", "198.51.100.5");
    script.forget_what_was_told();
    const auto net = wire::parse_network("198.51.100.0/24").value();
    std::size_t hosts_asked = 0;
    const auto verdict = [&](const wire::Address& address,
                             bool hosts) -> std::optional<CloseReason> {
        hosts_asked += hosts ? 1 : 0;
        if (net.contains(address)) return CloseReason::banned_address;
        return std::nullopt;
    };
    script.carry_out([&](Output& out) {
        CHECK(script.manager.end_unwanted(verdict, script.now, out) == 4);
        CHECK(script.manager.end_unwanted(verdict, script.now, out) == 0);
    });
    CHECK(hosts_asked == 4); // ann twice, and eve and fay, who may yet want to
    const Words banned{close_text(CloseReason::banned_address)};
    CHECK(script.told("bob") == banned);
    CHECK(script.told("eve") == banned);
    CHECK(script.end_of("fay") == CloseReason::banned_address);
    CHECK(script.told("ann") ==
          Words{R"({"left":2,"why":"banned_address"})", R"({"left":3,"why":"banned_address"})"});
    script.returns("carl");
    CHECK(script.told("carl").back() == banned[0]);
    CHECK(script.told("dan").empty());
}

TEST_CASE("who has not said yet what it wants goes if it may neither host nor join")
{
    Script script;
    script.opens("eve", "198.51.100.4");
    script.opens("fay", "203.0.113.5");
    const auto net = wire::parse_network("198.51.100.0/24").value();
    const auto verdict = [&](const wire::Address& address,
                             bool hosts) -> std::optional<CloseReason> {
        if (!hosts) return CloseReason::join_denied;
        if (net.contains(address)) return CloseReason::host_denied;
        return std::nullopt;
    };
    script.carry_out(
        [&](Output& out) { CHECK(script.manager.end_unwanted(verdict, script.now, out) == 1); });
    CHECK(script.told("eve") == Words{close_text(CloseReason::join_denied)});
    script.says("fay", R"({"host":{"game":"x"}})");
    CHECK(script["fay"].welcomed);
}

TEST_CASE("an unwanted host is the end of its party")
{
    Script script;
    two_play(script);
    script.carry_out([&](Output& out) {
        CHECK(script.manager.end_unwanted(
                  [](const wire::Address&, bool hosts) {
                      return hosts ? std::optional(CloseReason::host_denied) : std::nullopt;
                  },
                  script.now, out) == 1);
    });
    CHECK(script.told("ann") == Words{close_text(CloseReason::host_denied)});
    CHECK(script.told("bob") == Words{close_text(CloseReason::host_gone)});
}

TEST_CASE("who could not say anything, as we stood still, has more time")
{
    Script script;
    two_play(script);
    script.joins("carl", 3);
    script.opens("dan");
    script["bob"].mute = true;
    script.is_lost("carl");
    script.goes_on({"ann"}, 5s);
    script.now += 60s;
    script.manager.forgive(60s, script.now);
    script.manager.check_consistency();
    script.forget_what_was_told();
    script.goes_on({"ann"}, 4s);
    CHECK(script.told("ann").empty());
    CHECK(script.told("dan").empty());
    script.goes_on({"ann"}, 2s);
    CHECK(script.told("ann") == Words{R"({"left":3,"why":"peer_lost"})"});
    CHECK(script.told("dan") == Words{close_text(CloseReason::entrance_timeout)});
    CHECK_FALSE(script.end_of("bob"));
    script.goes_on({"ann"}, 15s);
    CHECK(script.end_of("bob") == CloseReason::peer_silent);
}

TEST_CASE("farewells and what the game has not taken are forgiven as well")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', std::string(700000, 'x'));
    script.sends("ann", 2, 'r', std::string(700000, 'x'));
    script.says("ann", R"({"kick":2})");
    script.goes_on({"ann"}, 5s);
    script.now += 60s;
    script.manager.forgive(60s, script.now);
    script.goes_on({"ann"}, 4s);
    CHECK_FALSE(script.end_of("bob"));
    script.takes("bob");
    CHECK(script.told("bob").back() == close_text(CloseReason::kicked));
}

TEST_CASE("another time for places is of those whose network is lost already, too")
{
    const auto hold = GENERATE(4s, 30s);
    Script script;
    two_play(script);
    script.is_lost("bob");
    PartySettings settings;
    settings.hold = std::chrono::duration_cast<std::chrono::seconds>(hold);
    script.adopts(settings);
    script.goes_on({"ann"}, hold - 1ms);
    CHECK(script.told("ann") == Words{R"({"absent":2})"});
    script.goes_on({"ann"}, 2ms);
    CHECK(script.told("ann") == Words{R"({"left":2,"why":"peer_lost"})"});
}

} // namespace netplay_relay::party
