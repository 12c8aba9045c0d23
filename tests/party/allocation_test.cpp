// In a game no memory is taken for a lone unreliable packet. A program of its own, for it counts
// what all of it allocates.
#include "script.hpp"

#include "support/counting_new.hpp"

namespace netplay_relay::party {

using tests::allocations;

namespace {

// Of so many messages of the host, once all buffers are there.
std::size_t allocations_of(Script& script, const Bytes& frame, unsigned messages)
{
    Output out;
    const auto pass = [&] {
        script.manager.receive(script.id_of("ann"), frame, script.now, out);
        for (OutboundMessage& message : out.messages)
            out.spare.give(std::move(message.bytes));
        out.clear();
    };
    for (unsigned n = 0; n < 10; ++n)
        pass();
    const std::size_t before = allocations;
    for (unsigned n = 0; n < messages; ++n)
        pass();
    return allocations - before;
}

} // namespace

TEST_CASE("lone unreliable packets take no memory, to one or to several")
{
    const std::int32_t target = GENERATE(2, 0);
    Script script;
    four_play(script, false);
    const Bytes frame =
        masked(websocket::Kind::binary, packets_of({{target, 'u', std::string(24, 'x')}}));
    CHECK(allocations_of(script, frame, 1000) == 0);
}

TEST_CASE("a lone reliable packet is in memory once, whoever gets it")
{
    Script script;
    four_play(script, false);
    const Bytes frame = masked(websocket::Kind::binary, packets_of({{0, 'r', "hello"}}));
    // A frame and its counter; now and then a word to the sender, and a piece of a queue.
    CHECK(allocations_of(script, frame, 1000) <= 2500);
}

} // namespace netplay_relay::party
