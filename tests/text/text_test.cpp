#include "text/text.hpp"

#include "support/catch.hpp"

#include <string>

namespace netplay_relay::text {

TEST_CASE("plain text stays as it is")
{
    for (const char* text :
         {"", "bob", "~ !", "J\xc3\xb6rg", "\xe3\x83\x9e\xe3\x83\xaa\xe3\x82\xaa",
          "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"})
        CHECK(plain(text) == text);
}

TEST_CASE("what is UTF-8, and what is not")
{
    for (const char* text : {"", "bob", "J\xc3\xb6rg", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"})
        CHECK(is_utf8(text));
    for (const char* text : {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"})
        CHECK_FALSE(is_utf8(text));
    CHECK(is_utf8(std::string_view("a\0b", 3)));
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

TEST_CASE("a text of lines keeps their ends")
{
    CHECK(plain("a\tb\nc\x1b", true) == "a?b\nc?");
    CHECK(plain("\xe2\x80\xa8", true) == "?");
}

TEST_CASE("a NUL and what is behind it are shown as well")
{
    CHECK(plain(std::string_view("ab\0cd", 5)) == "ab?cd");
}

TEST_CASE("what may not stand in quotes is told by its number")
{
    CHECK(quotable("J\xc3\xb6rg ~") == "J\xc3\xb6rg ~");
    CHECK(quotable("a\"b\\c") == "a\\x22b\\x5cc");
    CHECK(quotable("\x1b\n") == "\\x1b\\x0a");
    CHECK(quotable("\xe2\x80\xae") == "\\u202e");
    CHECK(quotable("\xf3\xa0\x80\x81") == "\\U000e0001");
    CHECK(quotable("\xff\xc3") == "\\xff\\xc3");
}

TEST_CASE("in ASCII all else is told byte by byte")
{
    CHECK(in_ascii("bob ~") == "bob ~");
    CHECK(in_ascii("J\xc3\xb6rg\x7f\n") == "J\\xc3\\xb6rg\\x7f\\x0a");
    CHECK(in_ascii("a b", " ") == "a\\x20b");
    CHECK(in_hex(0xC, 8) == "0000000c");
    CHECK(in_hex(0xDEADBEEF, 8) == "deadbeef");
    CHECK(in_hex(0x5, 2) == "05");
}

TEST_CASE("a text is cut between two characters")
{
    CHECK(cut("bob", 3) == "bob");
    CHECK(cut("bob", 2) == "bo");
    CHECK(cut("bob", 0).empty());
    CHECK(cut("a\xc3\xa9", 2) == "a");
    CHECK(cut("a\xc3\xa9", 3) == "a\xc3\xa9");
    CHECK(cut("\xf0\x9f\x98\x80", 3).empty());
    CHECK(cut("\x80\x80\x80\x80\x80\x80", 5).size() == 5); // no UTF-8
}

TEST_CASE("a text takes as many columns as a terminal shows")
{
    CHECK(columns_of("") == 0);
    CHECK(columns_of("Zoe") == 3);
    CHECK(columns_of("Zo\u00e9") == 3);
    CHECK(columns_of("Zoe\u0301") == 3);
    CHECK(columns_of("\u5c0f\u9e21") == 4);
    CHECK(columns_of("\U0001F600") == 2);
    CHECK(columns_of("\xC3") == 1); // cut off: nothing is read behind the end
}

// One byte of each kind in every place of four.
TEST_CASE("whatever comes out is plain itself, and can be quoted and cut")
{
    const std::string kinds(
        "a\x0a\x7f\x80\x8f\x9f\xa0\xbf\xc0\xc2\xe0\xe2\xed\xef\xf0\xf4\xf5\xff");
    for (const char a : kinds)
        for (const char b : kinds)
            for (const char c : kinds)
                for (const char d : kinds) {
                    const std::string four{a, b, c, d};
                    const std::string once = plain(four);
                    if (plain(once) != once || once.empty()) FAIL("not plain: " << once);
                    const std::string quoted = quotable(four);
                    if (plain(quoted) != quoted) FAIL("not quotable: " << quoted);
                    for (std::size_t size = 0; size < 6; ++size)
                        if (cut(four, size).size() > size || !four.starts_with(cut(four, size)))
                            FAIL("not cut: " << size);
                }
}

TEST_CASE("a text falls into pieces between words")
{
    using Pieces = std::vector<std::string_view>;
    CHECK(pieces_of("", 5).empty());
    CHECK(pieces_of("   ", 5).empty());
    CHECK(pieces_of("hello", 5) == Pieces{"hello"});
    CHECK(pieces_of("hello world", 5) == Pieces{"hello", "world"});
    CHECK(pieces_of("a b c d", 3) == Pieces{"a b", "c d"});
    CHECK(pieces_of("  a   b  ", 3) == Pieces{"a", "b"});
    CHECK(pieces_of("abcdefgh i", 3) == Pieces{"abc", "def", "gh", "i"});
    CHECK(pieces_of("\xc3\xb6\xc3\xb6", 3) == Pieces{"\xc3\xb6", "\xc3\xb6"});
    CHECK(pieces_of("\xbf\xbf\xbf\xbf\xbf", 2).size() == 3);
}

} // namespace netplay_relay::text
