// Many rooms, each from a seed of its own.
//
//   room_simulation_test                                       the rooms of every build
//   NETPLAY_TEST_SEEDS=5000 room_simulation_test              more of them
//   NETPLAY_TEST_FIRST_SEED=70000 ... room_simulation_test    others
#include "room_world.hpp"
#include "seeds.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <optional>

using namespace netplay_relay;
using namespace netplay_relay::simulation;

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seeds_of_every_build = 400;

std::uint64_t seeds() { return seeds_or(seeds_of_every_build); }

} // namespace

TEST_CASE("nobody in a room is harmed by strangers")
{
    RoomRun all;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
        INFO(how_to_repeat(seed, "room_simulation_test"));
        const RoomRun run = RoomWorld(any_room(seed)).run();
        CHECK(run.complaints == std::vector<std::string>{});
        all.compared += run.compared;
        all.frames += run.frames;
        all.rollbacks += run.rollbacks;
        all.states_shared += run.states_shared;
        all.refusals += run.refusals;
        all.desyncs += run.desyncs;
        all.waits += run.waits;
        all.returns += run.returns;
        all.moved += run.moved;
        all.moved_early += run.moved_early;
        for (std::size_t end = 0; end < run.ends.size(); ++end)
            all.ends[end] += run.ends[end];
    }
    std::cout << all.frames << " frames told, " << all.compared << " states compared, "
              << all.rollbacks << " rollbacks, " << all.states_shared << " savestates shared, "
              << all.refusals << " refusals to play, " << all.desyncs << " desyncs, " << all.waits
              << " waited for a place, " << all.returns << " came back, " << all.moved
              << " rooms and " << all.moved_early << " in the handshake moved; sent away:";
    for (const std::uint64_t count : all.ends)
        std::cout << " " << count;
    std::cout << "\n";
    if (seeds() < seeds_of_every_build) return;
    // The rooms are as wild as they are meant to be.
    CHECK(all.compared > 200 * seeds());
    CHECK(all.rollbacks > 50 * seeds());
    CHECK(all.states_shared > seeds());
    CHECK(all.refusals > 0);
    CHECK(all.waits > seeds() / 2);
    CHECK(all.returns > seeds() / 10);
    CHECK(all.moved > 10 * seeds());
    CHECK(all.moved_early > seeds());
    using wire::CloseReason;
    for (const CloseReason end :
         {CloseReason::member_backlog, CloseReason::entrance_timeout, CloseReason::not_netplay,
          CloseReason::wrong_password, CloseReason::bad_command, CloseReason::input_size,
          CloseReason::input_out_of_order, CloseReason::ran_ahead, CloseReason::slow_player,
          CloseReason::nak, CloseReason::flood, CloseReason::replaced}) {
        INFO("nobody was sent away with end " << static_cast<int>(end));
        CHECK(all.ends[static_cast<std::size_t>(end)] > 0);
    }
}

TEST_CASE("in a peaceful room nobody is sent away")
{
    const std::uint64_t count = std::max<std::uint64_t>(seeds() / 5, 1);
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "room_simulation_test"));
        const RoomRun run = RoomWorld(peaceful_room(seed)).run();
        CHECK(run.complaints == std::vector<std::string>{});
    }
}

TEST_CASE("a game goes on whatever strangers agree to do to it")
{
    const std::uint64_t count = std::max<std::uint64_t>(seeds() / 25, 1);
    std::uint64_t lies = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "room_simulation_test"));
        for (const Misbehaviour misbehaviour :
             {Misbehaviour::lies, Misbehaviour::floods, Misbehaviour::resets, Misbehaviour::loads,
              Misbehaviour::spoils, Misbehaviour::silent, Misbehaviour::mute, Misbehaviour::drips,
              Misbehaviour::deaf}) {
            INFO("misbehaviour " << static_cast<int>(misbehaviour));
            const RoomRun run = RoomWorld(besieged_room(seed, misbehaviour)).run();
            CHECK(run.complaints == std::vector<std::string>{});
            lies += run.lies;
        }
    }
    if (seeds() >= seeds_of_every_build) CHECK(lies > count / 2);
}

TEST_CASE("who spoils the game by the way it plays spoils it for a while at most")
{
    using wire::CloseReason;
    struct Siege
    {
        Misbehaviour misbehaviour;
        std::optional<CloseReason> end; // of one stranger at least
        simulation::Instant stood_most{0};
        std::uint64_t loaded_most = 6;
    };
    // Unjudged those who are slow would let the others stand still for 27 of 40 s.
    const std::array sieges{
        Siege{Misbehaviour::bursts, std::nullopt, 15s},
        Siege{Misbehaviour::slow, std::nullopt, 18s},
        Siege{Misbehaviour::late, CloseReason::spoils_game, 2s},
        Siege{Misbehaviour::grabs, std::nullopt},
        Siege{Misbehaviour::garbage, CloseReason::unusable_state},
        Siege{Misbehaviour::returns, std::nullopt, 0s, 16}, // one for each return
        Siege{Misbehaviour::lurks, std::nullopt}};
    const std::uint64_t count = std::max<std::uint64_t>(seeds() / 80, 1);
    for (const Siege& siege : sieges) {
        for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
            INFO(how_to_repeat(seed, "room_simulation_test"));
            INFO("misbehaviour " << static_cast<int>(siege.misbehaviour));
            const RoomRun run = RoomWorld(besieged_room(seed, siege.misbehaviour)).run();
            CHECK(run.complaints == std::vector<std::string>{});
            if (siege.end) CHECK(run.ends[static_cast<std::size_t>(*siege.end)] > 0);
            CHECK(run.stood <= siege.stood_most);
            CHECK(run.loaded <= siege.loaded_most);
            CHECK(run.idle_told < 400); // ten a second at most, in 36 s
        }
    }
}

TEST_CASE("strangers who come again with ever new addresses spoil a game for two minutes at most")
{
    const std::uint64_t count = std::max<std::uint64_t>(seeds() / 200, 1);
    for (const Misbehaviour misbehaviour : {Misbehaviour::bursts, Misbehaviour::slow}) {
        for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
            INFO(how_to_repeat(seed, "room_simulation_test"));
            INFO("misbehaviour " << static_cast<int>(misbehaviour));
            const RoomRun run = RoomWorld(harried_room(seed, misbehaviour)).run();
            CHECK(run.complaints == std::vector<std::string>{});
            CHECK(run.ends[static_cast<std::size_t>(wire::CloseReason::spoils_game)] >= 2);
            CHECK(run.waits >= 4);
            CHECK(run.stood <= 6 * 500ms); // half a second in each further minute
        }
    }
}

TEST_CASE("strangers who look for a password have few guesses, and friends come in meanwhile")
{
    const std::uint64_t count = std::max<std::uint64_t>(seeds() / 25, 1);
    using wire::CloseReason;
    // Within 15 s: what is free, and behind waits of 1, 2, 4 and 8 s.
    constexpr std::uint64_t guesses = 3 + 4;
    constexpr std::uint64_t typos = 2;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "room_simulation_test"));
        const RoomPlan plan = guarded_room(seed);
        const RoomRun run = RoomWorld(plan).run();
        CHECK(run.complaints == std::vector<std::string>{});
        CHECK(run.slowest < std::chrono::seconds(3));
        CHECK(run.frames > 0);
        CHECK(run.ends[static_cast<std::size_t>(CloseReason::password_too_often)] > 10);
        const std::uint64_t wrong = run.ends[static_cast<std::size_t>(CloseReason::wrong_password)];
        CHECK(wrong <= guessing_prefixes * guesses + typos);
        CHECK((wrong > guessing_prefixes || plan.by_password));
    }
}

TEST_CASE("a room that moves from one room manager to another is the same room in every byte")
{
    const std::uint64_t count = std::max<std::uint64_t>(seeds() / 10, 1);
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "room_simulation_test"));
        const RoomRun stayed = RoomWorld(any_room(seed), false).run();
        const RoomRun moved = RoomWorld(any_room(seed), true).run();
        CHECK(stayed.moved == 0);
        CHECK(moved.moved > 0);
        CHECK(moved.trace == stayed.trace);
    }
}

TEST_CASE("the same seed is the same room")
{
    const std::uint64_t count = std::min<std::uint64_t>(seeds(), 5);
    for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
        INFO(how_to_repeat(seed, "room_simulation_test"));
        const std::uint64_t once = RoomWorld(any_room(seed)).run().trace;
        CHECK(once == RoomWorld(any_room(seed)).run().trace);
        CHECK(once != RoomWorld(any_room(seed + 1)).run().trace);
    }
}
