#include "websocket/frames.hpp"

#include "reading.hpp"

namespace netplay_relay::websocket {

TEST_CASE("fragments are put together")
{
    check_example(bytes_of({{0x02, "ab"}, {0x00, "cd"}, {0x80, "ef"}}), {{Kind::binary, "abcdef"}});
    check_example(bytes_of({{0x01, "ab"}, {0x80, ""}}), {{Kind::text, "ab"}});
    check_example(bytes_of({{0x01, ""}, {0x00, ""}, {0x80, ""}}), {{Kind::text, ""}});
    check_example(bytes_of({{0x02, ""}, {0x80, "x"}}), {{Kind::binary, "x"}});
    const std::string large(5000, 'l');
    check_example(bytes_of({{0x02, large}, {0x00, large}, {0x80, large}}),
                  {{Kind::binary, large + large + large}});
}

TEST_CASE("control frames may come between fragments, and come out at once")
{
    check_example(
        bytes_of(
            {{0x01, "ab"}, {0x89, "ping"}, {0x00, "cd"}, {0x8a, "pong"}, {0x80, "ef"}, {0x89, ""}}),
        {{Kind::ping, "ping"}, {Kind::pong, "pong"}, {Kind::text, "abcdef"}, {Kind::ping, ""}});
    check_every_way(bytes_of({{0x01, "ab"}, {0x88, ""}}), {{{Kind::close, ""}}});
}

TEST_CASE("a character may be cut by fragments, but has to be whole in the message")
{
    check_example(bytes_of({{0x01, "J\xc3"}, {0x80, "\xb6rg"}}), {{Kind::text, "J\xc3\xb6rg"}});
    check_every_way(bytes_of({{0x01, "J\xc3"}, {0x80, "rg"}}), {{}, Fault::bad_text});
    check_every_way(bytes_of({{0x01, "J"}, {0x80, "\xc3"}}), {{}, Fault::bad_text});
}

TEST_CASE("fragments out of order are a fault")
{
    check_every_way(bytes_of(Frame{0x80, "x"}), {{}, Fault::protocol});
    check_every_way(bytes_of(Frame{0x00, "x"}), {{}, Fault::protocol});
    check_every_way(bytes_of({{0x01, "x"}, {0x81, "y"}}), {{}, Fault::protocol});
    check_every_way(bytes_of({{0x01, "x"}, {0x02, "y"}}), {{}, Fault::protocol});
    check_every_way(bytes_of({{0x82, "x"}, {0x80, "y"}}), {{{Kind::binary, "x"}}, Fault::protocol});
    check_every_way(bytes_of({{0x02, "x"}, {0x80, "y"}, {0x80, "z"}}),
                    {{{Kind::binary, "xy"}}, Fault::protocol});
}

TEST_CASE("all fragments together are within the limit of their message")
{
    const Limits limits{4, 6};
    check_every_way(bytes_of({{0x01, "ab"}, {0x80, "cd"}}), {{{Kind::text, "abcd"}}}, limits);
    check_every_way(bytes_of({{0x01, "ab"}, {0x80, "cde"}}), {{}, Fault::too_large}, limits);
    check_every_way(bytes_of({{0x02, "abcd"}, {0x00, "ef"}, {0x80, ""}}),
                    {{{Kind::binary, "abcdef"}}}, limits);
    check_every_way(bytes_of({{0x02, "abcd"}, {0x00, "ef"}, {0x80, "g"}}), {{}, Fault::too_large},
                    limits);
    // What is between them is not part of it.
    check_every_way(bytes_of({{0x01, "ab"}, {0x89, "a ping"}, {0x80, "cd"}}),
                    {{{Kind::ping, "a ping"}, {Kind::text, "abcd"}}}, limits);
}

TEST_CASE("a message tells in how many frames it came, and has no end of them")
{
    std::vector<std::uint32_t> frames;
    const auto take = [&](const Message& message) {
        frames.push_back(message.frames);
        return true;
    };
    FrameReader reader;
    const Bytes several = bytes_of({{0x82, "x"}, {0x02, ""}, {0x89, ""}, {0x00, ""}, {0x80, "y"}});
    CHECK_FALSE(reader.feed(several, some_limits, take));
    CHECK_FALSE(reader.feed(several, some_limits, take));
    CHECK(frames == std::vector<std::uint32_t>{1, 1, 3, 1, 1, 3});

    std::vector<Frame> many{{0x02, ""}};
    many.resize(fragments_max - 1, {0x00, ""});
    const Bytes most = bytes_of(many);
    CHECK_FALSE(reader.feed(most, some_limits, take));
    FrameReader other = moved(reader);
    CHECK_FALSE(reader.feed(bytes_of(Frame{0x80, "z"}), some_limits, take));
    CHECK(frames.back() == fragments_max);
    CHECK_FALSE(other.feed(bytes_of(Frame{0x00, ""}), some_limits, take));
    CHECK(moved(other) == other);
    CHECK(other.feed(bytes_of(Frame{0x80, ""}), some_limits, take) == Fault::too_large);
}

} // namespace netplay_relay::websocket
