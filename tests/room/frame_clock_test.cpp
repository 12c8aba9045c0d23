#include "member.hpp"
#include "script.hpp"

namespace netplay_relay::room {

namespace {

// Members of those names, all playing, at one frame.
void all_play(Script& script, const Words& names)
{
    for (const std::string& name : names)
        script.joins_and_plays(name);
    script.passes(3s);
    script.sends(names.front());
    for (const std::string& name : names)
        if (name != names.front()) script.sends(name);
    script.forget_what_was_told();
}

} // namespace

TEST_CASE("the clock follows who has played longest")
{
    Script script;
    all_play(script, {"ann", "bob", "carl"});
    const Frame begin = script.frame();
    script.sends("bob", 5);
    script.sends("carl", 7);
    CHECK(script.frame() == begin);
    CHECK(script.heard("ann").empty()); // nothing of a frame that is not over
    CHECK(script.look("carl").frames_ahead == 7);
    CHECK(script.look("ann").owns_clock);
    script.sends("ann", 6);
    CHECK(script.frame() == begin + 6);
    CHECK(script.look("bob").frames_behind == 1);
    CHECK(script.look("carl").frames_ahead == 1);
    CHECK(script.heard("ann").size() == 6 + 5 + 6);
    script.watches("ann"); // and plays again: it is the youngest now
    script.plays("ann");
    CHECK(script.look("bob").owns_clock);
}

TEST_CASE("a new owner's inputs close many frames at once")
{
    Script script;
    script.joins("watcher");
    all_play(script, {"ann", "bob"});
    const Frame begin = script.frame();
    script.sends("bob", 40);
    CHECK(script.frame() == begin);
    script.leaves("ann");
    CHECK(script.frame() == begin + 40);
    CHECK(script.heard("watcher").size() == 1 + 2 * 40);
    CHECK(script.look("bob").owns_clock);
}

TEST_CASE("without players sixty frames a second are counted")
{
    Script script;
    script.joins("ann");
    const Frame begin = script.frame();
    script.passes(10s);
    const Frame counted = script.frame() - begin;
    CHECK(counted >= 600 - 7); // those of a batch are told behind it
    CHECK(counted <= 600);
    CHECK(script["ann"].server() == script.frame());
    // A clock that was not served does not make up for all of it.
    script.now += 5s;
    script.carry_out([&](Output& out) { script.manager.tick(script.now, out); });
    CHECK(script.frame() <= begin + counted + 22);
    CHECK(script.frame() > begin + counted);
}

TEST_CASE("the clock goes on at its own pace when the last player leaves")
{
    Script script;
    script.joins("watcher");
    all_play(script, {"ann", "bob"});
    script.leaves("ann");
    script.leaves("bob");
    const Frame begin = script.frame();
    script.passes(1s);
    CHECK(script.frame() >= begin + 60 - 7);
    CHECK(script.frame() <= begin + 61);
}

TEST_CASE("late input is passed on at once")
{
    Script script;
    all_play(script, {"ann", "bob", "carl"});
    const Frame begin = script.frame();
    script.sends("ann", 6);
    script.forget_what_was_told();
    const std::uint64_t late = script.look("bob").counts.inputs_late;
    script.sends("bob", 2);
    const Words both{"INPUT " + std::to_string(begin) + " of 2",
                     "INPUT " + std::to_string(begin + 1) + " of 2"};
    CHECK(script.heard("ann") == both);
    CHECK(script.heard("carl") == both);
    CHECK(script.heard("bob").empty());
    CHECK(script.look("bob").counts.inputs_late == late + 2);
}

TEST_CASE("nobody runs further ahead of the clock than any frontend does")
{
    Script script;
    all_play(script, {"ann", "bob"});
    script.sends("bob", lead_max);
    CHECK(script.is_in("bob"));
    CHECK(script.look("bob").frames_ahead == lead_max);
    script.sends("bob");
    CHECK(script.end_of("bob") == CloseReason::ran_ahead);
    CHECK(script.is_in("ann"));
}

TEST_CASE("the clock waits for players who are far behind it")
{
    Script script;
    all_play(script, {"ann", "bob"});
    const Frame begin = script.frame();
    script.sends("ann", lag_max + 20);
    CHECK(script.frame() == begin + lag_max);
    script.sends("bob");
    CHECK(script.frame() == begin + lag_max + 1);
    script.sends("bob", 40);
    CHECK(script.frame() == begin + lag_max + 20);
}

TEST_CASE("the game's speed has a limit")
{
    Script script;
    all_play(script, {"ann"});
    script.passes(4s); // what may come at once is there again
    const Frame begin = script.frame();
    script.sends("ann", 690);
    CHECK(script.frame() == begin + 600);
    script.passes(200ms);
    CHECK(script.frame() >= begin + 629);
    CHECK(script.frame() <= begin + 631);
    script.passes(1s);
    CHECK(script.frame() == begin + 690);
    CHECK(script.manager.next_deadline() == std::nullopt); // alone it keeps nobody waiting
}

TEST_CASE("a player that is always ahead is asked to wait")
{
    Script script;
    all_play(script, {"ann", "bob"});
    script.sends("bob", 10);
    for (int round = 0; round < 500; ++round) {
        script.sends("bob");
        script.sends("ann");
        script.passes(Duration(1s) / 60);
    }
    const Words told = script.told("bob");
    CHECK(told.size() >= 3);
    CHECK(told.size() <= 5); // once in 120 frames
    for (const std::string& line : told)
        CHECK(line == "STALL 10");
    CHECK(script.told("ann").empty());
}

TEST_CASE("who keeps the others waiting is removed, but nobody who only waits for it")
{
    const std::string slow = GENERATE("ann", "bob", "carl");
    Script script;
    all_play(script, {"ann", "bob", "carl"});
    for (unsigned frame = 0; frame < 60; ++frame) // as far as frontends go
        for (const char* name : {"ann", "bob", "carl"})
            if (name != slow) script.sends(name);
    script.passes(4999ms);
    CHECK(script.end_of(slow) == std::nullopt);
    script.passes(2ms);
    CHECK(script.end_of(slow) == CloseReason::slow_player);
    for (const std::string name : {"ann", "bob", "carl"}) {
        if (name == slow) continue;
        CHECK(script.is_in(name));
        CHECK(script.look(name).frames_behind == 0);
    }
    script.passes(4s); // they have to be given time to go on
    CHECK(script.look().members.size() == 2);
}

TEST_CASE("who had to wait itself is given time to go on")
{
    Script script;
    all_play(script, {"ann", "bob"});
    script.sends("ann", 60); // its frontend stops here
    script.passes(4900ms);
    script.sends("bob", 60);
    script.passes(1s);
    CHECK(script.is_in("ann"));
    script.sends("ann", 10);
    script.sends("bob", 10);
    script.passes(4s);
    CHECK(script.look().members.size() == 2);
    script.passes(2s);
    CHECK(script.end_of("ann") == CloseReason::slow_player);
}

TEST_CASE("whom the others had to wait for is counted and told")
{
    Script script;
    all_play(script, {"ann", "bob", "carl"});
    (void)script.events();
    for (unsigned frame = 0; frame < 60; ++frame)
        for (const char* name : {"ann", "carl"})
            script.sends(name);
    script.passes(2s);
    CHECK(script.events().empty());
    script.sends("bob", 60);
    CHECK(script.events() == Words{"held_up bob"});
    const RoomEvent& event = script.all_events().back();
    CHECK(event.players == 2);
    CHECK(event.duration >= 2s);
    CHECK(event.member == script.id_of("bob"));
    CHECK(script.look("bob").counts.waits == 1);
    CHECK(script.look("bob").counts.waited >= 2s);
    CHECK(script.look("ann").counts.waits == 0);
    // A short one is counted only.
    for (unsigned frame = 0; frame < 60; ++frame)
        for (const char* name : {"ann", "carl"})
            script.sends(name);
    script.passes(100ms);
    script.leaves("bob");
    CHECK(script.events().empty());
}

} // namespace netplay_relay::room
