#include "netplay/password.hpp"

#include "support/catch.hpp"

#include <string>

namespace netplay_relay::netplay {

// The expected digests are those of Python's hashlib.
TEST_CASE("a password is hashed behind its salt in upper case")
{
    CHECK(password_hash(0x12345678, "secret") ==
          "6d7c44b975f536e8dfdd1938d4dd5c6981396d26e19edd17763a6a99c93da37a");
    CHECK(password_hash(0xdeadbeef, std::string("p\xc3\xa4ss \0x", 8)) ==
          "2954d668de771d0a57ba5dc62c0d5c3da28648126d2e89d3aac4b2da663b5211");
    CHECK(password_hash(0xa, "") ==
          "5b4ed06ff02c713c7caced667308873dffcac35eeeb41a5a0eb48f40eb1c68dd");
}

TEST_CASE("a password is cut at its longest")
{
    const std::string longest(password_max, 'a');
    CHECK(password_hash(1, longest) ==
          "f2b456dde765d8f09ecfa7fae27635fdca8fcbf5d775f75b9b4244fc26318503");
    CHECK(password_hash(1, longest + "b") == password_hash(1, longest));
    CHECK(password_hash(1, longest.substr(1)) != password_hash(1, longest));
}

TEST_CASE("hashes are the same if every letter is")
{
    const std::string hash = password_hash(1, "a");
    CHECK(hash.size() == 64);
    CHECK(same_hash(hash, password_hash(1, "a")));
    CHECK(same_hash("", ""));
    CHECK_FALSE(same_hash(hash, password_hash(2, "a")));
    CHECK_FALSE(same_hash(hash, password_hash(1, "b")));
    CHECK_FALSE(same_hash(hash, hash.substr(1)));
    CHECK_FALSE(same_hash("", hash));
    for (std::size_t at = 0; at < hash.size(); ++at) {
        std::string other = hash;
        other[at] = other[at] == '0' ? '1' : '0';
        CHECK_FALSE(same_hash(hash, other));
    }
}

} // namespace netplay_relay::netplay
