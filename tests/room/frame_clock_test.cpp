#include "dialogue.hpp"
#include "member.hpp"

namespace netplay_relay::room {

namespace {

// Members of those names, all playing, at one frame.
void all_play(Dialogue& hall, const Words& names)
{
    for (const std::string& name : names)
        hall.joins_and_plays(name);
    hall.passes(3s);
    hall.sends(names.front());
    for (const std::string& name : names)
        if (name != names.front()) hall.sends(name);
    hall.forget_what_was_told();
}

} // namespace

TEST_CASE("the clock follows who has played longest")
{
    Dialogue hall;
    all_play(hall, {"ann", "bob", "carl"});
    const Frame begin = hall.frame();
    hall.sends("bob", 5);
    hall.sends("carl", 7);
    CHECK(hall.frame() == begin);
    CHECK(hall.heard("ann").empty()); // nothing of a frame that is not over
    CHECK(hall.look("carl").frames_ahead == 7);
    CHECK(hall.look("ann").owns_clock);
    hall.sends("ann", 6);
    CHECK(hall.frame() == begin + 6);
    CHECK(hall.look("bob").frames_behind == 1);
    CHECK(hall.look("carl").frames_ahead == 1);
    CHECK(hall.heard("ann").size() == 6 + 5 + 6);
    hall.watches("ann"); // and plays again: it is the youngest now
    hall.plays("ann");
    CHECK(hall.look("bob").owns_clock);
}

TEST_CASE("a new owner's inputs close many frames at once")
{
    Dialogue hall;
    hall.joins("watcher");
    all_play(hall, {"ann", "bob"});
    const Frame begin = hall.frame();
    hall.sends("bob", 40);
    CHECK(hall.frame() == begin);
    hall.leaves("ann");
    CHECK(hall.frame() == begin + 40);
    CHECK(hall.heard("watcher").size() == 1 + 2 * 40);
    CHECK(hall.look("bob").owns_clock);
}

TEST_CASE("without players sixty frames a second are counted")
{
    Dialogue hall;
    hall.joins("ann");
    const Frame begin = hall.frame();
    hall.passes(10s);
    const Frame counted = hall.frame() - begin;
    CHECK(counted >= 600 - 7); // those of a batch are told behind it
    CHECK(counted <= 600);
    CHECK(hall["ann"].server() == hall.frame());
    // A clock that was not served does not make up for all of it.
    hall.now += 5s;
    hall.carry_out([&](Outcome& out) { hall.hall.tick(hall.now, out); });
    CHECK(hall.frame() <= begin + counted + 22);
    CHECK(hall.frame() > begin + counted);
}

TEST_CASE("the clock goes on at its own pace when the last player leaves")
{
    Dialogue hall;
    hall.joins("watcher");
    all_play(hall, {"ann", "bob"});
    hall.leaves("ann");
    hall.leaves("bob");
    const Frame begin = hall.frame();
    hall.passes(1s);
    CHECK(hall.frame() >= begin + 60 - 7);
    CHECK(hall.frame() <= begin + 61);
}

TEST_CASE("late input is passed on at once")
{
    Dialogue hall;
    all_play(hall, {"ann", "bob", "carl"});
    const Frame begin = hall.frame();
    hall.sends("ann", 6);
    hall.forget_what_was_told();
    const std::uint64_t late = hall.look("bob").counts.inputs_late;
    hall.sends("bob", 2);
    const Words both{"INPUT " + std::to_string(begin) + " of 2",
                     "INPUT " + std::to_string(begin + 1) + " of 2"};
    CHECK(hall.heard("ann") == both);
    CHECK(hall.heard("carl") == both);
    CHECK(hall.heard("bob").empty());
    CHECK(hall.look("bob").counts.inputs_late == late + 2);
}

TEST_CASE("nobody runs further ahead of the clock than any frontend does")
{
    Dialogue hall;
    all_play(hall, {"ann", "bob"});
    hall.sends("bob", lead_max);
    CHECK(hall.is_in("bob"));
    CHECK(hall.look("bob").frames_ahead == lead_max);
    hall.sends("bob");
    CHECK(hall.end_of("bob") == MemberEnd::ran_ahead);
    CHECK(hall.is_in("ann"));
}

TEST_CASE("the clock waits for players who are far behind it")
{
    Dialogue hall;
    all_play(hall, {"ann", "bob"});
    const Frame begin = hall.frame();
    hall.sends("ann", lag_max + 20);
    CHECK(hall.frame() == begin + lag_max);
    hall.sends("bob");
    CHECK(hall.frame() == begin + lag_max + 1);
    hall.sends("bob", 40);
    CHECK(hall.frame() == begin + lag_max + 20);
}

TEST_CASE("the game's speed has a limit")
{
    Dialogue hall;
    all_play(hall, {"ann"});
    hall.passes(4s); // what may come at once is there again
    const Frame begin = hall.frame();
    hall.sends("ann", 690);
    CHECK(hall.frame() == begin + 600);
    hall.passes(200ms);
    CHECK(hall.frame() >= begin + 629);
    CHECK(hall.frame() <= begin + 631);
    hall.passes(1s);
    CHECK(hall.frame() == begin + 690);
    CHECK(hall.hall.next_deadline() == std::nullopt); // alone it keeps nobody waiting
}

TEST_CASE("a player that is always ahead is asked to wait")
{
    Dialogue hall;
    all_play(hall, {"ann", "bob"});
    hall.sends("bob", 10);
    for (int round = 0; round < 500; ++round) {
        hall.sends("bob");
        hall.sends("ann");
        hall.passes(Duration(1s) / 60);
    }
    const Words told = hall.told("bob");
    CHECK(told.size() >= 3);
    CHECK(told.size() <= 5); // once in 120 frames
    for (const std::string& line : told)
        CHECK(line == "STALL 10");
    CHECK(hall.told("ann").empty());
}

TEST_CASE("who keeps the others waiting is removed, but nobody who only waits for it")
{
    const std::string slow = GENERATE("ann", "bob", "carl");
    Dialogue hall;
    all_play(hall, {"ann", "bob", "carl"});
    for (unsigned frame = 0; frame < 60; ++frame) // as far as frontends go
        for (const char* name : {"ann", "bob", "carl"})
            if (name != slow) hall.sends(name);
    hall.passes(4999ms);
    CHECK(hall.end_of(slow) == std::nullopt);
    hall.passes(2ms);
    CHECK(hall.end_of(slow) == MemberEnd::slow_player);
    for (const std::string name : {"ann", "bob", "carl"}) {
        if (name == slow) continue;
        CHECK(hall.is_in(name));
        CHECK(hall.look(name).frames_behind == 0);
    }
    hall.passes(4s); // they have to be given time to go on
    CHECK(hall.look().members.size() == 2);
}

TEST_CASE("who had to wait itself is given time to go on")
{
    Dialogue hall;
    all_play(hall, {"ann", "bob"});
    hall.sends("ann", 60); // its frontend stops here
    hall.passes(4900ms);
    hall.sends("bob", 60);
    hall.passes(1s);
    CHECK(hall.is_in("ann"));
    hall.sends("ann", 10);
    hall.sends("bob", 10);
    hall.passes(4s);
    CHECK(hall.look().members.size() == 2);
    hall.passes(2s);
    CHECK(hall.end_of("ann") == MemberEnd::slow_player);
}

TEST_CASE("whom the others had to wait for is counted and told")
{
    Dialogue hall;
    all_play(hall, {"ann", "bob", "carl"});
    (void)hall.news();
    for (unsigned frame = 0; frame < 60; ++frame)
        for (const char* name : {"ann", "carl"})
            hall.sends(name);
    hall.passes(2s);
    CHECK(hall.news().empty());
    hall.sends("bob", 60);
    CHECK(hall.news() == Words{"held_up bob"});
    const RoomNews& news = hall.all_news().back();
    CHECK(news.players == 2);
    CHECK(news.duration >= 2s);
    CHECK(news.member == hall.id_of("bob"));
    CHECK(hall.look("bob").counts.waits == 1);
    CHECK(hall.look("bob").counts.waited >= 2s);
    CHECK(hall.look("ann").counts.waits == 0);
    // A short one is counted only.
    for (unsigned frame = 0; frame < 60; ++frame)
        for (const char* name : {"ann", "carl"})
            hall.sends(name);
    hall.passes(100ms);
    hall.leaves("bob");
    CHECK(hall.news().empty());
}

} // namespace netplay_relay::room
