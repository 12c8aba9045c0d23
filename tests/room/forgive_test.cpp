#include "script.hpp"

// The relay itself stands still: what nobody could do meanwhile is held against nobody.
namespace netplay_relay::room {

namespace {

constexpr Duration gap = 5500ms;

// The clock goes on, and the relay notices only now.
void stands_still(Script& script)
{
    script.now += gap;
    script.manager.forgive(gap, script.now);
    script.carry_out([&](Output& out) { script.manager.tick(script.now, out); });
}

void ann_and_bob_play(Script& script)
{
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.passes(3s);
    script.rounds({"ann", "bob"}, 30);
}

} // namespace

TEST_CASE("a player that sent nothing while the relay stood still is not slow")
{
    Script script;
    ann_and_bob_play(script);
    script.sends("ann", 60);
    script.passes(2s);
    stands_still(script);
    CHECK(script.is_in("bob"));
    script.passes(2900ms); // what was left of its time
    CHECK(script.is_in("bob"));
    script.passes(200ms);
    CHECK(script.end_of("bob") == CloseReason::slow_player);
    CHECK(script.is_in("ann"));
}

TEST_CASE("the others' standstill is not longer for it")
{
    Script script;
    ann_and_bob_play(script);
    script.sends("ann", 60);
    script.passes(500ms);
    stands_still(script);
    script.sends("bob", 60);
    CHECK(script.look("bob").counts.waited < 600ms);
    CHECK(script.look("bob").counts.waited >= 500ms);
    script.rounds({"ann", "bob"}, 60);
    CHECK(script.look().members.size() == 2);
}

TEST_CASE("who is asked for its state, and who waits for one, has as much time as otherwise")
{
    Script script;
    ann_and_bob_play(script);
    script.comes("carl");
    REQUIRE(script["ann"].is_asked());
    script.passes(2s);
    stands_still(script);
    script.passes(500ms);
    CHECK(script.is_in("ann"));
    CHECK(script.is_in("carl"));
    script.serves("ann");
    CHECK(script["carl"].is_synced());
}

TEST_CASE("who shakes hands has as much time as otherwise")
{
    Script script;
    script.arrives("ann");
    script.passes(9s);
    stands_still(script);
    script.passes(900ms);
    CHECK(script.end_of("ann") == std::nullopt);
    script.passes(200ms);
    CHECK(script.end_of("ann") == CloseReason::entrance_timeout);
}

TEST_CASE("the place of a lost player is kept for longer")
{
    RoomSettings settings;
    settings.players = 2;
    Script script(settings);
    ann_and_bob_play(script);
    script.leaves("bob", CloseReason::member_lost);
    REQUIRE(script.look().kept == 1);
    script.now += 10min;
    script.manager.forgive(10min, script.now);
    script.carry_out([&](Output& out) { script.manager.tick(script.now, out); });
    CHECK(script.look().kept == 1);
}

} // namespace netplay_relay::room
