#include "wire/netplay_encode.hpp"

#include "netplay_examples.hpp"

namespace netplay_relay::wire {

namespace {

ByteVector encoded(const Command& command, const Dialect& dialect = {})
{
    ByteVector bytes;
    encode_command(command, dialect, bytes);
    return bytes;
}

} // namespace

TEST_CASE("every netplay command is written in every protocol that has it")
{
    for (const Example& example : examples()) {
        for (const Dialect& dialect : dialects_of(example)) {
            INFO(example.name << " in protocol " << dialect.protocol);
            CHECK(encoded(example.command, dialect) == example.bytes);
        }
    }
}

TEST_CASE("commands are written one behind the other")
{
    ByteVector bytes{0xff};
    encode_command(PingRequest{}, {}, bytes);
    encode_command(NoInput{1}, {}, bytes);
    CHECK(bytes == from_words("ff 00001100 00000000 00000004 00000004 00000001"));
}

TEST_CASE("texts that are too long are cut")
{
    const std::string text(200, 'a');
    CHECK(encoded(Nick{text}) == from_words("00000020 00000020 61*31 00"));
    CHECK(encoded(Pause{text}) == from_words("00000043 00000020 61*31 00"));
    CHECK(encoded(Info{1, text, text}) ==
          from_words("00000022 00000044 00000001 61*31 00 61*31 00"));
    CHECK(encoded(Chat{text, text}) == from_words("00001000 0000007f 61*31 00 61*95"));
    CHECK(encoded(Mode{0, false, false, false, 0, 0, {}, text}) ==
          from_words("00000026 0000003c 00*28 61*31 00"));
}

TEST_CASE("texts are cut at a NUL")
{
    const std::string text{'a', '\0', 'b'};
    CHECK(encoded(Nick{text}) == from_words("00000020 00000020 text:a:32"));
    CHECK(encoded(Chat{text, text}) == from_words("00001000 00000021 text:a:32 61"));
}

TEST_CASE("a client's chat names nobody")
{
    const Dialect from_client{6, InfoLayout::crc_first, Side::client, 1000};
    CHECK(encoded(Chat{"ignored", "x"}, from_client) == from_words("00001000 00000001 78"));
}

TEST_CASE("numbers do not spill into the flags beside them")
{
    CHECK(encoded(Input{1, 0x10002, false, {}}) ==
          from_words("00000003 00000008 00000001 00000002"));
    CHECK(encoded(Mode{0, false, false, false, 0xffff0003, 0, {}, ""}) ==
          from_words("00000026 0000003c 00000000 00000003 00*52"));
    const Dialect old{4, InfoLayout::name_first, Side::server, 1000};
    CHECK(encoded(Mode4{0, 0xffff0003, false, false, false}, old) ==
          from_words("00000026 00000008 00000000 00000003"));
}

TEST_CASE("of an unknown command only the head is written")
{
    CHECK(encoded(UnknownCommand{0x1234, 5}) == from_words("00001234 00000005"));
}

} // namespace netplay_relay::wire
