#include "base/sorted_blocks.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <random>
#include <set>
#include <vector>

using netplay_relay::SortedBlocks;

namespace {

void check_same(const SortedBlocks<int>& blocks, const std::set<int>& all)
{
    CHECK(blocks.size() == all.size());
    CHECK(blocks.empty() == all.empty());
    CHECK(std::vector<int>(all.begin(), all.end()) == [&] {
        std::vector<int> seen;
        for (const int value : blocks)
            seen.push_back(value);
        return seen;
    }());
    if (!all.empty()) CHECK(blocks.front() == *all.begin());
}

} // namespace

TEST_CASE("what is put into sorted blocks and taken out is as in a set")
{
    const auto seed = GENERATE(1U, 2U, 3U);
    std::mt19937 random(seed);
    SortedBlocks<int> blocks;
    std::set<int> all;
    // It grows, stays, and shrinks until nothing is left.
    for (const unsigned grows : {90U, 50U, 10U}) {
        for (int step = 0; step < 4000; ++step) {
            const int value = static_cast<int>(random() % 3000);
            const bool puts = random() % 100 < grows;
            if (puts)
                CHECK(blocks.insert(value) == all.insert(value).second);
            else
                CHECK(blocks.erase(value) == (all.erase(value) > 0));
            CHECK(blocks.contains(value) == puts);
        }
        check_same(blocks, all);
    }
    for (const int value : std::set<int>(all)) {
        CHECK(blocks.erase(value));
        all.erase(value);
    }
    check_same(blocks, all);
    CHECK(blocks.insert(7));
    CHECK(blocks.front() == 7);
}

TEST_CASE("values that come in order, and leave from the front, as deadlines do")
{
    SortedBlocks<int> blocks;
    std::set<int> all;
    for (int value = 0; value < 1000; ++value) {
        CHECK(blocks.insert(value));
        all.insert(value);
        if (value < 300) continue;
        CHECK(blocks.erase(value - 300));
        all.erase(value - 300);
    }
    check_same(blocks, all);
    for (int value = 999; value >= 700; --value)
        CHECK(blocks.erase(value));
    CHECK(blocks.empty());
    CHECK_FALSE(blocks.erase(1));
    CHECK_FALSE(blocks.contains(1));
}
