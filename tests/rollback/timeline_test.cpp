#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::rollback;

namespace {

Seats two_players()
{
    Seats seats;
    seats.sit(1, 0b01);
    seats.sit(2, 0b10);
    return seats;
}

// Runs the same frames with everything known from the start.
Bytes state_of(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& frames)
{
    TestCore core;
    for (const auto& [one, two] : frames) {
        FrameInput input{};
        input[0].words[0] = one;
        input[1].words[0] = two;
        core.run(input);
    }
    return core.state();
}

struct Game
{
    TestCore core;
    Timeline timeline{core, client_ring_frames, 0, Devices{1, 1}, two_players()};

    void run()
    {
        timeline.advance_self();
        CHECK(timeline.run_frame());
    }
    void put(std::uint32_t client, std::uint32_t word)
    {
        timeline.put_input(client, words_of({word}));
    }
};

} // namespace

TEST_CASE("what is not known is predicted, and replayed when the prediction was wrong")
{
    Game game;
    game.put(1, 5);
    game.put(2, 7);
    game.run();
    game.put(1, 6);
    game.run(); // player 2 is taken to hold 7
    CHECK(game.core.last[1].words[0] == 7);
    game.put(1, 6);
    game.run();
    CHECK(game.core.state() == state_of({{5, 7}, {6, 7}, {6, 7}}));

    game.put(2, 9);
    CHECK(game.timeline.confirm(2));
    CHECK(game.core.state() == state_of({{5, 7}, {6, 9}, {6, 9}}));
    CHECK(game.timeline.counts().rollbacks == 1);
    CHECK(game.timeline.counts().depths[2] == 1);
    CHECK(game.timeline.other() == 2);
}

TEST_CASE("a right prediction costs nothing")
{
    Game game;
    for (int n = 0; n < 3; ++n) {
        game.put(1, 1);
        game.run();
    }
    for (int n = 0; n < 3; ++n)
        game.put(2, 0);
    CHECK(game.timeline.confirm(3));
    CHECK(game.timeline.counts().rollbacks == 0);
    CHECK(game.timeline.other() == 3);
}

TEST_CASE("frames are told of once, when they can change no more")
{
    Game game;
    CHECK_FALSE(game.timeline.next_confirmed());
    game.put(1, 1);
    game.run();
    game.run();
    CHECK(game.timeline.next_confirmed() == 0U);
    CHECK_FALSE(game.timeline.next_confirmed());
    game.put(2, 4);
    CHECK(game.timeline.confirm(1));
    CHECK(game.timeline.next_confirmed() == 1U);
    const auto state = game.timeline.state(1);
    CHECK(Bytes(state.begin(), state.end()) == state_of({{1, 4}}));
    CHECK(game.timeline.is_confirmed(1));
    CHECK_FALSE(game.timeline.is_confirmed(2));
}

TEST_CASE("a ring has room for so many frames beyond the first that is not confirmed")
{
    Game game;
    CHECK(game.timeline.has_room(client_ring_frames - 1));
    CHECK_FALSE(game.timeline.has_room(client_ring_frames));
    game.put(1, 1);
    game.put(2, 1);
    game.run();
    CHECK(game.timeline.confirm(1));
    CHECK(game.timeline.has_room(client_ring_frames));
}

TEST_CASE("an input for a frame that is confirmed takes nothing away")
{
    Game game;
    for (Frame n = 0; n < 3; ++n) {
        game.put(1, 1);
        game.run();
    }
    CHECK(game.timeline.confirm(3)); // nobody waits for player 2
    const Bytes before = game.core.state();
    game.put(2, 9);
    CHECK(game.timeline.read(2) == 1);
    CHECK(game.timeline.confirm(3));
    CHECK(game.core.state() == before);
    CHECK(game.timeline.input(2, 0) == nullptr);
}

TEST_CASE("seats that change in the past are replayed")
{
    Game game;
    for (int n = 0; n < 3; ++n) {
        game.put(1, 1);
        game.put(2, 2);
        game.run();
    }
    CHECK(game.timeline.leave(2, 1));
    CHECK(game.timeline.confirm(1));
    CHECK(game.core.state() == state_of({{1, 2}, {1, 0}, {1, 0}}));
    CHECK(game.timeline.flip(2));
    CHECK(game.timeline.confirm(3));
    CHECK(game.core.state() == state_of({{1, 2}, {1, 0}, {0, 1}}));
}

TEST_CASE("inputs of one who had a number are not those of the next who has it")
{
    Game game;
    for (int n = 0; n < 4; ++n)
        game.put(2, 9);
    CHECK(game.timeline.leave(2, 1));
    CHECK(game.timeline.sit(2, 2, 0b10));
    game.timeline.expect(2, 2);
    CHECK(game.timeline.input(2, 2) == nullptr);
    game.put(2, 3);
    CHECK(game.timeline.input(2, 2)->view()[0] == 3);
    CHECK(game.timeline.input(2, 3) == nullptr);
}

TEST_CASE("a savestate ahead is where the game goes on")
{
    Game game;
    game.put(1, 1);
    game.run();
    TestCore other;
    other.run(FrameInput{});
    CHECK(game.timeline.load(20, other.state()));
    CHECK(game.timeline.self() == 20);
    CHECK(game.timeline.run() == 20);
    CHECK(game.timeline.other() == 20);
    CHECK(game.timeline.read(1) == 20);
    CHECK(game.core.state() == other.state());
}

TEST_CASE("a savestate of the past is replayed from")
{
    Game game;
    for (std::uint32_t n = 0; n < 3; ++n) {
        game.put(1, n);
        game.put(2, 2);
        game.run();
    }
    CHECK(game.timeline.load(1, TestCore{}.state()));
    CHECK(game.timeline.confirm(3));
    CHECK(game.timeline.self() == 3);
    CHECK(game.timeline.read(1) == 3);
    CHECK(game.core.state() == state_of({{1, 2}, {2, 2}}));
    CHECK(game.timeline.counts().states_loaded == 1);
}

TEST_CASE("a state that is given away makes predictions the truth")
{
    Game game;
    game.put(1, 1);
    game.run();
    const auto state = game.timeline.confirm_predictions();
    CHECK(Bytes(state.begin(), state.end()) == state_of({{1, 0}}));
    CHECK(game.timeline.other() == 1);
    CHECK(game.timeline.read(2) == 1);
    CHECK(game.timeline.next_confirmed() == std::nullopt);
    game.run();
    CHECK(game.timeline.next_confirmed() == 1U);
}

TEST_CASE("a core that cannot be saved stops the timeline")
{
    Game game;
    game.core.saves = false;
    game.timeline.advance_self();
    CHECK_FALSE(game.timeline.run_frame());
    CHECK(game.timeline.confirm_predictions().empty());
}
