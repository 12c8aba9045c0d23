#include "wire/discovery.hpp"

#include "bytes.hpp"

namespace netplay_relay::wire {

namespace {

ByteVector old_query(std::size_t size, std::uint8_t protocol = 5)
{
    ByteVector query = joined(from_text("RANQ"), ByteVector{0, 0, 0, protocol});
    query.resize(size);
    return query;
}

ByteVector encoded(const Advertisement& advertisement)
{
    const auto answer = encode_discovery_answer(advertisement);
    return {answer.begin(), answer.end()};
}

ByteVector padded(std::string_view text, std::size_t size)
{
    ByteVector field = from_text(text);
    field.resize(size);
    return field;
}

// The text in the field that begins there.
std::string text_at(const ByteVector& answer, std::size_t at)
{
    return reinterpret_cast<const char*>(answer.data() + at);
}

std::string nick_of(const std::string& nick)
{
    Advertisement advertisement;
    advertisement.nick = nick;
    const ByteVector answer = encoded(advertisement);
    CHECK(answer[47] == 0);
    CHECK(text_at(answer, 48) == "N/A");
    return text_at(answer, 16);
}

const Advertisement full{0x3cf519e9, 55435,  true,     false,        "alice", "unix x64",
                         "Nestopia", "1.52", "1.14.0", "Coin Chase", "Super"};

} // namespace

TEST_CASE("a query is RANQ, and needs all four bytes of it")
{
    const ByteVector query = from_text("RANQ");
    for (std::size_t size = 0; size < query.size(); ++size)
        CHECK((decode_discovery_query(std::span(query).first(size)) == DiscoveryQuery::malformed));
    CHECK((decode_discovery_query(query) == DiscoveryQuery::current));
    for (const std::size_t more : {1U, 3U, 4U, 487U, 489U, 519U, 521U, 1000U})
        CHECK((decode_discovery_query(joined(query, ByteVector(more, 5))) ==
               DiscoveryQuery::current));
    for (const char* other : {"RANS", "RANP", "ranq", "QNAR", " RANQ"})
        CHECK((decode_discovery_query(from_text(other)) == DiscoveryQuery::malformed));
    for (std::size_t at = 0; at < query.size(); ++at) {
        ByteVector other = query;
        other[at] ^= 1;
        CHECK((decode_discovery_query(other) == DiscoveryQuery::malformed));
    }
}

TEST_CASE("the old form is told by its size and its protocol")
{
    for (std::size_t size = 8; size <= 600; ++size) {
        const bool old = size == 492 || size == 524;
        CHECK((decode_discovery_query(old_query(size)) ==
               (old ? DiscoveryQuery::old_form : DiscoveryQuery::current)));
        CHECK((decode_discovery_query(old_query(size, 6)) == DiscoveryQuery::current));
    }
}

TEST_CASE("an answer, byte by byte")
{
    ByteVector expected = from_hex("52414e53 3cf519e9 0000d88b 00000001");
    for (const char* text : {"alice", "unix x64", "Nestopia", "1.52", "1.14.0"})
        expected = joined(expected, padded(text, 32));
    expected = joined(expected, padded("Coin Chase", 256));
    expected = joined(expected, padded("Super", 256));
    REQUIRE(expected.size() == discovery_answer_size);
    CHECK(encoded(full) == expected);
}

TEST_CASE("what is empty is said to be nothing")
{
    ByteVector expected = joined(from_text("RANS"), ByteVector(12, 0));
    for (int field = 0; field < 5; ++field)
        expected = joined(expected, padded("N/A", 32));
    for (int field = 0; field < 2; ++field)
        expected = joined(expected, padded("N/A", 256));
    CHECK(encoded({}) == expected);
}

TEST_CASE("the two passwords are two bits of a big-endian word")
{
    Advertisement advertisement;
    for (std::uint8_t bits = 0; bits < 4; ++bits) {
        advertisement.has_password = (bits & 1) != 0;
        advertisement.has_spectate_password = (bits & 2) != 0;
        const ByteVector answer = encoded(advertisement);
        CHECK(ByteVector(answer.begin() + 12, answer.begin() + 16) == ByteVector{0, 0, 0, bits});
    }
}

TEST_CASE("a text is cut before its last byte, between two characters")
{
    const std::string long_text(300, 'x');
    CHECK(nick_of(std::string(31, 'x')) == std::string(31, 'x'));
    CHECK(nick_of(long_text) == std::string(31, 'x'));
    const std::string a(30, 'a');
    CHECK(nick_of(a + "\xc3\xa9") == a);                                  // two bytes
    CHECK(nick_of(a.substr(1) + "\xc3\xa9") == a.substr(1) + "\xc3\xa9"); // fits
    CHECK(nick_of(a.substr(1) + "\xe2\x82\xac") == a.substr(1));          // three bytes
    CHECK(nick_of(a.substr(2) + "\xf0\x9f\x8e\xae") == a.substr(2));      // four bytes
    CHECK(nick_of(a.substr(3) + "\xf0\x9f\x8e\xae!") == a.substr(3) + "\xf0\x9f\x8e\xae");
    CHECK(nick_of(std::string(300, '\x80')) == std::string(31, '\x80')); // no UTF-8 at all
    CHECK(nick_of(std::string(300, '\xff')) == std::string(31, '\xff'));
    CHECK(nick_of(std::string("bob\0eve", 7)) == "bob");
    CHECK(nick_of(std::string("\0eve", 4)) == "N/A");

    Advertisement advertisement;
    advertisement.content_name = long_text;
    advertisement.subsystem = long_text + "\xc3\xa9";
    const ByteVector answer = encoded(advertisement);
    CHECK(text_at(answer, 176) == std::string(255, 'x'));
    CHECK(answer[431] == 0);
    CHECK(ByteVector(answer.begin() + 432, answer.end()) == padded(std::string(255, 'x'), 256));
}

} // namespace netplay_relay::wire
