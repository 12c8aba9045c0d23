#include "inspect/plain_text.hpp"

#include "support/catch.hpp"

#include <string_view>
#include <vector>

namespace netplay_relay::inspect {

namespace {

std::string plain(std::string_view text)
{
    std::vector<std::uint8_t> field(text.begin(), text.end());
    field.push_back(0);
    return plain_text(field);
}

} // namespace

TEST_CASE("plain text stays as it is")
{
    for (const char* text :
         {"", "bob", "~ !", "J\xc3\xb6rg", "\xe3\x83\x9e\xe3\x83\xaa\xe3\x82\xaa",
          "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"})
        CHECK(plain(text) == text);
}

TEST_CASE("what is no UTF-8 is replaced byte by byte")
{
    CHECK(plain("\x80") == "?");
    CHECK(plain("\xff\xfe") == "??");
    CHECK(plain("\xc3") == "?");                // cut
    CHECK(plain("\xe3\x83") == "??");           // cut
    CHECK(plain("\xc0\xaf") == "??");           // longer than needed
    CHECK(plain("\xe0\x80\xaf") == "???");      // longer than needed
    CHECK(plain("\xf0\x80\x80\xaf") == "????"); // longer than needed
    CHECK(plain("\xed\xa0\x80") == "???");      // half of a pair
    CHECK(plain("\xf4\x90\x80\x80") == "????"); // beyond the last
    CHECK(plain("\xf8\x88\x80\x80\x80") == "?????");
    CHECK(plain("\xc3(") == "?(");
}

TEST_CASE("controls are replaced")
{
    CHECK(plain("a\tb\nc\x1b\x7f") == "a?b?c??");
    CHECK(plain("\xc2\x9b") == "?");     // a control of eight bits
    CHECK(plain("\xe2\x80\xae") == "?"); // written backwards from here
    CHECK(plain("\xe2\x80\xa8") == "?"); // an end of line
    CHECK(plain("\xef\xbb\xbf") == "?"); // byte order mark
}

TEST_CASE("a text ends at its first NUL, or before its last byte")
{
    CHECK(plain(std::string_view("ab\0cd", 5)) == "ab");
    CHECK(plain_text(std::vector<std::uint8_t>{'a', 'b', 'c'}) == "ab");
    CHECK(plain_text({}).empty());
}

// One byte of each kind in every place of four.
TEST_CASE("whatever comes out is plain itself")
{
    const std::vector<std::uint8_t> kinds{'a',  0x0a, 0x7f, 0x80, 0x8f, 0x9f, 0xa0, 0xbf, 0xc0,
                                          0xc2, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff};
    for (const std::uint8_t a : kinds)
        for (const std::uint8_t b : kinds)
            for (const std::uint8_t c : kinds)
                for (const std::uint8_t d : kinds) {
                    const std::string once = plain_text(std::vector<std::uint8_t>{a, b, c, d, 0});
                    if (plain(once) != once || once.empty()) FAIL("not plain: " << once);
                }
}

} // namespace netplay_relay::inspect
