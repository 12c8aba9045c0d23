#include "dialogue.hpp"

// The relay itself stands still: what nobody could do meanwhile is held against nobody.
namespace netplay_relay::room {

namespace {

constexpr Duration gap = 5500ms;

// The clock goes on, and the relay notices only now.
void stands_still(Dialogue& hall)
{
    hall.now += gap;
    hall.hall.forgive(gap, hall.now);
    hall.carry_out([&](Outcome& out) { hall.hall.tick(hall.now, out); });
}

void ann_and_bob_play(Dialogue& hall)
{
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.passes(3s);
    hall.rounds({"ann", "bob"}, 30);
}

} // namespace

TEST_CASE("a player that sent nothing while the relay stood still is not slow")
{
    Dialogue hall;
    ann_and_bob_play(hall);
    hall.sends("ann", 60);
    hall.passes(2s);
    stands_still(hall);
    CHECK(hall.is_in("bob"));
    hall.passes(2900ms); // what was left of its time
    CHECK(hall.is_in("bob"));
    hall.passes(200ms);
    CHECK(hall.end_of("bob") == MemberEnd::slow_player);
    CHECK(hall.is_in("ann"));
}

TEST_CASE("the others' standstill is not longer for it")
{
    Dialogue hall;
    ann_and_bob_play(hall);
    hall.sends("ann", 60);
    hall.passes(500ms);
    stands_still(hall);
    hall.sends("bob", 60);
    CHECK(hall.look("bob").counts.waited < 600ms);
    CHECK(hall.look("bob").counts.waited >= 500ms);
    hall.rounds({"ann", "bob"}, 60);
    CHECK(hall.look().members.size() == 2);
}

TEST_CASE("who is asked for its state, and who waits for one, has as much time as otherwise")
{
    Dialogue hall;
    ann_and_bob_play(hall);
    hall.comes("carl");
    REQUIRE(hall["ann"].is_asked());
    hall.passes(2s);
    stands_still(hall);
    hall.passes(500ms);
    CHECK(hall.is_in("ann"));
    CHECK(hall.is_in("carl"));
    hall.serves("ann");
    CHECK(hall["carl"].is_synced());
}

TEST_CASE("who shakes hands has as much time as otherwise")
{
    Dialogue hall;
    hall.arrives("ann");
    hall.passes(9s);
    stands_still(hall);
    hall.passes(900ms);
    CHECK(hall.end_of("ann") == std::nullopt);
    hall.passes(200ms);
    CHECK(hall.end_of("ann") == MemberEnd::entrance_timeout);
}

TEST_CASE("the place of a lost player is kept for longer")
{
    RoomSettings settings;
    settings.players = 2;
    Dialogue hall(settings);
    ann_and_bob_play(hall);
    hall.leaves("bob", MemberEnd::lost);
    REQUIRE(hall.look().kept == 1);
    hall.now += 10min;
    hall.hall.forgive(10min, hall.now);
    hall.carry_out([&](Outcome& out) { hall.hall.tick(hall.now, out); });
    CHECK(hall.look().kept == 1);
}

} // namespace netplay_relay::room
