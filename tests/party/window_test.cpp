// What is sent, what waits for the game to take what was sent before, and what is dropped.
#include "script.hpp"

#include <algorithm>

namespace netplay_relay::party {

namespace {

constexpr std::size_t head = 10; // of a packet

// So many bytes of a message.
std::string filling(std::size_t size) { return std::string(size - head, 'x'); }

// What bob was told, and takes later.
void takes_bytes(Script& script, std::uint64_t bytes)
{
    script.says("bob", "{\"seen\":" + std::to_string(bytes) + "}");
}

std::size_t told(Script& script) { return script.told("bob").size(); }

} // namespace

TEST_CASE("reliable messages wait when 1 MiB is not taken")
{
    Script script;
    two_play(script);
    for (int n = 0; n < 20; ++n)
        script.sends("ann", 2, 'r', filling(100U << 10U));
    CHECK(told(script) == 10);
    CHECK(script.look(2).untaken_bytes == 1000U << 10U);
    script.says("bob", R"({"got":10})"); // what is in is not what was taken
    CHECK(told(script) == 0);
    takes_bytes(script, 99U << 10U);
    CHECK(told(script) == 1); // 901 KiB and 100 are less than 1 MiB
    takes_bytes(script, 200U << 10U);
    CHECK(told(script) == 1);
    script.takes("bob");
    CHECK(told(script) == 8);
    script.takes("bob");
    CHECK(script.manager.use().kept_bytes == 0);
}

TEST_CASE("one message larger than the window is sent when nothing else is on the way")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', filling(20));
    script.sends("ann", 2, 'r', filling(1500U << 10U));
    script.sends("ann", 2, 'r', filling(20));
    CHECK(told(script) == 1);
    takes_bytes(script, 20);
    CHECK(told(script) == 1);
    takes_bytes(script, 20 + (1499U << 10U)); // 1 KiB is not taken
    CHECK(told(script) == 1);
}

TEST_CASE("a control message passes a full window, and does not overtake what waits")
{
    Script script;
    two_play(script);
    script.sends("bob", 1, 'r', filling(1U << 20U));
    script.joins("carl", 3);
    CHECK(script.told("ann").size() == 2);
    script.sends("bob", 1, 'r', filling(20));
    script.hangs_up("carl");
    CHECK(script.told("ann").empty());
    script.takes("ann");
    CHECK(script.told("ann") == Words{"2 r0 " + filling(20), R"({"left":3,"why":"peer_left"})"});
}

TEST_CASE("unreliable messages wait when 64 KiB are not taken, and none is dropped in 250 ms")
{
    const std::size_t size = GENERATE(1000U, 3000U); // copied, and shared
    Script script;
    two_play(script);
    const std::size_t passes = (64U << 10U) / size;
    for (std::size_t n = 0; n < passes + 10; ++n)
        script.sends("ann", 2, 'u', filling(size));
    CHECK(told(script) == passes);
    CHECK(script.look(2).held_bytes >= 10 * size);
    script.passes(249ms);
    CHECK(script.look(2).messages_dropped == 0);
    SECTION("taken in time")
    {
        takes_bytes(script, 2 * size);
        CHECK(told(script) == 2);
        script.takes("bob");
        CHECK(told(script) == 8);
        CHECK(script.look(2).messages_dropped == 0);
    }
    SECTION("too late")
    {
        script.passes(1ms);
        CHECK(script.look(2).messages_dropped == 10);
        script.takes("bob");
        CHECK(told(script) == 0);
        CHECK(script.manager.counts().messages_dropped == 10);
        CHECK(script.manager.counts().bytes_dropped == 10 * size);
    }
    CHECK(script.look(2).held_bytes == 0);
    CHECK(script.manager.use().kept_bytes == 0);
    script.sends("ann", 2, 'u', filling(20));
    CHECK(told(script) == 1);
}

TEST_CASE("each message has its own 250 ms")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'u', filling(64U << 10U));
    for (int n = 0; n < 10; ++n) {
        script.sends("ann", 2, 'u', std::to_string(n));
        script.passes(50ms);
    }
    CHECK(script.look(2).messages_dropped == 6); // 5 are younger than 250 ms, less one of just that
    (void)told(script);
    script.takes("bob");
    CHECK(script.told("bob") == Words{"1 u0 6", "1 u0 7", "1 u0 8", "1 u0 9"});
}

TEST_CASE("what waits has a limit, and the oldest goes")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'u', filling(64U << 10U));
    for (int n = 0; n < 400; ++n)
        script.sends("ann", 2, 'u', filling(1000));
    CHECK(script.look(2).held_bytes <= held_bytes_max);
    CHECK(script.look(2).messages_dropped > 400 - 262);
    script.sends("ann", 2, 'u', filling(held_bytes_max + 1)); // alone too large
    CHECK(script.look(2).held_bytes == 0);
}

TEST_CASE("small messages that wait count with the memory that they take")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'u', filling(64U << 10U));
    for (int n = 0; n < 3000; ++n)
        script.sends("ann", 2, 'u', "");
    CHECK(script.look(2).messages_dropped > 300);
}

TEST_CASE("unreliable messages wait while what was sent was not taken for long")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'u', "a");
    script.passes(350ms);
    script.sends("ann", 2, 'u', "b");
    CHECK(told(script) == 2);
    script.passes(1ms);
    script.sends("ann", 2, 'u', "c");
    CHECK(told(script) == 0);
    script.sends("ann", 2, 'r', "d"); // what is reliable does not wait for that
    CHECK(told(script) == 1);
    takes_bytes(script, head + 1);
    CHECK(told(script) == 1); // c
    script.passes(10s);
    CHECK(script.look(2).messages_dropped == 0);
}

TEST_CASE("the way there and back is not the game's fault")
{
    Script script;
    two_play(script);
    script["bob"].mute = true;
    script.passes(2s); // a ping
    REQUIRE(script["bob"].pings == 1);
    script.passes(400ms);
    script.says("bob", masked(websocket::Kind::pong, {}));
    CHECK(script.look(2).round_trip == Duration(400ms));
    script.sends("ann", 2, 'u', "a");
    script.passes(350ms + 600ms);
    script.sends("ann", 2, 'u', "b");
    CHECK(told(script) == 2);
    script.passes(1ms);
    script.sends("ann", 2, 'u', "c");
    CHECK(told(script) == 0);
}

TEST_CASE("a pong that waited for the end of a freeze is not the usual way")
{
    Script script;
    two_play(script);
    script["bob"].mute = true;
    script.passes(2s);
    script.passes(100ms);
    script.says("bob", masked(websocket::Kind::pong, {}));
    script.passes(1900ms);
    REQUIRE(script["bob"].pings == 2);
    script.passes(3s);
    script.says("bob", masked(websocket::Kind::pong, {}));
    CHECK(script.look(2).round_trip == Duration(3s));
    script.sends("ann", 2, 'u', "a");
    script.passes(350ms + 300ms); // half of 100 ms more, and 50: 200 ms, and half of that
    script.sends("ann", 2, 'u', "b");
    CHECK(told(script) == 2);
    script.passes(1ms);
    script.sends("ann", 2, 'u', "c");
    CHECK(told(script) == 0);
}

TEST_CASE("a game that was frozen for 3 s gets few of the states that have grown old")
{
    const bool is_far = GENERATE(false, true); // some 100 ms
    Script script;
    two_play(script);
    if (is_far) {
        script["bob"].mute = true;
        script.passes(2s);
        script.passes(100ms);
        script.says("bob", masked(websocket::Kind::pong, {}));
    }
    const auto plays = [&](int frames, bool frozen) {
        for (int frame = 0; frame < frames; ++frame) {
            script.sends("ann", 2, 'u', "a state of 24 bytes ....");
            script.passes(Duration(1s) / 60);
            if (!frozen) script.takes("bob");
        }
    };
    plays(120, false);
    CHECK(told(script) == 120);
    plays(180, true);
    script.takes("bob"); // it goes on
    const std::size_t old = told(script);
    CHECK(old >= 30);
    CHECK(old <= 60);
    plays(120, false);
    CHECK(told(script) == 120);
}

TEST_CASE("what counts as taken is of this connection only")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'u', filling(60U << 10U));
    script.is_lost("bob");
    script.returns("bob");
    CHECK(script.look(2).untaken_bytes == 0);
    script.sends("ann", 2, 'u', filling(60U << 10U));
    CHECK(told(script) == 2);
    CHECK(script.look(2).untaken_bytes == 60U << 10U);
    takes_bytes(script, 60U << 10U);
    CHECK(script.look(2).untaken_bytes == 0);
}

TEST_CASE("what waited for who is lost is not sent to who comes back, unless it has to arrive")
{
    Script script;
    two_play(script);
    script.sends("ann", 2, 'r', filling(1U << 20U));
    script.sends("ann", 2, 'r', "reliable");
    script.sends("ann", 2, 'u', "held");
    CHECK(script.look(2).held_bytes > 0);
    (void)told(script);
    script.is_lost("bob");
    CHECK(script.look(2).held_bytes == 0);
    script.returns("bob", 1); // the large one, and the text of nobody
    CHECK(script.told("bob") == Words{"1 r0 reliable"});
    CHECK(script.look(2).messages_dropped == 1);
}

TEST_CASE("the window holds for what is sent again")
{
    Script script;
    two_play(script);
    for (int n = 0; n < 20; ++n)
        script.sends("ann", 2, 'r', filling(100U << 10U));
    script.is_lost("bob");
    (void)told(script);
    script["bob"].got = 0; // none arrived
    script.returns("bob");
    CHECK(told(script) == 10);
    script.takes("bob");
    CHECK(told(script) == 10);
    script.takes("bob");
    CHECK(script.look(2).kept_bytes == 0);
}

} // namespace netplay_relay::party
