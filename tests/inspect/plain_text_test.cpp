#include "inspect/plain_text.hpp"

#include "support/catch.hpp"

#include <vector>

namespace netplay_relay::inspect {

TEST_CASE("a text ends at its first NUL, or before its last byte")
{
    CHECK(plain_text(std::vector<std::uint8_t>{'a', 'b', 0, 'c', 'd', 0}) == "ab");
    CHECK(plain_text(std::vector<std::uint8_t>{'a', 'b', 'c'}) == "ab");
    CHECK(plain_text({}).empty());
}

TEST_CASE("what of a text may not be shown is replaced")
{
    CHECK(plain_text(std::vector<std::uint8_t>{'a', 0x1b, 0xc3, 0xa9, 0xff, 0}) == "a?\xc3\xa9?");
}

} // namespace netplay_relay::inspect
