#include "rollback/merge.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace netplay_relay::rollback;

namespace {

constexpr std::uint32_t joypad = 1, keyboard = 3, analog = 5;

PortInput pressed(std::uint32_t word) { return PortInput{{word}}; }

std::uint32_t axes(int x, int y)
{
    return (static_cast<std::uint32_t>(x) & 0xFFFFU) | static_cast<std::uint32_t>(y) << 16U;
}

std::uint32_t merged(std::uint8_t mode, const std::vector<PortInput>& inputs, std::size_t word = 0,
                     std::uint32_t device = joypad)
{
    return merge(device, mode, inputs).words[word];
}

} // namespace

TEST_CASE("one player's input stays as it is")
{
    CHECK(merge(analog, 0x4C, std::vector{PortInput{{1, 2, 3}}}) == PortInput{{1, 2, 3}});
}

TEST_CASE("buttons of a shared port are merged as its share mode says")
{
    const std::vector three{pressed(0b0011), pressed(0b0101), pressed(0b1001)};
    CHECK(merged(0x04, three) == 0b1111); // OR
    CHECK(merged(0x08, three) == 0b1111); // XOR: bit 0 is pressed three times
    CHECK(merged(0x08, {pressed(0b11), pressed(0b01)}) == 0b10);
    CHECK(merged(0x0C, three) == 0b0001);                        // vote
    CHECK(merged(0x0C, {pressed(0b11), pressed(0b01)}) == 0b01); // more than half of them
    CHECK(merged(0, three) == 0b1111);                           // nothing said: OR
}

TEST_CASE("axes of a shared port are merged each for itself")
{
    const std::vector two{PortInput{{0, axes(100, -300)}}, PortInput{{0, axes(-200, 100)}}};
    CHECK(merged(0x20, two, 1, analog) == axes(-200, -300)); // the farthest
    CHECK(merged(0x40, two, 1, analog) == axes(-50, -100));  // the average
}

TEST_CASE("all words of a keyboard are buttons")
{
    const std::vector two{PortInput{{0, 0, 1}}, PortInput{{0, 0, 2}}};
    CHECK(merged(0x24, two, 2, keyboard) == 3);
}
