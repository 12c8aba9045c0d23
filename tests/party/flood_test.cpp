// Who says more than another takes, and what is bounded beside packets: who goes for it.
#include "script.hpp"

namespace netplay_relay::party {

namespace {

// Five packets of 500000 bytes are too much for one.
PartySettings narrow()
{
    PartySettings settings;
    settings.kept_bytes = 2000000;
    settings.packet_bytes = 500000;
    return settings;
}

void floods(Script& script, const std::string& name, std::int32_t target, int packets = 5)
{
    for (int n = 0; n < packets; ++n)
        script.sends(name, target, 'r', std::string(500000, 'x'));
}

} // namespace

TEST_CASE("a guest that fills its host's queue goes, and not the host")
{
    const bool absent = GENERATE(false, true);
    Script script(narrow());
    four_play(script, false);
    if (absent) script.is_lost("ann");
    script.sends("carl", 1, 'r', "hello");
    floods(script, "bob", 1);
    CHECK(script.told("bob").back() == close_text(CloseReason::peer_flood));
    CHECK(script.look(1).kept_bytes < 1600000); // what it may have got already
    CHECK_FALSE(script.look().closing);
    if (absent) script.returns("ann");
    script.takes("ann");
    script.takes("ann");
    const Words told = script.told("ann");
    CHECK(std::ranges::count(told, "3 r0 hello") == 1);
    CHECK(told.back() == left_text(2, "peer_flood"));
    script.sends("carl", 1, 'r', "again");
    CHECK(script.told("ann") == Words{"3 r0 again"});
    script.hangs_up("bob");
    CHECK(script.end_of("bob") == CloseReason::peer_flood);
}

TEST_CASE("guests that fill their host's queue together go one by one, whoever has said most first")
{
    Script script(narrow());
    four_play(script, false);
    script.is_lost("ann");
    script.sends("bob", 1, 'r', std::string(200000, 'x'));
    for (int n = 0; n < 3; ++n) {
        script.sends("carl", 1, 'r', std::string(400000, 'x'));
        script.sends("dan", 1, 'r', std::string(390000, 'x'));
    }
    CHECK(script.told("carl").back() == close_text(CloseReason::peer_flood));
    CHECK(script.told("dan").size() == 1); // that its host is absent
    for (int n = 0; n < 3; ++n)
        script.sends("dan", 1, 'r', std::string(390000, 'x'));
    CHECK(script.told("dan").back() == close_text(CloseReason::peer_flood));
    CHECK(script.told("bob").size() == 1);
    CHECK_FALSE(script.look().closing);
}

TEST_CASE("a guest that fills another guest's queue goes, and not the other")
{
    Script script(narrow());
    four_play(script, true);
    floods(script, "bob", 3);
    CHECK(script.told("bob") == Words{close_text(CloseReason::peer_flood)});
    CHECK(script.look(3).kept_bytes < 1600000);
    script.takes("carl");
    script.takes("carl");
    CHECK(script.told("carl").back() == left_text(2, "peer_flood"));
    CHECK(script.told("dan") == Words{left_text(2, "peer_flood")});
}

TEST_CASE("guests of one address that fill another guest's queue together go, and not the other")
{
    Script script(narrow());
    four_play(script, true);
    script.joins("eve", 5, {.address = "192.0.2.77"});
    script.joins("fay", 6, {.address = "192.0.2.77"});
    script.passes(2s);
    script.forget_what_was_told();
    for (int n = 0; n < 3; ++n)
        for (const char* name : {"eve", "fay"})
            script.sends(name, 3, 'r', std::string(450000, 'x'));
    CHECK(script.told("eve").back() == close_text(CloseReason::peer_flood));
    CHECK_FALSE(script.end_of("carl"));
    CHECK(script.look(3).kept_bytes < 2000000);
}

TEST_CASE("a guest that takes nothing goes, if what others said to it came slowly")
{
    Script script(narrow());
    four_play(script, true);
    for (int n = 0; n < 5; ++n) {
        script.goes_on({"ann", "bob", "dan"}, 5s);
        script.forget_what_was_told();
        script.sends("bob", 3, 'r', std::string(500000, 'x'));
    }
    CHECK(script.told("bob") == Words{left_text(3, "peer_backlog")});
    CHECK(script.told("carl").back() == close_text(CloseReason::peer_backlog));
}

TEST_CASE("of several addresses that fill a guest's queue the one goes that has said most")
{
    Script script(narrow());
    four_play(script, true);
    script.joins("eve", 5, {.address = "192.0.2.77"});
    script.passes(2s);
    script.is_lost("carl");
    script.forget_what_was_told();
    for (int n = 0; n < 3; ++n) {
        script.sends("bob", 3, 'r', std::string(420000, 'x'));
        script.sends("eve", 3, 'r', std::string(425000, 'x'));
    }
    CHECK(script.told("eve").back() == close_text(CloseReason::peer_flood));
    CHECK(script.told("bob") == Words{left_text(5, "peer_flood")});
    CHECK(script.look(3).absent);
}

TEST_CASE("a host is never sent away for what it has said")
{
    Script script(narrow());
    four_play(script, true);
    floods(script, "ann", 3);
    CHECK(script.told("ann") == Words{left_text(3, "peer_backlog")});
}

TEST_CASE("what the gone have said is forgotten before somebody has to go")
{
    Script script(narrow());
    four_play(script, false);
    script.is_lost("ann");
    floods(script, "bob", 1, 4);
    script.hangs_up("bob");
    script.forget_what_was_told();
    floods(script, "carl", 1, 2);
    CHECK(script.told("carl").empty());
    script.returns("ann");
    script.takes("ann");
    script.takes("ann");
    CHECK(script["ann"].got > 3);
    CHECK(script.told("ann").back() == "3 r0 " + std::string(500000, 'x'));
    CHECK(script.look(1).kept_bytes == 0);
}

TEST_CASE("numbers are right behind what was forgotten")
{
    Script script(narrow());
    four_play(script, false);
    script.sends("bob", 1, 'r', std::string(400000, 'x')); // on its way when ann is lost
    script.is_lost("ann");
    floods(script, "bob", 1, 4);
    script.sends("carl", 1, 'r', "hello");
    script.returns("ann", script["ann"].got); // it has got that one
    script.takes("ann");
    script.takes("ann");
    const Words told = script.told("ann");
    CHECK(std::ranges::count(told, "3 r0 hello") == 1);
    script.sends("carl", 1, 'r', "again");
    script.takes("ann");
    CHECK(script.look(1).kept_bytes == 0);
    script.returns("ann", script["ann"].got + 1); // there is none
    CHECK(script.told("ann").back() == close_text(CloseReason::bad_control));
}

TEST_CASE("when all together keep too much, whoever has filled the longest queue goes")
{
    PartySettings settings;
    settings.kept_bytes_in_all = 3000000;
    Script script(settings);
    four_play(script, false);
    script.is_lost("ann");
    script.forget_what_was_told();
    for (int n = 0; n < 3; ++n)
        script.sends("bob", 1, 'r', std::string(1400000, 'x'));
    CHECK(script.told("bob") == Words{close_text(CloseReason::peer_flood)});
    CHECK(script.manager.use().kept_bytes < 3000000);
    CHECK_FALSE(script.look().closing);
}

TEST_CASE("a game that never says what it has taken is not a list that grows")
{
    Script script;
    two_play(script);
    const auto size_behind = [&](int messages) {
        for (int n = 0; n < messages; ++n) {
            script.passes(20ms);
            script.sends("ann", 2, 'r', "x");
            script.says("bob", "{\"got\":" + std::to_string(script["bob"].got) + "}");
        }
        return script.manager.write(script.look().number).size();
    };
    const std::size_t size = size_behind(500);
    CHECK(size_behind(500) < size + 64);
    script.takes("bob");
    CHECK(script.look(2).untaken_bytes == 0);
}

TEST_CASE("what has come of a request counts in what is kept")
{
    PartySettings settings;
    settings.kept_bytes_in_all = 10000;
    Script script(settings);
    two_play(script);
    script.arrives("eve");
    script.says("eve", bytes_of_text("GET / HTTP/1.1\r\nX: " + std::string(5000, 'x')));
    CHECK(script.manager.use().kept_bytes > 5000);
    script.arrives("mob");
    script.says("mob", bytes_of_text("GET / HTTP/1.1\r\nX: " + std::string(5500, 'x')));
    CHECK(script.end_of("mob") == CloseReason::memory_short);
    CHECK_FALSE(script.end_of("eve"));
    CHECK(script.is_lost("eve") == CloseReason::left_early);
    CHECK(script.manager.use().kept_bytes == 0);
    script.opens("fay");
    const Bytes half = masked(websocket::Kind::text, Bytes(4000));
    script.says("fay", std::span(half).first(3900));
    script.opens("gil");
    script.says("gil", std::span(half).first(3800));
    script.opens("hal");
    script.says("hal", std::span(half).first(3800));
    CHECK(script.told("fay") == Words{close_text(CloseReason::memory_short)});
    CHECK(script.told("gil").empty());
    CHECK(script.manager.use().kept_bytes == 7600);
}

TEST_CASE("pongs that answer nothing are messages, and so is each fragment")
{
    const bool fragments = GENERATE(false, true);
    PartySettings settings;
    settings.messages_per_second = 10;
    Script script(settings);
    two_play(script);
    script["bob"].mute = true;
    script.passes(2s); // it is asked
    Bytes frame = masked(websocket::Kind::pong, {});
    script.says("bob", frame);
    if (fragments) {
        Bytes one = masked(websocket::Kind::binary, {});
        frame.clear();
        for (int n = 0; n < 40; ++n) {
            one[0] = n == 0 ? 0x02 : 0x00;
            frame.insert(frame.end(), one.begin(), one.end());
        }
        const Bytes last = masked(websocket::Kind::binary, packets_of({{1, 'u', "x"}}));
        frame.insert(frame.end(), last.begin(), last.end());
        frame[frame.size() - last.size()] = 0x80;
        script.says("bob", frame);
        CHECK(script.told("ann") == Words{left_text(2, "peer_flood")});
    } else {
        for (int n = 0; n < 40; ++n)
            script.says("bob", frame);
        CHECK(script.told("bob").empty());
        script.says("bob", frame);
    }
    CHECK(script.told("bob") == Words{close_text(CloseReason::peer_flood)});
}

TEST_CASE("who is in no party yet may ping a few times")
{
    Script script;
    script.opens("eve");
    for (int n = 0; n < 16; ++n)
        script.says("eve", masked(websocket::Kind::ping, bytes_of_text(std::to_string(n))));
    CHECK(script["eve"].ponged == bytes_of_text("15"));
    script.says("eve", masked(websocket::Kind::ping, {}));
    CHECK(script.told("eve") == Words{close_text(CloseReason::peer_flood)});
    script.says("eve", masked(websocket::Kind::ping, bytes_of_text("more")));
    CHECK(script["eve"].ponged == bytes_of_text("15")); // nobody answers any more
}

TEST_CASE("what many get counts more than what one gets")
{
    PartySettings settings;
    settings.messages_per_second = 10;
    settings.peers = 20;
    settings.peers_per_address = 20;
    Script script(settings);
    script.hosts("ann", {.max = 20});
    for (int id = 2; id <= 18; ++id)
        script.joins("guest" + std::to_string(id), id);
    script.takes("ann");
    script.passes(10s);
    script.forget_what_was_told();
    std::vector<std::int32_t> all;
    for (int id = 2; id <= 18; ++id)
        all.push_back(id);
    // Seventeen get it: two messages, of 40 that are allowed.
    SECTION("a lone packet, to all")
    {
        for (int n = 0; n < 20; ++n)
            script.sends("ann", 0, 'u', "x");
        CHECK(script.told("ann").empty());
        script.sends("ann", 2, 'u', "x");
    }
    SECTION("a lone packet, to a list")
    {
        for (int n = 0; n < 20; ++n)
            script.sends("ann", {Sent{0, 'u', "x", 0, all}});
        CHECK(script.told("ann").empty());
        script.sends("ann", 2, 'u', "x");
    }
    SECTION("several packets that come to as many in the end")
    {
        std::vector<Sent> packets;
        for (const std::int32_t id : all)
            packets.push_back({id, 'u', "x"});
        for (int n = 0; n < 20; ++n)
            script.sends("ann", packets);
        CHECK(script.told("ann").empty());
        script.sends("ann", 2, 'u', "x");
    }
    SECTION("a hundred packets for all, which are two messages more")
    {
        const std::vector<Sent> packets(100, {0, 'u', "x"});
        for (int n = 0; n < 10; ++n)
            script.sends("ann", packets);
        CHECK(script.told("ann").empty());
        script.sends("ann", 2, 'u', "x");
    }
    CHECK(script.told("ann") == Words{close_text(CloseReason::peer_flood)});
}

TEST_CASE("bytes that many get count more as well")
{
    const int packets = GENERATE(1, 2);
    PartySettings settings;
    settings.bytes_per_second = 20480; // 80 KiB at once
    settings.peers = 20;
    settings.peers_per_address = 20;
    Script script(settings);
    script.hosts("ann", {.max = 20});
    for (int id = 2; id <= 18; ++id)
        script.joins("guest" + std::to_string(id), id);
    script.passes(10s);
    script.forget_what_was_told();
    const auto size = static_cast<std::size_t>(38000 / packets);
    script.sends("ann", std::vector<Sent>(static_cast<std::size_t>(packets),
                                          {0, 'u', std::string(size, 'x')}));
    CHECK(script.told("ann").empty());
    script.sends("ann", 2, 'u', std::string(8000, 'x'));
    CHECK(script.told("ann") == Words{close_text(CloseReason::peer_flood)});
}

} // namespace netplay_relay::party
