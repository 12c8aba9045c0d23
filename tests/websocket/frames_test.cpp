#include "websocket/frames.hpp"

#include "reading.hpp"

namespace netplay_relay::websocket {

using wire::from_hex;
using wire::from_text;

TEST_CASE("the examples of RFC 6455, section 5.7")
{
    check_example(from_hex("81 85 37fa213d 7f9f4d5158"), {{Kind::text, "Hello"}});
    check_example(from_hex("81 05 48656c6c6f"), {{Kind::text, "Hello"}}, Side::client);
    check_example(from_hex("01 03 48656c 80 02 6c6f"), {{Kind::text, "Hello"}}, Side::client);
    check_example(from_hex("89 05 48656c6c6f"), {{Kind::ping, "Hello"}}, Side::client);
    check_example(from_hex("8a 85 37fa213d 7f9f4d5158"), {{Kind::pong, "Hello"}});
    Bytes long_one = from_hex("82 7e 0100");
    long_one.resize(4 + 256, 'x');
    check_example(long_one, {{Kind::binary, std::string(256, 'x')}}, Side::client);
    Bytes longer = from_hex("82 7f 0000000000010000");
    longer.resize(10 + 65536, 'y');
    check_example(longer, {{Kind::binary, std::string(65536, 'y')}}, Side::client);
}

TEST_CASE("sizes around each border, written and read, of both sides")
{
    for (const std::size_t size : {0U, 1U, 124U, 125U, 126U, 127U, 4081U, 4082U, 4083U, 4087U,
                                   4088U, 4089U, 4090U, 4096U, 4097U, 65535U, 65536U, 100'000U}) {
        INFO(size);
        std::string payload(size, '\0');
        for (std::size_t at = 0; at < size; ++at)
            payload[at] = static_cast<char>(at * 7 % 251);
        const Outcome expected{{{Kind::binary, payload}}};
        Bytes masked;
        append_masked_frame(masked, Kind::binary, from_text(payload), some_mask);
        Bytes plain;
        append_frame(plain, Kind::binary, from_text(payload));
        const std::size_t header = size < 126 ? 2U : size < 65536 ? 4U : 10U;
        CHECK(plain.size() == header + size);
        CHECK(masked.size() == header + 4 + size);
        CHECK((read_whole(masked) == expected));
        CHECK((read_whole(plain, some_limits, Side::client) == expected));
        CHECK((read_in_pieces(masked, 1, some_limits, Side::server) == expected));
        CHECK((read_in_pieces(masked, 1000, some_limits, Side::server) == expected));
        CHECK((read_elsewhere(masked, masked.size() / 2, some_limits, Side::server) == expected));
    }
}

TEST_CASE("every kind comes back as it was written")
{
    for (const Kind kind : {Kind::text, Kind::binary, Kind::ping, Kind::pong, Kind::close}) {
        const std::string payload = kind == Kind::close ? "\x03\xe8 bye" : "hello";
        Bytes bytes;
        append_masked_frame(bytes, kind, from_text(payload), some_mask);
        check_example(bytes, {{kind, payload}});
        Bytes empty;
        append_frame(empty, kind, {});
        check_example(empty, {{kind, ""}}, Side::client);
        FrameHeader header{};
        CHECK(frame_header(header, kind, 0) == 2);
        CHECK(std::ranges::equal(empty, std::span(header).first(2)));
    }
}

TEST_CASE("many small frames in one read come in their order")
{
    Bytes bytes;
    std::vector<Said> expected;
    for (int number = 0; number < 1000; ++number) {
        expected.push_back({Kind::binary, std::to_string(number)});
        append_masked_frame(bytes, Kind::binary, from_text(expected.back().payload), some_mask);
    }
    CHECK((read_whole(bytes) == Outcome{expected}));
    CHECK((read_in_pieces(bytes, 11, some_limits, Side::server) == Outcome{expected}));
}

TEST_CASE("who takes may stop, and nothing more is read")
{
    const Bytes bytes = bytes_of({{0x82, "one"}, {0x82, "two"}, {0x82, "three"}, {0x01, "fo"}});
    FrameReader reader;
    int taken = 0;
    const auto fault = reader.feed(bytes, some_limits, [&](const Message&) { return ++taken < 2; });
    CHECK_FALSE(fault);
    CHECK(taken == 2);
    CHECK(reader.kept() == 0);
}

TEST_CASE("what waits for the rest is counted, and what is done with is not kept")
{
    const Bytes frame = bytes_of(Frame{0x02, "12345"}); // more fragments follow
    FrameReader reader;
    Outcome outcome;
    CHECK(reader.kept() == 0);
    feed(reader, std::span(frame).first(1), some_limits, outcome);
    CHECK(reader.kept() == 1);
    feed(reader, std::span(frame).subspan(1, 8), some_limits, outcome);
    CHECK(reader.kept() == 9);
    feed(reader, std::span(frame).subspan(9), some_limits, outcome);
    CHECK(reader.kept() == 5); // of the message: the frame is unmasked
    feed(reader, bytes_of(Frame{0x80, "67"}), some_limits, outcome);
    CHECK(reader.kept() == 0);
    CHECK((outcome == Outcome{{{Kind::binary, "1234567"}}}));
}

TEST_CASE("bytes that come one by one cost no more than their number")
{
    // 1.5 MiB; a cost by the square would take minutes.
    const std::string payload(1'572'864, 'p');
    Bytes bytes;
    append_masked_frame(bytes, Kind::binary, from_text(payload), some_mask);
    const Limits limits{4096, payload.size()};
    CHECK((read_in_pieces(bytes, 1, limits, Side::server) == Outcome{{{Kind::binary, payload}}}));
}

} // namespace netplay_relay::websocket
