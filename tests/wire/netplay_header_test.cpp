#include "wire/netplay_header.hpp"

#include "bytes.hpp"

namespace netplay_relay::wire {

namespace {

const std::string_view client_1_14 = "52414e50 00040008 00000001 00000006 00000005 00000469";
const NetplayHeader client_header{0x00040008, 1, 6, 5, 0x469};

NetplayHeader client_opening(std::uint32_t highest, std::uint32_t lowest)
{
    return {platform_linux_64, compression_zlib, highest, lowest, 0};
}

ByteVector encoded(const Opening& opening)
{
    ByteVector bytes;
    encode_opening(opening, bytes);
    return bytes;
}

} // namespace

TEST_CASE("a header is 24 bytes")
{
    check_example(decode_opening, from_hex(client_1_14), 24, Taken<Opening>{client_header, 24});
    CHECK(encoded(client_header) == from_hex(client_1_14));
    const std::string_view salted = "52414e50 40020004 00000000 deadbeef 00000007 ffffffff";
    const NetplayHeader server{0x40020004, 0, 0xdeadbeef, 7, 0xffffffff};
    check_example(decode_opening, from_hex(salted), 24, Taken<Opening>{server, 24});
    CHECK(encoded(server) == from_hex(salted));
}

TEST_CASE("a header of protocol 4 is 16 bytes without a magic")
{
    const std::string_view text = "00000241 00040008 00000001 12345678";
    const NetplayHeader4 header{0x241, 0x00040008, 1, 0x12345678};
    check_example(decode_opening, from_hex(text), 16, Taken<Opening>{header, 16});
    CHECK(encoded(header) == from_hex(text));
    const NetplayHeader4 highest{0xffff, 0, 0, 0};
    check_example(decode_opening, encoded(highest), 16, Taken<Opening>{highest, 16});
}

TEST_CASE("a probe is four bytes")
{
    check_example(decode_opening, from_text("POKE"), 4, Taken<Opening>{Probe{}, 4});
    CHECK(encoded(Probe{}) == from_text("POKE"));
}

TEST_CASE("refusals are told by four bytes and taken whole")
{
    // The reason is among the last bytes.
    const auto check = [](const ByteVector& bytes, const Opening& opening, const Opening& untold) {
        CHECK(encoded(opening) == bytes);
        for (std::size_t size = 0; size < 4; ++size)
            CHECK((decode_opening(std::span(bytes).first(size)) == Decoded<Opening>(NeedMore{})));
        for (std::size_t size = 4; size < 24; ++size)
            CHECK((decode_opening(std::span(bytes).first(size)) ==
                   Decoded<Opening>(Taken<Opening>{untold, 4})));
        CHECK((decode_opening(bytes) == Decoded<Opening>(Taken<Opening>{opening, 24})));
    };
    check(from_hex("46554c4c 00000000 00000000 00000000 00000006 00000000"), HostFull{},
          HostFull{});
    check(from_hex("44454e59 00000000 00000000 00000000 00000006 00000000"), HostDenies{},
          HostDenies{});
    check(from_hex("46554c4c 00000000 00000000 00000000 00000006 00000004"),
          HostFull{ToldReason::draining}, HostFull{});
    check(from_hex("44454e59 00000000 00000000 00000000 00000006 00000005"),
          HostDenies{ToldReason::host_denied}, HostDenies{});
}

TEST_CASE("nothing else opens a netplay stream")
{
    for (const std::string_view text : {"RATS", "RATL", "RATP", "GET ", "ranp", "SSH-", "RANQ"})
        check_example(decode_opening, joined(from_text(text), ByteVector(20, 0)), 4,
                      Refusal::unknown_greeting);
    check_example(decode_opening, from_hex("00010000 00000000"), 4, Refusal::unknown_greeting);
    check_example(decode_opening, from_hex("ffffffff"), 4, Refusal::unknown_greeting);
}

TEST_CASE("a server chooses the highest protocol that both know")
{
    CHECK(choose_protocol(client_opening(6, 5), 6) == 6U);
    CHECK(choose_protocol(client_opening(7, 5), 6) == 6U);
    CHECK(choose_protocol(client_opening(7, 5), 7) == 7U);
    CHECK(choose_protocol(client_opening(6, 5), 7) == 6U);
    CHECK(choose_protocol(client_opening(6, 5), 5) == 5U);
    CHECK(choose_protocol(client_opening(5, 5), 7) == 5U);
    CHECK(choose_protocol(client_opening(0xffffffff, 0), 6) == 6U);
}

TEST_CASE("a client before 1.10 tells one protocol only")
{
    CHECK(choose_protocol(client_opening(0, 5), 6) == 5U);
    CHECK(choose_protocol(client_opening(0, 6), 6) == 6U);
    CHECK(choose_protocol(client_opening(0, 7), 6) == std::nullopt);
    CHECK(choose_protocol(client_opening(0, 4), 6) == std::nullopt);
    CHECK(choose_protocol(client_opening(0, 0), 6) == std::nullopt);
}

TEST_CASE("a client without a common protocol is refused")
{
    CHECK(choose_protocol(client_opening(4, 4), 6) == std::nullopt);
    CHECK(choose_protocol(client_opening(4, 5), 6) == std::nullopt);
    CHECK(choose_protocol(client_opening(8, 7), 6) == std::nullopt);
    CHECK(choose_protocol(client_opening(6, 7), 7) == std::nullopt);
    CHECK(choose_protocol(client_opening(0x469, 0x469), 7) == std::nullopt);
}

TEST_CASE("the implementation word of known versions")
{
    CHECK(implementation_magic("1.7.0", 4) == 0x241);
    CHECK(implementation_magic("1.7.1", 5) == 0x271);
    CHECK(implementation_magic("1.8.8", 5) == 0x2dd);
    CHECK(implementation_magic("1.9.0", 5) == 0x259);
    CHECK(implementation_magic("1.9.14", 5) == 0x529);
    CHECK(implementation_magic("1.10.0", 6) == 0x449);
    CHECK(implementation_magic("1.14.0", 6) == 0x469);
    CHECK(implementation_magic("1.16.0", 6) == 0x479);
    CHECK(implementation_magic("1.20.0", 6) == 0x445);
    CHECK(implementation_magic("1.21.0", 7) == 0x40d);
    CHECK(implementation_magic("1.22.0", 7) == 0x415);
    CHECK(implementation_magic("1.22.2", 7) == 0x455);
    CHECK(implementation_magic("1.20.0-nightly.17", 7) == 0x187ebc);
    CHECK(implementation_magic("", 6) == 6);
    CHECK(implementation_magic(std::string(100, '\xff'), 0xffffffff) != 0);
}

TEST_CASE("byte orders are told by bit 30")
{
    CHECK_FALSE(is_big_endian(platform_linux_64));
    CHECK(is_big_endian(0x40040008));
    CHECK_FALSE(is_big_endian(0x80040008));
}

} // namespace netplay_relay::wire
