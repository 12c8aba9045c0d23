// No memory is taken for a frame that is whole in what was read. A program of its own, for it
// counts what all of it allocates.
#include "support/catch.hpp"
#include "support/counting_new.hpp"
#include "websocket/frames.hpp"

using namespace netplay_relay::websocket;
using netplay_relay::tests::allocations;

TEST_CASE("frames that are whole take no memory, once the largest was there")
{
    const Limits limits{4096, 100'000};
    std::vector<std::uint8_t> bytes;
    for (const std::size_t size : {24U, 0U, 200U, 5000U, 24U, 80'000U, 24U})
        append_masked_frame(bytes, Kind::binary, std::vector<std::uint8_t>(size, 1), {1, 2, 3, 4});
    append_masked_frame(bytes, Kind::text, std::vector<std::uint8_t>(100, 'a'), {1, 2, 3, 4});
    std::size_t taken = 0;
    const auto take = [&](const Message& message) {
        taken += message.payload.size();
        return true;
    };
    FrameReader reader;
    CHECK_FALSE(reader.feed(bytes, limits, take));
    const std::size_t before = allocations;
    bool fault = false;
    for (int round = 0; round < 100; ++round)
        fault = fault || reader.feed(bytes, limits, take).has_value();
    const std::size_t after = allocations;
    CHECK_FALSE(fault);
    CHECK(taken == 101 * (3 * 24 + 200 + 5000 + 80'000 + 100));
    CHECK(after == before);
}
