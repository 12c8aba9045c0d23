#include "websocket/frames.hpp"

#include "reading.hpp"

namespace netplay_relay::websocket {

namespace {

FrameReader reader_in_the_middle(std::span<const std::uint8_t> bytes, Side side = Side::server)
{
    FrameReader reader(side);
    Outcome outcome;
    REQUIRE(feed(reader, bytes, some_limits, outcome));
    REQUIRE(outcome.said.empty());
    return reader;
}

bool can_be(const Bytes& bytes)
{
    FrameReader reader;
    record::Reader from(bytes);
    from(reader);
    return from.is_complete() && reader.makes_sense();
}

} // namespace

TEST_CASE("a reader goes on elsewhere behind every byte of a fragmented message")
{
    const Bytes bytes = bytes_of({{0x01, "frag"}, {0x89, "ping"}, {0x00, "men"}, {0x80, "ted"}});
    const Outcome expected{{{Kind::ping, "ping"}, {Kind::text, "fragmented"}}};
    FrameReader reader;
    Outcome outcome;
    for (const std::uint8_t byte : bytes) {
        reader = moved(reader); // each time
        CHECK(feed(reader, std::span(&byte, 1), some_limits, outcome));
    }
    CHECK((outcome == expected));
    CHECK(reader.kept() == 0);
}

TEST_CASE("the side goes along")
{
    const Bytes bytes = bytes_of(Frame{0x82, "abc", std::nullopt});
    FrameReader there = moved(reader_in_the_middle(std::span(bytes).first(3), Side::client));
    Outcome outcome;
    feed(there, std::span(bytes).subspan(3), some_limits, outcome);
    CHECK((outcome == Outcome{{{Kind::binary, "abc"}}}));
}

TEST_CASE("a record that cannot be is found out")
{
    // Side, is a message gathered, its kind, how many fragments it has, what they have said, an
    // unfinished frame.
    CHECK(can_be({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    CHECK(can_be({0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0}));
    CHECK(can_be({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x82}));
    CHECK_FALSE(can_be({3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));             // no side
    CHECK_FALSE(can_be({0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));          // of a ping
    CHECK_FALSE(can_be({0, 1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));          // no kind
    CHECK_FALSE(can_be({0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));          // no fragment
    CHECK_FALSE(can_be({0, 1, 1, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));          // 1025 of them
    CHECK_FALSE(can_be({0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));             // of no message
    CHECK_FALSE(can_be({0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0}));          // said in none
    CHECK_FALSE(can_be({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0x83, 0x80})); // a fault in it
    CHECK_FALSE(
        can_be({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0})); // whole
}

TEST_CASE("limits that have become less hold for what is under way")
{
    const Bytes bytes = bytes_of(Frame{0x82, "abcdef"});
    FrameReader reader = reader_in_the_middle(std::span(bytes).first(8));
    CHECK(reader.feed({}, {5, 5}, [](const Message&) { return true; }) == Fault::too_large);
    const Bytes fragment = bytes_of(Frame{0x02, "abcdef"});
    FrameReader gathering = reader_in_the_middle(fragment);
    CHECK_FALSE(gathering.feed({}, {5, 5}, [](const Message&) { return true; }));
    CHECK(gathering.feed(bytes_of(Frame{0x80, ""}), {5, 5}, [](const Message&) { return true; }) ==
          Fault::too_large);
}

} // namespace netplay_relay::websocket
