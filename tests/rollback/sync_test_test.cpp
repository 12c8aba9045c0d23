#include "rollback/sync_test.hpp"

#include "rollback/random_input.hpp"
#include "support/catch.hpp"

#include <bit>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace netplay_relay::rollback {

namespace {

using std::chrono::microseconds;

// A game of two numbers with whatever fault is asked for, and the time that its calls take.
class FaultyCore : public Core
{
public:
    bool hides = false;           // something it does not save takes part in the game
    bool forgets_on_load = false; // a byte of the state that a load does not bring back
    bool grows = false;
    bool shows_sum = false;       // as main memory
    unsigned forgets_button = 32; // whose frames count but are not saved
    std::uint32_t mark = 9;
    std::size_t extra_size = 0;
    std::uint32_t saves_until = UINT32_MAX, loads_until = UINT32_MAX; // frames
    microseconds run_time{10}, save_time{10}, load_time{10};

    [[nodiscard]] Stopwatch stopwatch()
    {
        return [this] { return now_; };
    }
    [[nodiscard]] std::uint32_t frames() const { return state_.frames; }
    [[nodiscard]] std::uint32_t device(std::size_t port) const { return devices_[port]; }
    [[nodiscard]] std::uint32_t all_buttons() const { return all_buttons_; }

    [[nodiscard]] CoreInfo info() const override { return {"faulty", "1", 0, 50}; }
    void plug(std::size_t port, std::uint32_t device) override { devices_[port] = device; }
    [[nodiscard]] std::size_t state_size() override
    {
        return sizeof state_ + extra_size + (grows ? state_.frames : 0);
    }
    [[nodiscard]] bool save(std::span<std::uint8_t> state) override
    {
        now_ += save_time;
        if (state_.frames >= saves_until) return false;
        std::memset(state.data(), 0, state.size());
        std::memcpy(state.data(), &state_, sizeof state_);
        return true;
    }
    [[nodiscard]] bool load(std::span<const std::uint8_t> state) override
    {
        now_ += load_time;
        if (state_.frames >= loads_until) return false;
        std::memcpy(&state_, state.data(), sizeof state_);
        if (forgets_on_load) state_.mark = 0;
        return true;
    }
    void run(const FrameInput& input) override
    {
        now_ += run_time;
        ++state_.frames;
        state_.mark = mark;
        for (const PortInput& port : input)
            if (forgets_button < 32 && (port.words[0] >> forgets_button & 1U) != 0)
                state_.sum += ++hidden_;
        for (const PortInput& port : input)
            for (const std::uint32_t word : port.words)
                state_.sum = state_.sum * 31 + word;
        all_buttons_ |= input[0].words[0];
        if (hides) state_.sum += ++hidden_;
    }
    void reset() override { state_ = {}; }
    [[nodiscard]] std::span<std::uint8_t> battery() override { return {}; }
    [[nodiscard]] std::span<const std::uint8_t> memory() const override
    {
        if (!shows_sum) return {};
        return {reinterpret_cast<const std::uint8_t*>(&state_.sum), sizeof state_.sum};
    }

private:
    struct State
    {
        std::uint32_t frames = 0, mark = 0, sum = 0;
    };
    State state_;
    std::uint32_t hidden_ = 0, all_buttons_ = 0;
    std::array<std::uint32_t, ports_max> devices_{};
    std::chrono::nanoseconds now_{0};
};

SyncTestReport tested(FaultyCore& core, std::uint32_t depth = 8)
{
    SyncTestOptions options;
    options.frames = 100;
    options.depth = depth;
    return sync_test(core, options, core.stopwatch());
}

} // namespace

TEST_CASE("sync test: a good core is fit, and what it costs is told")
{
    FaultyCore core;
    core.run_time = microseconds(100);
    core.save_time = microseconds(20);
    core.load_time = microseconds(30);
    const SyncTestReport report = tested(core);
    CHECK(report.verdict == SyncVerdict::fit);
    CHECK(report.frames_run == 100);
    CHECK(core.frames() == 100);
    CHECK(core.device(0) == 1);
    CHECK(core.device(2) == 0);
    CHECK(report.state_size == 12);
    CHECK_FALSE(report.state_size_changed);
    CHECK(report.run.mean == Approx(100));
    CHECK(report.run.most == Approx(100));
    CHECK(report.save.mean == Approx(20));
    CHECK(report.load.mean == Approx(30));
    CHECK(report.load.calls == 100);
    CHECK(report.rollback.mean == Approx(30 + 8 * 120));
    CHECK(report.frame_microseconds == Approx(20000));
    CHECK(report.depth_that_fits == (20000 - 30 - 120) / 120);
    CHECK_FALSE(report.first_reload_difference);
    CHECK_FALSE(report.replays.first);
}

TEST_CASE("sync test: a core that is too slow for the depth is fit with less")
{
    FaultyCore core;
    core.run_time = microseconds(4000);
    core.save_time = core.load_time = microseconds(500);
    const SyncTestReport report = tested(core);
    CHECK(report.verdict == SyncVerdict::fit_with_less);
    CHECK(report.depth_that_fits == 3);
    CHECK_THAT(report.reason, Contains("at most 3 frames"));

    core.run_time = microseconds(15000);
    CHECK(tested(core).verdict == SyncVerdict::too_slow);
}

TEST_CASE("sync test: what a core does not save shows when frames are repeated")
{
    FaultyCore core;
    core.hides = true;
    const SyncTestReport report = tested(core);
    CHECK(report.verdict == SyncVerdict::game_differs);
    REQUIRE(report.replays.first);
    CHECK(report.replays.first->frame == 1);
    CHECK(report.replays.first->first >= 8);
    CHECK(report.replays.first->last < 12);
    CHECK(report.replays.first->bytes >= 1);
    CHECK_FALSE(report.first_reload_difference);
    CHECK(report.frames_run == 100);
    CHECK_THAT(report.reason, Contains("remembers what it does not save"));
}

TEST_CASE("sync test: what differs right after loading only does no harm, and is told")
{
    FaultyCore core;
    core.forgets_on_load = true;
    const SyncTestReport report = tested(core);
    CHECK(report.verdict == SyncVerdict::fit);
    REQUIRE(report.first_reload_difference);
    CHECK(report.first_reload_difference->frame == 1); // of frame 0 the byte is 0 anyway
    CHECK(report.first_reload_difference->first == 4);
    CHECK(report.first_reload_difference->last == 4);
    CHECK(report.first_reload_difference->bytes == 1);
    CHECK_FALSE(report.replays.first);
    CHECK_THAT(report.reason, Contains("goes away with the next frame"));
}

TEST_CASE("sync test: cores that cannot save, load, or keep their size")
{
    FaultyCore mute;
    mute.saves_until = 0;
    CHECK(tested(mute).verdict == SyncVerdict::cannot_save);
    CHECK(tested(mute).reason == "the core has no savestates");

    FaultyCore tires;
    tires.saves_until = 20;
    CHECK(tested(tires).verdict == SyncVerdict::cannot_save);
    CHECK(tested(tires).save_failed_at == 0U); // it stays where it failed
    FaultyCore refuses;
    refuses.loads_until = 20;
    const SyncTestReport refused = tested(refuses);
    CHECK(refused.verdict == SyncVerdict::load_refused);
    CHECK(refused.load_refused_at == 12U);
    CHECK(refused.frames_run == 20);

    FaultyCore grows;
    grows.grows = true;
    const SyncTestReport report = tested(grows);
    CHECK(report.verdict == SyncVerdict::size_changes);
    CHECK(report.state_size == 12);
    CHECK(report.state_size_last == 112);
}

TEST_CASE("sync test: any depth, no frames, some buttons only")
{
    for (const std::uint32_t depth : {0U, 1U, 60U, 1000U}) {
        FaultyCore core;
        CHECK(tested(core, depth).verdict == SyncVerdict::fit);
        CHECK(core.frames() == 100);
    }
    FaultyCore core;
    SyncTestOptions options;
    options.frames = 0;
    CHECK(sync_test(core, options, core.stopwatch()).frames_run == 0);
    options.frames = 300;
    options.buttons = 0x0F0F;
    CHECK(sync_test(core, options, core.stopwatch()).verdict == SyncVerdict::fit);
    CHECK(core.all_buttons() == 0x0F0F);
}

namespace {

// Joins with a core that is fresh each time.
Joiners fresh(void (*prepare)(FaultyCore&))
{
    struct Fresh : CoreJoiner
    {
        explicit Fresh(std::unique_ptr<FaultyCore> its) : CoreJoiner(*its), core(std::move(its)) {}
        std::unique_ptr<FaultyCore> core;
    };
    return [prepare] {
        auto core = std::make_unique<FaultyCore>();
        prepare(*core);
        return std::make_unique<Fresh>(std::move(core));
    };
}

SyncTestReport tested_with(FaultyCore& core, const Joiners& joiners)
{
    SyncTestOptions options;
    options.frames = 100;
    options.button_frames = 24;
    options.alone_frames = 10;
    return sync_test(core, options, core.stopwatch(), joiners);
}

} // namespace

TEST_CASE("sync test: every button of every pad is tried, and somebody joins each time")
{
    FaultyCore core;
    const SyncTestReport report = tested_with(core, fresh([](FaultyCore&) {}));
    CHECK(report.verdict == SyncVerdict::fit);
    CHECK(report.frames_run == 10 + 33 * 24 + 100);
    CHECK(report.joins == 34);
    CHECK(report.joined.frames == 33 * 24 + 100);
    CHECK(report.joined.states == 0);
    CHECK(report.replays.frames == 33 * 6 * 8 - 33 * 4 + 100 * 8 - 28);
    CHECK(report.causes.empty());
    CHECK(core.all_buttons() == 0xFFFF);
}

TEST_CASE("sync test: a button that a state forgets is the cause, for each pad")
{
    FaultyCore core;
    core.forgets_button = 9;
    const SyncTestReport report =
        tested_with(core, fresh([](FaultyCore& its) { its.forgets_button = 9; }));
    CHECK(report.verdict == SyncVerdict::game_differs);
    CHECK_FALSE(report.plays);
    REQUIRE(report.causes.size() == 2);
    CHECK((report.causes[0].port == 0 && report.causes[1].port == 1));
    CHECK((report.causes[0].button == 9 && report.causes[1].button == 9));
    CHECK(report.rest.states == 0);
}

TEST_CASE("sync test: what only differs where somebody joins")
{
    FaultyCore marks;
    marks.shows_sum = true;
    const SyncTestReport marked = tested_with(marks, fresh([](FaultyCore& its) {
                                                  its.shows_sum = true;
                                                  its.mark = 77;
                                              }));
    CHECK(marked.verdict == SyncVerdict::crcs_differ);
    CHECK(marked.plays);
    CHECK(marked.joined.states == marked.joined.frames);
    CHECK(marked.joined.games == 0);
    REQUIRE(marked.joined.first);
    CHECK(marked.joined.first->first == 4);
    CHECK(marked.joined.first->bytes == 1);

    FaultyCore plain;
    const SyncTestReport refused =
        tested_with(plain, fresh([](FaultyCore& its) { its.loads_until = 0; }));
    CHECK(refused.verdict == SyncVerdict::load_refused);
    CHECK(refused.join_fault == "it does not load the state");
    const SyncTestReport grown =
        tested_with(plain, fresh([](FaultyCore& its) { its.extra_size = 20; }));
    CHECK(grown.verdict == SyncVerdict::load_refused);
    CHECK_THAT(grown.join_fault, Contains("have 32 bytes"));
}

TEST_CASE("random input: a pure function that differs by seed, player and frame")
{
    const RandomInput one(1), same(1), other(2);
    std::size_t seeds_differ = 0, players_differ = 0;
    for (std::uint32_t frame = 0; frame < 1000; ++frame) {
        CHECK(one.words(0, frame, 5) == same.words(0, frame, 5));
        seeds_differ += one.words(0, frame) != other.words(0, frame) ? 1U : 0U;
        players_differ += one.words(0, frame) != one.words(1, frame) ? 1U : 0U;
    }
    CHECK(seeds_differ > 900);
    CHECK(players_differ > 900);
    CHECK(one.words(0, 5, 0) == PortInput{});
    CHECK(one.words(0, UINT32_MAX, 1) == same.words(0, UINT32_MAX, 1));
}

TEST_CASE("random input: buttons are held, and a cross has no two opposite sides")
{
    const RandomInput input(5);
    std::uint32_t changes = 0, seen = 0, before = 0;
    for (std::uint32_t frame = 0; frame < 6000; ++frame) {
        const std::uint32_t now = input.words(0, frame).words[0];
        CHECK((now & 0x30U) != 0x30U);
        CHECK((now & 0xC0U) != 0xC0U);
        changes += static_cast<std::uint32_t>(std::popcount(now ^ before));
        seen |= now;
        before = now;
    }
    CHECK(seen == 0xFFFF);
    CHECK(changes < 6000 * 3); // of 16 buttons, fewer than 3 change in a frame
    CHECK(changes > 600);
}

TEST_CASE("random input: every device has its words")
{
    const RandomInput input(6);
    std::array<std::uint32_t, port_words_max> seen{};
    for (const auto& [device, words] : std::vector<std::pair<std::uint32_t, std::size_t>>{
             {0, 0}, {1, 1}, {2, 2}, {3, 5}, {4, 2}, {5, 3}, {6, 0}, {0x105, 3}}) {
        seen = {};
        for (std::uint32_t frame = 0; frame < 3000; ++frame)
            for (std::size_t n = 0; n < port_words_max; ++n)
                seen[n] |= input.words(1, frame, device).words[n];
        for (std::size_t n = 0; n < port_words_max; ++n) {
            INFO(device << " " << n);
            CHECK((seen[n] != 0) == (n < words));
        }
    }
}

} // namespace netplay_relay::rollback
