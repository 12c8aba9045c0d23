#include "netplay/savestate.hpp"

#include "support/catch.hpp"
#include "wire/bytes.hpp"

#include <limits>
#include <string_view>

namespace netplay_relay::netplay {

namespace {

using wire::ByteVector;
using wire::from_hex;
using wire::from_text;
using wire::joined;

// zlib's own best compression of "hello, hello, hello".
const std::string_view hello_stream = "78dacb48cdc9c9d751c840a200442806d5";
const std::string_view hello = "hello, hello, hello";

ByteVector noise(std::size_t size)
{
    ByteVector bytes(size);
    std::uint32_t state = 1;
    for (std::uint8_t& byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<std::uint8_t>(state >> 24);
    }
    return bytes;
}

ByteVector block(std::string_view tag, std::uint32_t length, const ByteVector& content)
{
    ByteVector bytes = from_text(tag);
    for (const int shift : {0, 8, 16, 24})
        bytes.push_back(static_cast<std::uint8_t>(length >> shift));
    return joined(bytes, content);
}

const ByteVector container = from_hex("4e4554504c4159 01");
const ByteVector core_state = block("MEM ", 5, from_hex("0102030405 000000"));
const ByteVector achievements = block("ACHV", 9, from_hex("01000000 00000000 07 00000000000000"));
const ByteVector tail = block("END ", 0, {});

std::optional<ByteVector> unwrapped(const ByteVector& state)
{
    const auto content = unwrap_state(state);
    if (!content) return std::nullopt;
    return ByteVector(content->begin(), content->end());
}

} // namespace

TEST_CASE("a state survives compression")
{
    for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 100000U}) {
        INFO("size " << size);
        for (const ByteVector& state : {ByteVector(size), noise(size)}) {
            const auto stream = compress(state);
            CHECK((decompress(stream, size) == state));
            CHECK(decompress(stream, size + 1) == std::nullopt);
            if (size > 0) CHECK(decompress(stream, size - 1) == std::nullopt);
            if (size > 0) CHECK(decompress(stream, 0) == std::nullopt);
        }
    }
}

TEST_CASE("a stream of another zlib is read")
{
    const auto state = decompress(from_hex(hello_stream), hello.size());
    CHECK((state == from_text(hello)));
}

TEST_CASE("a stream that is cut anywhere yields nothing")
{
    for (const ByteVector& stream : {from_hex(hello_stream), compress(noise(300))}) {
        const std::size_t size = stream.size() < 50 ? hello.size() : 300;
        REQUIRE(decompress(stream, size) != std::nullopt);
        for (std::size_t cut = 0; cut < stream.size(); ++cut)
            CHECK(decompress(std::span(stream).first(cut), size) == std::nullopt);
    }
}

TEST_CASE("a damaged stream yields nothing")
{
    const ByteVector good = from_hex(hello_stream);
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            ByteVector bad = good;
            bad[at] = static_cast<std::uint8_t>(bad[at] ^ 1 << bit);
            const auto state = decompress(bad, hello.size());
            // The second byte also holds how hard the compressor tried, which is no damage.
            CHECK((state == std::nullopt || state == from_text(hello)));
        }
    }
    CHECK(decompress({}, 0) == std::nullopt);
    CHECK(decompress(from_text("no zlib stream at all"), 10) == std::nullopt);
    CHECK(decompress(joined(good, {0}), hello.size()) == std::nullopt);
    CHECK(decompress(joined(good, good), hello.size()) == std::nullopt);
    // One that wants a dictionary.
    CHECK(decompress(from_hex("78f9062c0215cb001100062c0215"), 5) == std::nullopt);
}

TEST_CASE("a claimed size takes no memory")
{
    constexpr std::size_t absurd = std::numeric_limits<std::size_t>::max() / 16;
    CHECK(decompress(from_hex(hello_stream), absurd) == std::nullopt);
    CHECK(decompress({}, absurd) == std::nullopt);
    const ByteVector bomb = compress(ByteVector(4U << 20U));
    CHECK(bomb.size() < 8192);
    CHECK(decompress(bomb, absurd) == std::nullopt);
    CHECK(decompress(bomb, 1000) == std::nullopt);
    const auto whole = decompress(bomb, 4U << 20U);
    REQUIRE(whole != std::nullopt);
    CHECK(whole->capacity() == 4U << 20U);
}

TEST_CASE("a container as protocol 7 sends it")
{
    const ByteVector state = from_hex("0102030405");
    CHECK(wrap_state(state) == joined(joined(container, core_state), tail));
    CHECK(wrap_state({}) == joined(joined(container, block("MEM ", 0, {})), tail));
    CHECK(wrap_state(noise(16)) == joined(joined(container, block("MEM ", 16, noise(16))), tail));
    for (std::size_t size = 0; size < 40; ++size) {
        const ByteVector wrapped = wrap_state(noise(size));
        CHECK(wrapped.size() % 8 == 0);
        CHECK(is_wrapped(wrapped));
        CHECK(unwrapped(wrapped) == noise(size));
    }
    // The length is little-endian.
    const ByteVector large = wrap_state(noise(0x12345));
    CHECK(ByteVector(large.begin() + 8, large.begin() + 16) == from_hex("4d454d20 45230100"));
    CHECK(unwrapped(large) == noise(0x12345));
}

TEST_CASE("what is beside the core's state is passed over")
{
    const ByteVector state = from_hex("0102030405");
    CHECK(unwrapped(joined(joined(joined(container, achievements), core_state), tail)) == state);
    CHECK(unwrapped(joined(joined(joined(container, core_state), achievements), tail)) == state);
    const ByteVector unknown = block("NEW!", 0, {});
    CHECK(unwrapped(joined(joined(joined(container, unknown), core_state), tail)) == state);
    CHECK(unwrapped(joined(joined(joined(container, core_state), tail), ByteVector(9, 0xff))) ==
          state);
}

TEST_CASE("a bare state is no container")
{
    CHECK_FALSE(is_wrapped({}));
    CHECK_FALSE(is_wrapped(from_text("NETPLA")));
    CHECK_FALSE(is_wrapped(from_text("netplay\x01")));
    CHECK(is_wrapped(from_text("NETPLAY")));
    CHECK(unwrapped(noise(100)) == std::nullopt);
}

TEST_CASE("a damaged container holds nothing")
{
    const ByteVector good = joined(joined(joined(container, achievements), core_state), tail);
    for (std::size_t cut = 0; cut < good.size(); ++cut) {
        INFO("the first " << cut << " bytes");
        CHECK(unwrapped(ByteVector(good.begin(), good.begin() + static_cast<int>(cut))) ==
              std::nullopt);
    }
    CHECK(unwrapped(joined(container, tail)) == std::nullopt);
    CHECK(unwrapped(joined(joined(container, achievements), tail)) == std::nullopt);
    CHECK(unwrapped(joined(joined(joined(container, core_state), core_state), tail)) ==
          std::nullopt);
    for (const std::uint32_t length : {9U, 17U, 0x7fffffffU, 0xfffffff8U, 0xffffffffU}) {
        const ByteVector longer = block("MEM ", length, ByteVector(8, 0));
        CHECK(unwrapped(joined(joined(container, longer), tail)) == std::nullopt);
    }
    ByteVector version_2 = good;
    version_2[7] = 2;
    CHECK(is_wrapped(version_2));
    CHECK(unwrapped(version_2) == std::nullopt);
}

TEST_CASE("the checksum of a state")
{
    CHECK(crc32({}) == 0);
    CHECK(crc32(from_text("123456789")) == 0xcbf43926);
}

} // namespace netplay_relay::netplay
