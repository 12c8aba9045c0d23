#include "base/byte_order.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;

TEST_CASE("numbers are read and written in both orders")
{
    constexpr std::array<std::uint8_t, 9> bytes{0xFF, 1, 2, 3, 4, 5, 6, 7, 0x88};
    STATIC_REQUIRE(load_big<std::uint8_t>(bytes) == 0xFF);
    STATIC_REQUIRE(load_big<std::uint16_t>(bytes, 1) == 0x0102);
    STATIC_REQUIRE(load_big<std::uint32_t>(bytes) == 0xFF010203);
    STATIC_REQUIRE(load_big<std::uint64_t>(bytes, 1) == 0x0102030405060788);
    STATIC_REQUIRE(load_little<std::uint16_t>(bytes, 7) == 0x8807);
    STATIC_REQUIRE(load_little<std::uint32_t>(bytes) == 0x030201FF);
    STATIC_REQUIRE(load_little<std::uint64_t>(bytes, 1) == 0x8807060504030201);
    CHECK(big_endian<std::uint32_t>(0x01020388) == std::array<std::uint8_t, 4>{1, 2, 3, 0x88});
    CHECK(little_endian<std::uint32_t>(0x01020388) == std::array<std::uint8_t, 4>{0x88, 3, 2, 1});
    for (const std::uint64_t value :
         {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
        CHECK(load_big<std::uint64_t>(big_endian(value)) == value);
        CHECK(load_little<std::uint64_t>(little_endian(value)) == value);
    }
}
