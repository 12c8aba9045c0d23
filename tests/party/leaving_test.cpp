// How it ends for a peer, and for a party.
#include "script.hpp"

namespace netplay_relay::party {

namespace {

// More than may be on its way to a game at once.
void fills_the_window(Script& script, const std::string& name, std::int32_t target)
{
    script.sends(name, target, 'r', std::string(700000, 'x'));
    script.sends(name, target, 'r', std::string(700000, 'x'));
}

} // namespace

TEST_CASE("a close frame is leaving, and is answered")
{
    const bool mesh = GENERATE(false, true);
    Script script;
    four_play(script, mesh);
    script.hangs_up("bob");
    CHECK(script["bob"].hung);
    CHECK(script.end_of("bob") == CloseReason::peer_left);
    const std::string left = R"({"left":2,"why":"peer_left"})";
    CHECK(script.told("ann") == Words{left});
    CHECK(script.told("carl") == (mesh ? Words{left} : Words{}));
    CHECK(script.events() == Words{"peer_left 2 peer_left"});
    script.opens("bob");
    script.says("bob", "{\"return\":\"" + std::string(32, '0') + "\",\"got\":0}");
    CHECK(script.told("bob") == Words{close_text(CloseReason::unknown_token)});
}

TEST_CASE("a proxy that goes is no peer that leaves: the place is held")
{
    using websocket::Kind;
    Script script;
    script.is_behind_proxy = true;
    four_play(script, false);
    const auto closed = [](Kind kind, std::uint8_t code, bool is_masked) {
        const std::array<std::uint8_t, 2> payload{0x03, code};
        if (is_masked) return masked(kind, payload);
        Bytes frame;
        websocket::append_frame(frame, kind, payload);
        return frame;
    };
    script.says("bob", closed(Kind::close, 0xE9, false)); // 1001, as Caddy 2.6 does
    script.says("carl", closed(Kind::close, 0xE9, true));
    script.says("dan", closed(Kind::close, 0xF4, true)); // 1012
    for (const char* name : {"bob", "carl", "dan"}) {
        INFO(name);
        CHECK(script.end_of(name) == CloseReason::peer_absent);
        CHECK_FALSE(script[name].hung);
    }
    CHECK(script.told("ann") == Words{R"({"absent":2})", R"({"absent":3})", R"({"absent":4})"});
    CHECK(script.events() == Words{"peer_absent 2", "peer_absent 3", "peer_absent 4"});
    script.returns("bob");
    CHECK(script.told("ann") == Words{R"({"returned":2})"});
    script.hangs_up("bob"); // 1000: its own
    CHECK(script.end_of("bob") == CloseReason::peer_left);
}

TEST_CASE("who comes directly and says that it goes away has left")
{
    Script script;
    four_play(script, false);
    script.says("bob", masked(websocket::Kind::close, std::array<std::uint8_t, 2>{0x03, 0xE9}));
    CHECK(script.end_of("bob") == CloseReason::peer_left);
    Bytes frame;
    websocket::append_frame(frame, websocket::Kind::close, {});
    script.says("carl", frame);
    CHECK(script.end_of("carl") == std::nullopt); // told to go, and not gone yet
    CHECK(script.told("carl").back() == close_text(CloseReason::bad_frame));
}

TEST_CASE("who was away too long has left")
{
    const bool mesh = GENERATE(false, true);
    Script script;
    four_play(script, mesh);
    script.is_lost("bob");
    CHECK(script.told("ann") == Words{R"({"absent":2})"});
    CHECK(script.told("carl") == (mesh ? Words{R"({"absent":2})"} : Words{}));
    script.goes_on({"ann", "carl", "dan"}, 9999ms);
    CHECK(script.told("ann").empty());
    script.passes(1ms);
    CHECK(script.told("ann") == Words{R"({"left":2,"why":"peer_lost"})"});
    CHECK(script.told("carl") == (mesh ? Words{R"({"left":2,"why":"peer_lost"})"} : Words{}));
    script.returns("bob");
    CHECK(script.told("bob") == Words{close_text(CloseReason::unknown_token)});
    CHECK(script.events() == Words{"peer_absent 2", "peer_left 2 peer_lost"});
}

TEST_CASE("that the host is away, and back, is told to all, and others' only to the host of a star")
{
    Script script;
    four_play(script, false);
    script.is_lost("ann");
    for (const char* name : {"bob", "carl", "dan"})
        CHECK(script.told(name) == Words{R"({"absent":1})"});
    script.is_lost("bob");
    CHECK(script.told("carl").empty());
    script.returns("ann");
    CHECK(script.told("ann") == Words{R"({"absent":2})"});
    for (const char* name : {"carl", "dan"})
        CHECK(script.told(name) == Words{R"({"returned":1})"});
    script.returns("bob");
    CHECK(script.told("bob") == Words{R"({"returned":1})"}); // it had heard that it was away
    CHECK(script.told("ann") == Words{R"({"returned":2})"});
    CHECK(script.told("carl").empty());
}

TEST_CASE("when the host leaves or is lost, all others are told, behind what was sent before")
{
    const bool leaves = GENERATE(true, false);
    Script script;
    four_play(script, false);
    script.sends("ann", 0, 'r', "last words");
    if (leaves) {
        script.hangs_up("ann");
    } else {
        script.is_lost("ann");
        script.goes_on({"bob", "carl"}, 10s);
    }
    Words told{"1 r0 last words"};
    if (!leaves) told.push_back(R"({"absent":1})");
    told.push_back(close_text(CloseReason::host_gone));
    for (const char* name : {"bob", "carl", "dan"})
        CHECK(script.told(name) == told);
    CHECK(script.look().closing);
    script.hangs_up("bob");
    CHECK(script.end_of("bob") == CloseReason::host_gone);
    CHECK(script.is_lost("carl") == CloseReason::host_gone);
    CHECK_FALSE(script.end_of("dan"));
    script.passes(1999ms);
    CHECK_FALSE(script.end_of("dan"));
    script.passes(1ms);
    CHECK(script.end_of("dan") == CloseReason::host_gone);
    CHECK(script.manager.use() == PartyUse{});
    CHECK(script.events().back() == "party_closed host_gone");
}

TEST_CASE("a host may throw out its peers, with a word of its own")
{
    const bool mesh = GENERATE(false, true);
    Script script;
    four_play(script, mesh);
    script.sends("ann", 2, 'r', "you have lost");
    script.says("ann", R"({"kick":2,"text":"So long, \"bob\" \u00fc"})");
    CHECK(
        script.told("bob") ==
        Words{"1 r0 you have lost", close_text(CloseReason::kicked, "So long, \"bob\" \xc3\xbc")});
    CHECK(script.told("ann") == Words{R"({"left":2,"why":"kicked"})"});
    CHECK(script.told("carl") == (mesh ? Words{R"({"left":2,"why":"kicked"})"} : Words{}));
    script.says("ann", R"({"kick":2})"); // once more
    CHECK(script.told("ann").empty());
    script.says("ann", R"({"kick":3})");
    CHECK(script.told("carl").back() == close_text(CloseReason::kicked));
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::kicked);
    CHECK(script.end_of("carl") == CloseReason::kicked);
    script.passes(10s);
    script.joins("bob", 2); // it may come again
    CHECK(script["bob"].welcomed);
}

TEST_CASE("the word of a host is cut, and not within a letter")
{
    Script script;
    four_play(script, false);
    std::string text(255, 'x');
    script.says("ann", "{\"kick\":2,\"text\":\"" + text + "\xc3\xbcmore\"}");
    CHECK(script.told("bob") == Words{close_text(CloseReason::kicked, text)});
}

TEST_CASE("only a host throws out, and not itself")
{
    Script script;
    four_play(script, false);
    script.says("bob", R"({"kick":3})");
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_control)});
    CHECK(script.told("carl").empty());
    script.says("carl", R"({"refuse":true})");
    CHECK(script.told("carl") == Words{close_text(CloseReason::bad_control)});
    CHECK_FALSE(script.look().refuses);
    script.says("ann", R"({"kick":1})");
    CHECK(script.told("ann").back() == close_text(CloseReason::bad_control));
    CHECK(script.told("dan") == Words{close_text(CloseReason::host_gone)});
}

TEST_CASE("who was thrown out while it was away is told so when it comes back")
{
    Script script;
    four_play(script, false);
    script.is_lost("bob");
    script.sends("ann", 2, 'r', "last words");
    script.says("ann", R"({"kick":2,"text":"too late"})");
    script.passes(9s);
    script.returns("bob");
    CHECK(script.told("bob") ==
          Words{"1 r0 last words", close_text(CloseReason::kicked, "too late")});
    CHECK(script.told("ann") == Words{R"({"absent":2})", R"({"left":2,"why":"kicked"})"});
    script.passes(1999ms);
    CHECK_FALSE(script.end_of("bob"));
    script.passes(1ms);
    CHECK(script.end_of("bob") == CloseReason::kicked);
}

TEST_CASE("who comes back when its time to go is over hears why, and has a moment to hang up")
{
    Script script;
    four_play(script, false);
    fills_the_window(script, "ann", 2);
    script.says("ann", R"({"kick":2})");
    script.goes_on({"ann"}, 9s);
    script.is_lost("bob"); // it was not told yet
    script.goes_on({"ann"}, 4s);
    script.forget_what_was_told();
    script["bob"].got = 0;
    script.returns("bob");
    CHECK(script.told("bob").size() == 1);
    script.passes(1s);
    SECTION("and takes what was sent to it")
    {
        script.takes("bob");
        CHECK(script.told("bob").back() == close_text(CloseReason::kicked));
        script.passes(999ms);
        CHECK_FALSE(script.end_of("bob"));
        script.passes(1ms);
    }
    SECTION("and comes back once more")
    {
        script.is_lost("bob");
        script.goes_on({"ann"}, 1s);
        script.returns("bob");
        CHECK(script.told("bob") == Words{close_text(CloseReason::kicked)});
        CHECK(script.look().peers.size() == 3);
        script.passes(2s);
    }
    CHECK(script.end_of("bob") == CloseReason::kicked);
}

TEST_CASE("who does not take what was sent before has ten seconds to do so")
{
    Script script;
    four_play(script, false);
    fills_the_window(script, "ann", 2);
    CHECK(script.told("bob").size() == 1); // the other waits
    script.says("ann", R"({"kick":2})");
    CHECK(script.told("bob").empty());
    SECTION("it takes it")
    {
        script.goes_on({"ann"}, 5s);
        script.takes("bob");
        CHECK(script.told("bob").size() == 2);
        script.passes(1999ms);
        CHECK_FALSE(script.end_of("bob"));
        script.passes(1ms);
    }
    SECTION("it does not")
    {
        script.goes_on({"ann"}, 9999ms);
        CHECK_FALSE(script.end_of("bob"));
        script.passes(1ms);
        CHECK(script.told("bob").empty());
    }
    CHECK(script.end_of("bob") == CloseReason::kicked);
}

TEST_CASE("who does not take it and hangs up, or is lost and does not come back, is out")
{
    Script script;
    four_play(script, false);
    fills_the_window(script, "ann", 2);
    fills_the_window(script, "ann", 3);
    script.says("ann", R"({"kick":2})");
    script.says("ann", R"({"kick":3})");
    script.hangs_up("bob");
    CHECK(script.end_of("bob") == CloseReason::kicked);
    CHECK(script.is_lost("carl") == CloseReason::peer_absent);
    script.goes_on({"ann", "dan"}, 10s);
    CHECK(script.look().peers.size() == 2);
}

TEST_CASE("the party of a host who is away is over at once for who then leaves last")
{
    Script script;
    script.hosts("ann");
    script.joins("bob", 2);
    script.is_lost("ann");
    script.hangs_up("bob");
    script.passes(10s);
    CHECK(script.manager.use() == PartyUse{});
    CHECK(script.events() == Words{"party_opened 1", "peer_joined 2", "peer_absent 1",
                                   "peer_left 2 peer_left", "peer_left 1 peer_lost",
                                   "party_closed host_gone"});
}

TEST_CASE("a lobby's word that one is too slow, or takes too much memory, is no lost network")
{
    Script script;
    four_play(script, false);
    CHECK(script.is_lost("bob", CloseReason::too_slow) == CloseReason::peer_backlog);
    CHECK(script.is_lost("carl", CloseReason::memory_short) == CloseReason::memory_short);
    CHECK(script.told("ann") ==
          Words{R"({"left":2,"why":"peer_backlog"})", R"({"left":3,"why":"memory_short"})"});
    CHECK(script.look().peers.size() == 2);
}

} // namespace netplay_relay::party
