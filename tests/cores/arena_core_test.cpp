#include "cores/arena_core.hpp"
#include "rollback/random_input.hpp"
#include "rollback/sync_test.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace netplay_relay::cores {

namespace {

using rollback::FrameInput;

ArenaOptions parsed(const std::string& text)
{
    const auto result = parse_arena_options(text);
    INFO(text);
    if (const auto* problem = std::get_if<std::string>(&result)) FAIL(*problem);
    return std::get<ArenaOptions>(result);
}

std::string problem_of(const std::string& text)
{
    const auto result = parse_arena_options(text);
    const auto* problem = std::get_if<std::string>(&result);
    return problem == nullptr ? "" : *problem;
}

std::vector<std::uint8_t> state_of(ArenaCore& core)
{
    std::vector<std::uint8_t> state(core.state_size());
    REQUIRE(core.save(state));
    return state;
}

FrameInput pressed(std::size_t port, std::size_t word, std::uint32_t bits)
{
    FrameInput input;
    input[port].words[word] = bits;
    return input;
}

std::vector<std::uint8_t> after(ArenaCore& core, const std::vector<FrameInput>& inputs)
{
    core.reset();
    for (const FrameInput& input : inputs)
        core.run(input);
    return state_of(core);
}

} // namespace

TEST_CASE("arena: every bit of every word of every port shows in the next state, and stays")
{
    ArenaCore core(ArenaOptions{});
    const auto nothing = after(core, {{}});
    const auto nothing_for_long = after(core, std::vector<FrameInput>(30));
    for (std::size_t port = 0; port < rollback::ports_max; ++port)
        for (std::size_t word = 0; word < rollback::port_words_max; ++word)
            for (std::uint32_t bit = 0; bit < 32; ++bit) {
                std::vector<FrameInput> inputs{pressed(port, word, 1U << bit)};
                if (after(core, inputs) == nothing) FAIL(port << " " << word << " " << bit);
                inputs.resize(30);
                if (after(core, inputs) == nothing_for_long)
                    FAIL(port << " " << word << " " << bit);
            }
}

TEST_CASE("arena: lost, doubled and misplaced input shows")
{
    ArenaCore core(ArenaOptions{});
    const FrameInput a = pressed(0, 0, 1), b = pressed(1, 0, 1), none{};
    const auto right = after(core, {a, none, b, none});
    CHECK(after(core, {a, none, b, none}) == right);
    CHECK(after(core, {none, none, b, none}) != right);
    CHECK(after(core, {a, a, b, none}) != right);
    CHECK(after(core, {none, a, b, none}) != right);
    CHECK(after(core, {b, none, a, none}) != right);
    CHECK(after(core, {a, none, b}) != right);
    CHECK(after(core, {a, none, none, b}) != right);
}

TEST_CASE("arena: a loaded state is the present, a damaged one is refused")
{
    ArenaCore one(parsed("state=8192,battery=16")), other(parsed("state=8192,battery=16"));
    const rollback::RandomInput random(3);
    const std::array<std::uint32_t, rollback::ports_max> devices{5, 1, 3};
    for (std::uint32_t frame = 0; frame < 200; ++frame)
        one.run(random.frame(frame, devices));
    const auto state = state_of(one);
    REQUIRE(other.load(state));
    CHECK(other.frame() == 200);
    for (std::uint32_t frame = 200; frame < 300; ++frame) {
        one.run(random.frame(frame, devices));
        other.run(random.frame(frame, devices));
    }
    CHECK(state_of(one) == state_of(other));

    const auto before = state_of(other);
    auto damaged = state;
    damaged[0] ^= 1U;
    CHECK_FALSE(other.load(damaged));
    damaged = state;
    damaged.pop_back();
    CHECK_FALSE(other.load(damaged));
    CHECK_FALSE(other.load({}));
    CHECK(state_of(other) == before);

    std::vector<std::uint8_t> too_small(100);
    CHECK_FALSE(other.save(too_small));
}

TEST_CASE("arena: a state full of nonsense behind its mark is played on")
{
    ArenaCore core(ArenaOptions{});
    auto state = state_of(core);
    for (std::size_t at = 16; at < state.size(); ++at)
        state[at] = at % 3 == 0 ? 0x80 : 0xFF;
    REQUIRE(core.load(state));
    const rollback::RandomInput random(1);
    for (std::uint32_t frame = 0; frame < 100; ++frame)
        core.run(random.frame(frame, {5, 5}));
    CHECK(core.frame() == 100);
}

TEST_CASE("arena: instances go apart in the very frame")
{
    ArenaCore one(parsed("desync=5,instance=1")), other(parsed("desync=5,instance=2"));
    for (int frame = 0; frame < 5; ++frame) {
        CHECK(state_of(one) == state_of(other));
        one.run({});
        other.run({});
    }
    CHECK(state_of(one) == state_of(other));
    one.run({});
    other.run({});
    CHECK(state_of(one) != state_of(other));
    REQUIRE(other.load(state_of(one)));
    one.run({});
    other.run({});
    CHECK(state_of(one) != state_of(other));
    CHECK(one.info().content_crc == ArenaCore(ArenaOptions{}).info().content_crc);
}

TEST_CASE("arena: once apart, a loaded state heals")
{
    ArenaCore one(parsed("desync-once=5,instance=1")), other(ArenaOptions{});
    for (int frame = 0; frame < 6; ++frame) {
        one.run({});
        other.run({});
    }
    CHECK(state_of(one) != state_of(other));
    REQUIRE(other.load(state_of(one)));
    one.run({});
    other.run({});
    CHECK(state_of(one) == state_of(other));
}

TEST_CASE("arena: a big state is alive as a whole")
{
    ArenaCore core(parsed("state=65536"));
    const rollback::RandomInput random(9);
    for (std::uint32_t frame = 0; frame < 2000; ++frame)
        core.run(random.frame(frame, {1, 1}));
    const auto state = state_of(core);
    const auto zeros = std::count(state.begin(), state.end(), std::uint8_t{0});
    CHECK(zeros < 2000);
    CHECK(core.memory().size() == 65536);
}

TEST_CASE("arena: growing states, and loading a smaller one")
{
    ArenaCore core(parsed("state=1024,grows"));
    const auto small = state_of(core);
    for (int frame = 0; frame < 60; ++frame)
        core.run({});
    CHECK(core.state_size() == 1280);
    REQUIRE(core.load(small));
    CHECK(core.state_size() == 1024);
    for (int frame = 0; frame < 1000; ++frame)
        core.run({});
    CHECK(core.state_size() == 2048);
}

TEST_CASE("arena: slow frames, no states, other games")
{
    ArenaOptions options = parsed("slow=60/20000,unserialisable");
    std::vector<std::chrono::microseconds> waits;
    options.busy = [&](std::chrono::microseconds time) { waits.push_back(time); };
    ArenaCore core(options);
    for (int frame = 0; frame < 180; ++frame)
        core.run({});
    CHECK(waits == std::vector(3, std::chrono::microseconds(20000)));
    CHECK(core.state_size() == 0);
    std::vector<std::uint8_t> state(4096);
    CHECK_FALSE(core.save(state));
    CHECK_FALSE(core.load(state));

    CHECK(core.info().name == "netplay-relay arena");
    CHECK(core.info().content_crc != ArenaCore(parsed("players=3")).info().content_crc);
    CHECK(core.info().content_crc != ArenaCore(parsed("state=8192")).info().content_crc);
}

TEST_CASE("arena: it can be played, and the battery remembers the best")
{
    ArenaCore core(parsed("players=2,battery=2"));
    const rollback::RandomInput random(4);
    for (std::uint32_t frame = 0; frame < 6000; ++frame)
        core.run(random.frame(frame, {5, 5}));
    CHECK(core.score(0) + core.score(1) > 0);
    CHECK(core.battery()[0] == core.score(0));
    CHECK(core.battery()[1] == core.score(1));
    core.reset();
    CHECK(core.battery()[0] == 0);
    CHECK(core.frame() == 0);
}

TEST_CASE("arena: options and their faults")
{
    CHECK(parsed("").state_size == 4096);
    const ArenaOptions options =
        parsed("desync=600,state=4194304,slow=60/20000,unserialisable,players=16");
    CHECK(options.desync_at == 600U);
    CHECK(options.state_size == 4194304);
    CHECK(options.slow_every == 60);
    CHECK(options.slow_for == std::chrono::milliseconds(20));
    CHECK(options.unserialisable);
    CHECK(options.players == 16);

    CHECK_THAT(problem_of("colour=red"), Contains("no option \"colour\""));
    CHECK_THAT(problem_of("players=17"), Contains("from 2 to 16, not \"17\""));
    CHECK_THAT(problem_of("players=1"), Contains("from 2 to 16"));
    CHECK_THAT(problem_of("state=1"), Contains("from 1024 to 16777216"));
    CHECK_THAT(problem_of("slow=60"), Contains("slow=n/microseconds"));
    CHECK_THAT(problem_of("slow=0/5"), Contains("slow=n/microseconds"));
    CHECK_THAT(problem_of("desync=soon"), Contains("not \"soon\""));
    CHECK_THAT(problem_of("grows=1"), Contains("takes no value"));
    CHECK_THAT(problem_of("battery=257"), Contains("from 0 to 256"));
    CHECK_THAT(problem_of(",,"), Contains("no option \"\""));
}

TEST_CASE("arena: fit for rollback netplay")
{
    ArenaCore core(ArenaOptions{});
    const auto report = rollback::sync_test(
        core, {}, [] { return std::chrono::steady_clock::now().time_since_epoch(); });
    INFO(report.reason);
    CHECK(report.verdict == rollback::SyncVerdict::fit);
    CHECK(report.rollback.mean < 1000);
}

} // namespace netplay_relay::cores
