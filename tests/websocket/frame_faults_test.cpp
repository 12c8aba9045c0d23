#include "websocket/frames.hpp"

#include "reading.hpp"

namespace netplay_relay::websocket {

using wire::from_hex;

namespace {

void check_fault(const Bytes& bytes, Fault fault, Side side = Side::server)
{
    check_every_way(bytes, {{}, fault}, some_limits, side);
    const Frame before{0x82, "before",
                       side == Side::server ? std::optional(some_mask) : std::nullopt};
    check_every_way(wire::joined(bytes_of(before), bytes), {{{Kind::binary, "before"}}, fault},
                    some_limits, side);
}

} // namespace

TEST_CASE("a client that does not mask, and a server that does")
{
    check_fault(bytes_of(Frame{0x81, "x", std::nullopt}), Fault::protocol);
    check_fault(bytes_of(Frame{0x89, "", std::nullopt}), Fault::protocol);
    check_fault(bytes_of(Frame{0x81, "x"}), Fault::protocol, Side::client);
}

TEST_CASE("a proxy closes without a mask, and says nothing else so")
{
    constexpr Side side = Side::server_behind_proxy;
    const std::string code{"\x03\xe9", 2};
    check_every_way(bytes_of(Frame{0x88, code, std::nullopt}), {{{Kind::close, code}}}, some_limits,
                    side);
    check_every_way(bytes_of(Frame{0x88, "", std::nullopt}), {{{Kind::close, ""}}}, some_limits,
                    side);
    check_every_way(bytes_of(Frame{0x88, code}), {{{Kind::close, code}}}, some_limits, side);
    for (const int start : {0x81, 0x82, 0x89, 0x8A, 0x80})
        check_every_way(bytes_of(Frame{static_cast<std::uint8_t>(start), "x", std::nullopt}),
                        {{}, Fault::protocol}, some_limits, side);
    check_fault(bytes_of(Frame{0x88, code, std::nullopt}), Fault::protocol);
    FrameReader reader(side);
    std::vector<bool> masks;
    CHECK_FALSE(reader.feed(
        wire::joined(bytes_of(Frame{0x89, "x"}), bytes_of(Frame{0x88, code, std::nullopt})),
        some_limits, [&](const Message& message) {
            masks.push_back(message.is_masked);
            if (message.kind == Kind::close) CHECK(close_code_of(message) == going_away);
            return true;
        }));
    CHECK(masks == std::vector<bool>{true, false});
}

TEST_CASE("reserved bits and opcodes: the first two bytes tell")
{
    for (const unsigned first : {0xC1U, 0xA1U, 0x91U, 0xF2U, 0xC9U})
        check_fault({static_cast<std::uint8_t>(first), 0x81}, Fault::protocol);
    for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U})
        check_fault({static_cast<std::uint8_t>(0x80U | opcode), 0x81}, Fault::protocol);
}

TEST_CASE("control frames are short and whole")
{
    const std::string longest(125, 'l');
    check_example(bytes_of(Frame{0x89, longest}), {{Kind::ping, longest}});
    check_fault({0x89, 0x80 | 126}, Fault::protocol);
    check_fault({0x8A, 0x80 | 127}, Fault::protocol);
    check_fault({0x09, 0x81}, Fault::protocol);
    check_fault({0x08, 0x80}, Fault::protocol);
}

TEST_CASE("a size in more bytes than it needs is a fault")
{
    check_fault(wire::joined(from_hex("82 fe 0001 00000000"), Bytes(1)), Fault::protocol);
    check_fault(wire::joined(from_hex("82 fe 007d 00000000"), Bytes(125)), Fault::protocol);
    check_fault(from_hex("82 fe 0000 00000000"), Fault::protocol);
    check_fault(wire::joined(from_hex("82 ff 0000000000000080 00000000"), Bytes(128)),
                Fault::protocol);
    check_fault(from_hex("82 ff 8000000000000000"), Fault::protocol);
    check_fault(from_hex("82 ff ffffffffffffffff"), Fault::protocol);
    // What comes behind a fault finds the reader of this thread as good as new.
    check_example(bytes_of(Frame{0x82, "fine"}), {{Kind::binary, "fine"}});
    check_example(bytes_of(Frame{0x82, std::string(5000, 'f')}),
                  {{Kind::binary, std::string(5000, 'f')}});
}

TEST_CASE("what is too large is so as soon as its head tells")
{
    check_fault(from_hex("81 fe 1001"), Fault::too_large);
    check_fault(from_hex("82 ff 0000000000030d41"), Fault::too_large);
    check_fault(from_hex("82 ff 7fffffffffffffff"), Fault::too_large);
    const std::string longest(some_limits.text, 't');
    check_example(bytes_of(Frame{0x81, longest}), {{Kind::text, longest}});
    check_every_way(bytes_of(Frame{0x82, "x"}), {{}, Fault::too_large}, {0, 0});
    check_every_way(bytes_of({{0x82, ""}, {0x89, "ping"}}),
                    {{{Kind::binary, ""}, {Kind::ping, "ping"}}}, {0, 0});
}

TEST_CASE("text is UTF-8")
{
    for (const char* text : {"", "a", "J\xc3\xb6rg", "\xe3\x83\x9e", "\xf0\x9f\x98\x80",
                             "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf"})
        check_example(bytes_of(Frame{0x81, text}), {{Kind::text, text}});
    for (const char* text : {"\x80", "\xff", "\xc3", "a\xe3\x83", "\xc0\xaf", "\xe0\x80\xaf",
                             "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc3("})
        check_fault(bytes_of(Frame{0x81, text}), Fault::bad_text);
    check_example(bytes_of(Frame{0x82, "\xff"}), {{Kind::binary, "\xff"}});
}

TEST_CASE("a close has no payload, or a number that may be sent and a text")
{
    const auto close = [](unsigned code, const std::string& reason = {}) {
        return std::string{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)} + reason;
    };
    for (const unsigned code : {1000U, 1001U, 1003U, 1007U, 1011U, 1014U, 3000U, 4999U})
        check_example(bytes_of(Frame{0x88, close(code, "J\xc3\xb6rg")}),
                      {{Kind::close, close(code, "J\xc3\xb6rg")}});
    for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 2999U, 5000U, 65535U})
        check_fault(bytes_of(Frame{0x88, close(code)}), Fault::protocol);
    check_fault(bytes_of(Frame{0x88, "x"}), Fault::protocol);
    check_fault(bytes_of(Frame{0x88, close(1000, "\xff")}), Fault::bad_text);
}

TEST_CASE("a fault leaves nothing behind")
{
    FrameReader reader;
    Outcome outcome;
    CHECK(feed(reader, bytes_of(Frame{0x01, "abc"}), some_limits, outcome));
    CHECK_FALSE(feed(reader, bytes_of(Frame{0x81, "x"}), some_limits, outcome));
    CHECK(reader.kept() == 0);
    CHECK(reader == FrameReader());
}

} // namespace netplay_relay::websocket
