// What one peer may say and what is kept for one, and for all; and who says nothing any more.
#include "script.hpp"

namespace netplay_relay::party {

TEST_CASE("so many messages a second, four seconds' worth at once")
{
    PartySettings settings;
    settings.messages_per_second = 10;
    Script script(settings);
    two_play(script);
    for (int n = 0; n < 40; ++n)
        script.sends("bob", 1, 'u', "x");
    CHECK(script.told("ann").size() == 40);
    script.passes(1s);
    for (int n = 0; n < 10; ++n)
        script.sends("bob", 1, 'u', "x");
    CHECK(script.told("bob").empty());
    script.sends("bob", 1, 'u', "x");
    CHECK(script.told("bob") == Words{close_text(CloseReason::peer_flood)});
    CHECK(script.told("ann").back() == left_text(2, "peer_flood"));
    script.sends("bob", 1, 'u', "x"); // it goes on
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::peer_flood);
}

TEST_CASE("pings are messages too")
{
    PartySettings settings;
    settings.messages_per_second = 10;
    Script script(settings);
    two_play(script);
    for (int n = 0; n < 41; ++n)
        script.says("bob", masked(websocket::Kind::ping, {}));
    CHECK(script.told("bob") == Words{close_text(CloseReason::peer_flood)});
    script.hangs_up("bob");
    CHECK(script["bob"].hung);
}

TEST_CASE("so many bytes a second, four seconds' worth at once")
{
    PartySettings settings;
    settings.bytes_per_second = 10240;
    Script script(settings);
    two_play(script);
    script.sends("bob", 1, 'u', std::string(40000, 'x'));
    CHECK(script.told("bob").empty());
    script.sends("bob", 1, 'u', std::string(1000, 'x'));
    CHECK(script.told("bob") == Words{close_text(CloseReason::peer_flood)});
}

TEST_CASE("what follows a flood in the same bytes is still read in frames")
{
    PartySettings settings;
    settings.messages_per_second = 1;
    Script script(settings);
    two_play(script);
    Bytes all;
    const auto add = [&](const Bytes& frame) { all.insert(all.end(), frame.begin(), frame.end()); };
    for (int n = 0; n < 6; ++n)
        add(masked(websocket::Kind::binary, packets_of({{1, 'u', "x"}})));
    add(masked(websocket::Kind::close, {}));
    script.says("bob", all);
    CHECK(script.told("bob") == Words{close_text(CloseReason::peer_flood)});
    CHECK(script["bob"].hung);
    CHECK(script.end_of("bob") == CloseReason::peer_flood);
}

TEST_CASE("a text of more than 4 KiB, and a message larger than any of packets")
{
    PartySettings settings;
    settings.packet_bytes = 1000;
    Script script(settings);
    two_play(script);
    script.joins("carl", 3);
    script.says("bob", "{\"got\":0,\"x\":\"" + std::string(4096, 'x') + "\"}");
    CHECK(script.told("bob") == Words{close_text(CloseReason::packet_too_large)});
    Bytes large = masked(websocket::Kind::binary, Bytes(1001 + packets_around));
    script.says("carl", std::span(large).first(20)); // its head tells it
    CHECK(script.told("carl") == Words{close_text(CloseReason::packet_too_large)});
    script.says("carl", std::span(large).subspan(20));
    script.sends("carl", 1, 'r', "more"); // what is behind it cannot be told apart
    script.hangs_up("carl");
    CHECK_FALSE(script["carl"].hung);
    script.passes(2s);
    CHECK(script.end_of("carl") == CloseReason::packet_too_large);
}

TEST_CASE("what is no frame is the end of its sender, and what follows is not read")
{
    const Bytes frame = GENERATE(Bytes{0x82, 0x01, 'x'},                    // no mask
                                 Bytes{0xC2, 0x81, 0, 0, 0, 0, 'x'},        // a reserved bit
                                 Bytes{0x83, 0x81, 0, 0, 0, 0, 'x'},        // an unknown opcode
                                 Bytes{0x80, 0x81, 0, 0, 0, 0, 'x'},        // goes on with nothing
                                 Bytes{0x81, 0x81, 0, 0, 0, 0, 0xFF},       // no UTF-8
                                 Bytes{0x89, 0xFE, 0, 200, 0, 0, 0, 0, 1}); // a long ping
    Script script;
    two_play(script);
    script.says("bob", frame);
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_frame)});
    CHECK(script.told("ann") == Words{left_text(2, "bad_frame")});
    script.hangs_up("bob");
    CHECK_FALSE(script["bob"].hung);
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::bad_frame);
}

TEST_CASE("who comes back behind a bad frame is read again")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', std::string(700000, 'x'));
    script.sends("ann", 2, 'r', std::string(700000, 'y'));
    script.says("bob", Bytes{0x82, 0x01, 'x'});
    script.is_lost("bob");
    (void)script.told("bob");
    script.returns("bob");
    CHECK(script.told("bob") ==
          Words{"1 r0 " + std::string(700000, 'y'), close_text(CloseReason::bad_frame)});
    script.hangs_up("bob");
    CHECK(script["bob"].hung);
}

TEST_CASE("what is kept for one has a limit, and it is told so at once")
{
    const bool absent = GENERATE(false, true);
    PartySettings settings;
    settings.kept_bytes = 2000000;
    settings.packet_bytes = 500000;
    Script script(settings);
    two_play(script);
    if (absent) script.is_lost("bob");
    (void)script.told("ann");
    for (int n = 0; n < 4; ++n)
        script.sends("ann", 2, 'r', std::string(500000, 'x'));
    CHECK(script.told("ann").empty());
    script.sends("ann", 2, 'r', std::string(500000, 'x'));
    CHECK(script.told("ann") == Words{left_text(2, "peer_backlog")});
    CHECK(script.manager.use().kept_bytes < 1000); // what it would not take is not kept
    if (absent) {
        CHECK(script.look().peers.size() == 1);
        script.returns("bob");
        CHECK(script.told("bob") == Words{close_text(CloseReason::unknown_token)});
    } else {
        CHECK(script.told("bob").back() == close_text(CloseReason::peer_backlog));
        script.passes(2s);
        CHECK(script.end_of("bob") == CloseReason::peer_backlog);
    }
}

TEST_CASE("who has to go as it takes nothing does not come back by another connection")
{
    PartySettings settings;
    settings.kept_bytes = 20000;
    settings.packet_bytes = 50000;
    Script script(settings);
    two_play(script);
    script.sends("ann", 2, 'r', std::string(50000, 'x'));
    script.sends("ann", 2, 'r', std::string(50000, 'x'));
    (void)script.told("bob");
    script.returns("bob");
    CHECK(script.told("bob") == Words{close_text(CloseReason::peer_backlog)});
    CHECK(script.look().peers.size() == 1);
    script.takes("ann");
    script.passes(2s);
    CHECK(script.manager.use() == PartyUse{1, 1, 0, 0, 0});
}

TEST_CASE("when all together keep too much, who has most of it goes, and nobody else")
{
    const bool absent = GENERATE(false, true);
    PartySettings settings;
    settings.kept_bytes_in_all = 3000000;
    Script script(settings);
    script.hosts("eve", {.game = "x"});
    script.joins("mob", 2, {.game = "x", .code = to_text(script.look().code)});
    if (absent) script.is_lost("mob");
    script.sends("eve", 2, 'r', std::string(1400000, 'x'));
    script.sends("eve", 2, 'r', std::string(1400000, 'x'));
    script.forget_what_was_told();
    const std::string code = script.hosts("ann").welcomed->code;
    script.joins("bob", 2, {.code = code});
    script.joins("carl", 3, {.code = code});
    for (int n = 0; n < 3; ++n) {
        script.sends("ann", 0, 'r', std::string(100000, 'x'));
        script.sends("bob", 1, 'r', std::string(100000, 'x'));
    }
    CHECK(script.told("eve").back() == left_text(2, "memory_short"));
    if (!absent) CHECK(script.told("mob").back() == close_text(CloseReason::memory_short));
    CHECK(script.told("bob").size() == 3);
    CHECK(script.told("carl").size() == 3);
    CHECK(script.told("ann").size() == 5); // two have joined
    CHECK(script.manager.use().kept_bytes < 1000000);
}

TEST_CASE("a little that is kept for each of many of one address puts out nobody else")
{
    PartySettings settings;
    settings.kept_bytes_in_all = 3000000;
    Script script(settings);
    script.hosts("eve", {.game = "x"});
    const std::string mobs = to_text(script.look().code);
    for (int id = 2; id < 7; ++id)
        script.joins("mob" + std::to_string(id), id,
                     {.game = "x", .code = mobs, .address = "192.0.2.66"});
    script.sends("eve", 0, 'r', std::string(400000, 'x'));
    const std::string code = script.hosts("ann", {.address = "192.0.2.7"}).welcomed->code;
    script.joins("bob", 2, {.code = code, .address = "192.0.2.8"});
    script.forget_what_was_told();
    script.sends("ann", 2, 'r', std::string(600000, 'x'));
    script.sends("ann", 2, 'r', std::string(600000, 'x'));
    CHECK(script.told("bob").size() == 1); // it has to take that before
    CHECK(script.told("ann").empty());
    CHECK(script.told("eve").size() == 1);
    CHECK(script.manager.use().kept_bytes < 3000000);
}

TEST_CASE("what has come half of a large message counts as well")
{
    PartySettings settings;
    settings.kept_bytes_in_all = 2000000;
    Script script(settings);
    two_play(script);
    script.joins("carl", 3);
    const Bytes large = masked(websocket::Kind::binary, Bytes(1500000));
    script.says("bob", std::span(large).first(1200000));
    script.says("carl", std::span(large).first(700000));
    CHECK(script.told("carl").empty());
    script.says("carl", std::span(large).subspan(700000, 300000));
    CHECK(script.told("bob").back() == close_text(CloseReason::memory_short));
    CHECK(script.told("carl").empty());
    CHECK(script.manager.use().kept_bytes < 1100000);
    script.says("bob", std::span(large).subspan(1200000)); // is not read
    script.says("carl", std::span(large).subspan(1000000));
    CHECK(script.manager.use().kept_bytes < 2000);
}

TEST_CASE("a large message leaves no large buffers behind")
{
    PartySettings settings;
    settings.kept_bytes_in_all = 1U << 30U;
    Script script(settings);
    two_play(script);
    script.sends("ann", {{0, 'u', std::string(1000000, 'x')}, {0, 'u', std::string(10, 'x')}});
    script.takes("bob");
    CHECK(script.manager.use().kept_bytes == 0);
}

TEST_CASE("everybody is asked for a sign of life, and its round trip is told")
{
    Script script;
    two_play(script);
    script["bob"].mute = true;
    script.passes(1999ms);
    CHECK(script["bob"].pings == 0);
    script.passes(1ms);
    CHECK(script["bob"].pings == 1);
    CHECK_FALSE(script.look(2).round_trip);
    script.passes(23456us);
    script.says("bob", masked(websocket::Kind::pong, {}));
    CHECK(script.look(2).round_trip == Duration(23456us));
    script.passes(100ms);
    CHECK(script["bob"].round_trip == "23.4");
    CHECK(script["ann"].round_trip == "0.0");
    const std::size_t gots = script["bob"].gots;
    script.passes(1s);
    CHECK(script["bob"].gots == gots);                     // once
    script.says("bob", masked(websocket::Kind::pong, {})); // nobody has asked
    CHECK(script.look(2).round_trip == Duration(23456us));
}

TEST_CASE("where no place is held, who says nothing for 20 s is out")
{
    PartySettings settings;
    settings.hold = std::chrono::seconds(0);
    Script script(settings);
    two_play(script);
    script["bob"].mute = true;
    script.goes_on({"ann"}, 20s);
    CHECK(script.end_of("bob") == CloseReason::peer_silent);
    CHECK(script.told("ann").back() == left_text(2, "peer_lost"));
    CHECK(script.look().peers.size() == 1);
}

TEST_CASE("who says nothing for 20 s has lost its network")
{
    Script script;
    two_play(script);
    script["bob"].mute = true;
    script.goes_on({"ann"}, 19s);
    CHECK_FALSE(script.end_of("bob"));
    CHECK(script["bob"].pings == 1); // there is an answer to come
    script.goes_on({"ann"}, 1s);
    CHECK(script.end_of("bob") == CloseReason::peer_silent);
    CHECK(script.told("ann") == Words{R"({"absent":2})"});
    script["bob"].mute = false;
    script.returns("bob");
    CHECK(script.told("ann") == Words{R"({"returned":2})"});
    script.goes_on({"ann"}, 60s); // pongs are enough
    CHECK_FALSE(script.end_of("bob"));
    CHECK(script["bob"].pings >= 30);
}

TEST_CASE("any byte is a sign of life")
{
    Script script;
    two_play(script);
    script["bob"].mute = true;
    const Bytes frame = masked(websocket::Kind::binary, packets_of({{1, 'u', "hello"}}));
    for (const std::uint8_t byte : frame) {
        script.passes(15s);
        script.says("bob", std::span(&byte, 1));
    }
    CHECK_FALSE(script.end_of("bob"));
    CHECK(script.told("ann").back() == "2 u0 hello");
}

} // namespace netplay_relay::party
