#include "state_intake.hpp"

#include "script.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// Given in pieces of that size, checked once behind each, and then until the end.
struct Checked
{
    bool good = false;
    std::uint32_t crc = 0;
};

Checked check(const ByteVector& stream, std::size_t size, std::size_t piece, std::size_t step)
{
    netplay::StreamChecker checker(size);
    bool over = false;
    for (std::size_t known = 0; known < stream.size(); known += piece)
        over = checker.check(std::span(stream).first(known), false, step) || over;
    for (unsigned calls = 0; !over || calls == 0; ++calls) {
        REQUIRE(calls < 100000);
        over = checker.check(stream, true, step);
    }
    return {checker.is_good(), checker.crc()};
}

ByteVector zeros(std::size_t size) { return netplay::compress(ByteVector(size, 0)); }

} // namespace

TEST_CASE("a stream is checked piece by piece as it is whole")
{
    const ByteVector state = state_of(7, 100000);
    const ByteVector stream = netplay::compress(state);
    for (const std::size_t piece : {1UL, 7UL, 1000UL, 1000000UL}) {
        for (const std::size_t step : {1UL, 4096UL, 1UL << 20U}) {
            INFO(piece << " " << step);
            const Checked checked = check(stream, state.size(), piece, step);
            CHECK(checked.good);
            CHECK(checked.crc == netplay::crc32(state));
            CHECK_FALSE(check(stream, state.size() - 1, piece, step).good);
            CHECK_FALSE(check(stream, state.size() + 1, piece, step).good);
        }
    }
}

TEST_CASE("a damaged stream is never good, however it comes")
{
    const ByteVector stream = stream_of(3);
    for (std::size_t at = 0; at < stream.size(); ++at) {
        ByteVector damaged = stream;
        damaged[at] ^= 0x40;
        // Zeros may be repeated from elsewhere: what counts is that the same comes out.
        const auto same = netplay::decompress(damaged, state_size);
        if (same) CHECK(*same == state_of(3));
        CHECK(check(damaged, state_size, 50, 1000).good == same.has_value());
        const ByteVector cut(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(at));
        CHECK_FALSE(check(cut, state_size, 50, 1000).good);
    }
    CHECK_FALSE(check(wire::joined(stream, {0}), state_size, 50, 1000).good);
    CHECK_FALSE(check(wire::joined(stream, stream), state_size, 50, 1000).good);
}

TEST_CASE("states whose size is a multiple of a buffer are whole, and the empty one is")
{
    for (const std::size_t size : {0UL, 1UL, 32768UL, 65536UL, 131072UL, 131073UL}) {
        INFO(size);
        CHECK(check(zeros(size), size, 10, 32768).good);
        CHECK_FALSE(check(zeros(size), size + 1, 10, 32768).good);
    }
}

TEST_CASE("a bomb is given up as soon as it is larger than it said")
{
    const ByteVector bomb = zeros(8U << 20U);
    netplay::StreamChecker checker(1000);
    CHECK(checker.check(bomb, true, 1U << 20U));
    CHECK_FALSE(checker.is_good());
}

TEST_CASE("an intake takes its bytes and no more, and shares what it has")
{
    const ByteVector stream = stream_of(9);
    const auto budget = std::make_shared<StateBudget>(1000);
    StateIntake intake(9, state_size, stream.size(), Instant{1h}, budget);
    const ByteVector more = wire::joined(stream, {1, 2, 3});
    CHECK(intake.take(std::span(more).first(10)) == 10);
    CHECK_FALSE(intake.is_complete());
    CHECK_FALSE(intake.check_some());
    CHECK(intake.take(std::span(more).subspan(10)) == stream.size() - 10);
    CHECK(intake.take(more) == 0);
    CHECK(intake.is_complete());
    while (!intake.check_some()) {
    }
    CHECK(intake.is_good());
    CHECK(intake.crc() == netplay::crc32(state_of(9)));
    CHECK(intake.frame() == 9);
    CHECK(intake.size() == state_size);
    CHECK(*intake.share() == stream);
}

TEST_CASE("the bytes of a large state are not moved about as it grows")
{
    const std::vector<std::uint8_t> piece(32 * 1024);
    const auto budget = std::make_shared<StateBudget>(64U << 20U);
    StateIntake intake(7, 8U << 20U, 8U << 20U, Instant{}, budget);
    for (int pieces = 0; pieces < 4; ++pieces)
        (void)intake.take(piece);
    const std::uint8_t* const first = intake.share()->data();
    while (!intake.is_complete())
        (void)intake.take(piece);
    CHECK(intake.share()->data() == first);
    CHECK(budget->used.own() == 8U << 20U);
}

TEST_CASE("what is reserved for states that are coming has a limit, and is given back")
{
    const std::vector<std::uint8_t> piece(128 * 1024);
    constexpr std::size_t size = 8U << 20U;
    const auto whole = std::make_shared<StateBudget>(12U << 20U);
    const auto budget = std::make_shared<StateBudget>(12U << 20U, whole);
    {
        StateIntake first(7, size, size, Instant{}, budget);
        StateIntake second(7, size, size, Instant{}, budget);
        (void)first.take(piece);
        (void)second.take(piece);
        CHECK(first.share()->capacity() >= size);
        CHECK(second.share()->capacity() < size);
        CHECK(whole->reserved.own() == size);
    }
    CHECK(budget->reserved.own() == 0);
    CHECK(whole->reserved.own() == 0);
}

TEST_CASE("an intake that only looks keeps nothing that it has looked at")
{
    const bool good = GENERATE(true, false);
    const std::size_t size = 1U << 20U;
    ByteVector stream = netplay::compress(state_of(3, size));
    if (!good) stream[stream.size() / 2] ^= 0x55;
    const auto budget = std::make_shared<StateBudget>(stream.size());
    StateIntake intake(3, size, stream.size(), Instant{1h}, budget);
    intake.only_look();
    std::size_t most = 0;
    bool over = false;
    for (std::size_t at = 0; at < stream.size(); at += 1000) {
        (void)intake.take(
            std::span(stream).subspan(at, std::min<std::size_t>(1000, stream.size() - at)));
        most = std::max(most, budget->used.own());
        over = intake.check_some();
    }
    while (!over)
        over = intake.check_some();
    CHECK(most < 20000);
    CHECK(budget->used.own() == 0);
    CHECK(intake.is_good() == good);
    if (good) CHECK(intake.crc() == netplay::crc32(state_of(3, size)));
}

TEST_CASE("an intake counts in its budget until the last who shares its state is done")
{
    const auto budget = std::make_shared<StateBudget>(1000);
    SharedState shared;
    {
        StateIntake intake(9, 500, 300, Instant{1h}, budget);
        CHECK(budget->used.own() == 0); // nothing is there yet
        CHECK(intake.take(ByteVector(400)) == 300);
        CHECK(budget->used.own() == 300);
        shared = intake.share();
    }
    CHECK(budget->used.own() == 300);
    shared.reset();
    CHECK(budget->used.own() == 0);
}

TEST_CASE("what comes beyond the budget is dropped")
{
    const auto budget = std::make_shared<StateBudget>(100);
    StateIntake intake(9, 500, 300, Instant{1h}, budget);
    CHECK(intake.take(ByteVector(90)) == 90);
    CHECK(intake.take(ByteVector(300)) == 210);
    CHECK(budget->used.own() == 90);
    CHECK(intake.is_complete());
    CHECK(intake.check_some());
    CHECK(intake.was_dropped());
    CHECK_FALSE(intake.is_good());
}

TEST_CASE("an intake of nothing is complete at once, and not good")
{
    StateIntake intake(0, 100, 0, Instant{1h}, std::make_shared<StateBudget>());
    CHECK(intake.is_complete());
    CHECK(intake.check_some());
    CHECK_FALSE(intake.is_good());
}

TEST_CASE("what the rooms of one opener hold at other workers counts, and in all")
{
    StatePools pools;
    const wire::Address opener = *wire::parse_address("10.0.0.1");
    const auto whole_of_worker = [&] {
        return std::make_shared<StateBudget>(1'000'000, nullptr, pools.whole(), 2);
    };
    const auto whole_here = whole_of_worker();
    const auto whole_there = whole_of_worker();
    const auto here = std::make_shared<StateBudget>(250'000, whole_here, pools.of(opener), 2);
    const auto there = std::make_shared<StateBudget>(250'000, whole_there, pools.of(opener), 2);
    const auto others = std::make_shared<StateBudget>(
        250'000, whole_there, pools.of(*wire::parse_address("10.0.0.2")), 2);
    SharedState held;
    {
        StateIntake intake(9, 200'000, 200'000, Instant{1h}, here);
        CHECK(intake.take(ByteVector(200'000)) == 200'000);
        held = intake.share();
    }
    CHECK_FALSE(there->fits(60'000));
    CHECK(there->fits(40'000));
    CHECK(others->fits(250'000));
    CHECK_FALSE(whole_there->fits(800'001));
    CHECK(whole_there->fits(790'000));
    CHECK(there->is_short());
    CHECK_FALSE(whole_there->is_short());
    held.reset();
    CHECK(there->fits(250'000));
    CHECK(whole_there->fits(1'000'000));
}

} // namespace netplay_relay::room
