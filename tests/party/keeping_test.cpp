// What has to arrive: numbered, acknowledged, kept, and sent again to who comes back.
#include "script.hpp"

namespace netplay_relay::party {

TEST_CASE("what is reliable is kept until it is acknowledged, and no longer")
{
    Script script;
    two_play(script);
    CHECK(script.manager.use().kept_bytes == 0);
    for (int n = 0; n < 5; ++n)
        script.sends("ann", 2, 'r', "number " + std::to_string(n));
    const std::size_t kept = script.look(2).kept_bytes;
    CHECK(kept >= 5 * 20);
    CHECK(script.manager.use().kept_bytes == kept);
    script.says("bob", R"({"got":3})");
    CHECK(script.look(2).kept_bytes == kept / 5 * 2);
    script.says("bob", R"({"got":3})"); // once more
    CHECK(script.look(2).kept_bytes == kept / 5 * 2);
    script.takes("bob");
    CHECK(script.manager.use().kept_bytes == 0);
    CHECK(script.told("bob").size() == 5);
}

TEST_CASE("what is small costs as much as the memory that it takes")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', "");
    CHECK(script.look(2).kept_bytes >= 100);
}

TEST_CASE("what was not sent cannot be acknowledged, nor taken")
{
    const std::string words = GENERATE(R"({"got":3})", R"({"got":1})", R"({"seen":25})",
                                       R"({"got":2,"seen":11})", R"({"got":18446744073709551615})");
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', "a");
    script.sends("ann", 2, 'r', "b");
    script.says("bob", R"({"got":2,"seen":12})");
    script.forget_what_was_told();
    script.says("bob", words);
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_control)});
    CHECK(script.told("ann") == Words{R"({"left":2,"why":"bad_control"})"});
}

TEST_CASE("its sender hears that it is in: behind 32 messages, or 64 KiB, or 100 ms")
{
    Script script;
    two_play(script);
    for (int n = 0; n < 31; ++n)
        script.sends("bob", 1, 'r', "x");
    CHECK(script["bob"].gots == 0);
    script.sends("bob", 1, 'r', "x");
    CHECK(script["bob"].gots == 1);
    CHECK(script["bob"].confirmed == 32);
    script.sends("bob", 1, 'r', std::string(65000, 'x'));
    CHECK(script["bob"].gots == 1);
    script.sends("bob", 1, 'r', std::string(600, 'x'));
    CHECK(script["bob"].confirmed == 34);
    script.sends("bob", 1, 'r', "x");
    script.passes(99ms);
    CHECK(script["bob"].confirmed == 34);
    script.passes(1ms);
    CHECK(script["bob"].confirmed == 35);
    CHECK(script["bob"].gots == 3);
    script.passes(1s);
    CHECK(script["bob"].gots == 3);
}

TEST_CASE("unreliable packets are not numbered, texts of the host are")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'u', "x");
    script.sends("ann", 2, 'o', "x");
    script.takes("ann");
    script.passes(100ms);
    CHECK(script["ann"].gots == 0);
    script.says("ann", R"({"refuse":true})");
    script.says("ann", R"({"kick":77})"); // nobody
    script.sends("ann", {{77, 'r', "nobody"}, {2, 'r', "somebody"}});
    script.passes(100ms);
    CHECK(script["ann"].confirmed == 3);
}

TEST_CASE("who comes back gets all that it missed, once, and is told what of it is in")
{
    const bool moves = GENERATE(false, true);
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', "a");
    script.sends("ann", 2, 'r', "b");
    script.sends("bob", 1, 'r', "c");
    CHECK(script.told("bob") == Words{"1 r0 a", "1 r0 b"});
    CHECK(script.is_lost("bob") == CloseReason::peer_absent);
    CHECK(script.told("ann") == Words{"2 r0 c", R"({"absent":2})"});
    CHECK(script.look(2).absent);
    CHECK(script.manager.use().absent == 1);
    CHECK(script.manager.use().peers == 1);
    script.sends("ann", 2, 'r', "d");
    script.sends("ann", 2, 'u', "too late");
    script.passes(5s);
    if (moves) script.moves();
    script.returns("bob");
    const Welcomed welcomed = script["bob"].welcomed.value();
    CHECK(welcomed.again);
    CHECK(welcomed.id == 2);
    CHECK(welcomed.got == 1);
    CHECK(welcomed.code == script.code());
    CHECK(script.told("bob") == Words{"1 r0 d"});
    CHECK(script.told("ann") == Words{R"({"returned":2})"});
    CHECK(script.look(2).resumes == 1);
    CHECK(script.look(2).messages_dropped == 1);
    script.sends("ann", 2, 'r', "e");
    CHECK(script.told("bob") == Words{"1 r0 e"});
    script.takes("bob");
    CHECK(script.look(2).kept_bytes == 0);
    CHECK(script.look(2).untaken_bytes == 0);
    CHECK(script.manager.counts().messages_repeated == 1);
    CHECK(script.events() == Words{"peer_absent 2", "peer_returned 2"});
    CHECK(script.all_events().back().duration == 5s);
}

TEST_CASE("what was lost on the way is sent again")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', "a");
    script.sends("ann", 2, 'r', "b");
    script.sends("ann", 2, 'r', "c");
    script.is_lost("bob");
    script.forget_what_was_told();
    script.returns("bob", 1);
    CHECK(script.told("bob") == Words{"1 r0 b", "1 r0 c"});
    CHECK(script.manager.counts().messages_repeated == 2);
}

TEST_CASE("a control message is kept for who is away, among the packets and in their order")
{
    Script script;
    two_play(script);
    script.is_lost("ann", CloseReason::left); // an end without a close frame is no goodbye
    script.sends("bob", 1, 'r', "a");
    script.joins("carl", 3);
    script.sends("bob", 1, 'r', "b");
    script.hangs_up("carl");
    script.forget_what_was_told();
    script.returns("ann");
    CHECK(script.told("ann") ==
          Words{"2 r0 a", R"({"joined":3})", "2 r0 b", R"({"left":3,"why":"peer_left"})"});
}

TEST_CASE("who comes back before its old connection is known to be lost takes its place")
{
    const bool moves = GENERATE(false, true);
    Script script;
    two_play(script);
    const ConnectionId old = script.id_of("bob");
    script.sends("ann", 2, 'r', "a");
    (void)script.told("bob"); // it never arrived
    if (moves) script.moves();
    Output out;
    script.returns("bob", 0);
    CHECK(script["bob"].welcomed->again);
    CHECK(script.told("bob") == Words{"1 r0 a"});
    CHECK(script.look(2).connection == script.id_of("bob"));
    CHECK(script.manager.use().peers == 2);
    CHECK(script.told("ann").empty()); // it was never away
    CHECK(script.manager.leave(old, script.now, out) == CloseReason::peer_left); // is none any more
    CHECK_FALSE(script.end_of("bob"));
    CHECK(script.events() == Words{"peer_returned 2"});
}

TEST_CASE("the old connection of who has come back is closed without a word")
{
    Script script;
    two_play(script);
    const ConnectionId old = script.id_of("bob");
    script.opens("carl");
    const std::string token = script["bob"].welcomed->token;
    std::vector<Closing> closings;
    script.carry_out([&](Output& out) {
        const Bytes words = bytes_of_text("{\"return\":\"" + token + "\",\"got\":0}");
        script.manager.receive(script.id_of("carl"), masked(websocket::Kind::text, words),
                               script.now, out);
        closings = out.closings;
        for (const OutboundMessage& message : out.messages)
            CHECK(message.to != old);
    });
    REQUIRE(closings.size() == 1);
    CHECK(closings[0].connection == old);
    CHECK(closings[0].end == CloseReason::returned);
    CHECK(script.end_of("bob") == CloseReason::returned);
}

TEST_CASE("who comes back with what cannot be")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', "a");
    script.takes("bob");
    script.sends("ann", 2, 'r', "b");
    script.is_lost("bob");
    script.forget_what_was_told();
    script.returns("bob", 0); // the first is not kept any more
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_control)});
    script.returns("bob", 3); // there was no third
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_control)});
    script.opens("eve");
    script.says("eve", R"({"return":"000102030405060708090a0b0c0d0e0f","got":0})");
    CHECK(script.told("eve") == Words{close_text(CloseReason::unknown_token)});
    script.may_join = false;
    script.returns("bob", 1);
    CHECK(script.told("bob") == Words{close_text(CloseReason::join_denied)});
    script.may_join = true;
    script.returns("bob", 1);
    CHECK(script.told("bob") == Words{"1 r0 b"});
}

TEST_CASE("who hosted comes back as one who hosts, whatever the list of who may join says")
{
    Script script;
    two_play(script);
    script.is_lost("ann");
    script.may_join = false;
    script.returns("ann");
    CHECK(script.look(1).resumes == 1);
    script.is_lost("ann");
    script.may_host = false;
    script.may_join = true;
    script.forget_what_was_told();
    script.returns("ann");
    CHECK(script.told("ann") == Words{close_text(CloseReason::host_denied)});
    CHECK(script.look(1).absent);
}

TEST_CASE("all that is kept for who is away and for who is there is forgotten with the party")
{
    Script script;
    two_play(script);
    script.joins("carl", 3);
    script.is_lost("carl");
    for (int n = 0; n < 100; ++n) {
        script.sends("ann", 0, 'r', std::string(1000, 'x'));
        script.sends("bob", 0, 'u', std::string(3000, 'x'));
    }
    CHECK(script.manager.use().kept_bytes > 200000);
    const Bytes half = masked(websocket::Kind::binary, Bytes(5000));
    script.says("ann", std::span(half).first(3000));
    script.hangs_up("bob");
    script.passes(10s);
    script.is_lost("ann");
    script.passes(10s);
    CHECK(script.manager.use() == PartyUse{});
    CHECK_FALSE(script.manager.next_deadline());
}

TEST_CASE("numbers go on over many losses, each way", "[numbers]")
{
    Script script;
    two_play(script);
    int sent = 0;
    Words heard;
    for (int round = 0; round < 30; ++round) {
        for (int n = 0; n < round % 5; ++n)
            script.sends("ann", 2, 'r', std::to_string(sent++));
        const Words told = script.told("bob");
        heard.insert(heard.end(), told.begin(), told.end());
        if (round % 3 == 0) script.takes("bob");
        script.is_lost("bob");
        script.sends("ann", 2, 'r', std::to_string(sent++));
        script.passes(1s);
        script.returns("bob");
        CHECK(script["bob"].welcomed->got == static_cast<std::uint64_t>(round));
        script.sends("bob", 1, 'r', "x");
    }
    const Words told = script.told("bob");
    heard.insert(heard.end(), told.begin(), told.end());
    REQUIRE(heard.size() == static_cast<std::size_t>(sent));
    for (int n = 0; n < sent; ++n)
        CHECK(heard[static_cast<std::size_t>(n)] == "1 r0 " + std::to_string(n));
}

} // namespace netplay_relay::party
