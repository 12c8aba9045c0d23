#include "base/pool.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;

namespace {

constexpr std::size_t most = 64'000;
constexpr std::size_t workers = 2;

struct Drawing
{
    PooledAmount amount;
    explicit Drawing(Pool& pool)
    {
        amount.draw_on(&pool);
        amount.draw_by(grain_of(most, workers));
    }
};

} // namespace

TEST_CASE("an amount without a pool is all there is")
{
    PooledAmount amount;
    amount += 5;
    amount -= 2;
    CHECK(amount.own() == 3);
    CHECK(amount.in_all() == 3);
    CHECK_FALSE(amount.is_pooled());
    CHECK_FALSE(amount.has_drawn());
    amount.give_all_back();
    CHECK(amount.own() == 3);
}

TEST_CASE("what workers have of a pool is known to all of them, but for a little")
{
    Pool pool;
    Drawing one(pool);
    Drawing other(pool);
    std::size_t drawn = 0;
    for (int n = 0; n < 1000; ++n) {
        one.amount += 10;
        drawn += one.amount.has_drawn() ? 1U : 0U;
        CHECK(other.amount.in_all() >= one.amount.own());
        CHECK(other.amount.in_all() <= one.amount.own() + 2 * grain_of(most, workers));
        CHECK(one.amount.in_all() == one.amount.own()); // exactly
    }
    CHECK(drawn >= 10);
    CHECK(drawn <= 40); // in bulk
    other.amount += 700;
    CHECK(one.amount.in_all() >= 10'700);
    for (int n = 0; n < 1000; ++n)
        one.amount -= 10;
    CHECK(other.amount.in_all() <= 700 + 2 * grain_of(most, workers));
    one.amount.give_all_back();
    CHECK(other.amount.in_all() == 700);
}

TEST_CASE("what is not used of all that is drawn is a 32nd at most")
{
    const std::size_t limit = GENERATE(std::size_t{1} << 20, std::size_t{1} << 24);
    const std::size_t count = GENERATE(std::size_t{2}, std::size_t{7}, std::size_t{64});
    CHECK(2 * grain_of(limit, count) * count <= limit / 32);
    CHECK(grain_of(0, count) == 1);
    CHECK(grain_of(SIZE_MAX, count) == 64U << 10U);
}

TEST_CASE("a worker that ends gives back all that it has drawn")
{
    Pool pool;
    {
        const Drawing gone(pool);
        Drawing one(pool);
        one.amount += 12'345;
        CHECK(pool.drawn() >= 12'345);
    }
    CHECK(pool.drawn() == 0);
}
