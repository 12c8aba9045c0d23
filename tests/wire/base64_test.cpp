#include "wire/message.hpp"

#include "bytes.hpp"

#include <random>

namespace netplay_relay::wire {

namespace {

struct Encoding
{
    std::string_view hex;
    std::string_view text;
};

constexpr std::array encodings{
    Encoding{"48e5cea132b8b5e67346383e", "SOXOoTK4teZzRjg+"},
    Encoding{"000000000000000000000000", "AAAAAAAAAAAAAAAA"},
    Encoding{"ffffffffffffffffffffffff", "////////////////"},
    Encoding{"000000000000000000000001", "AAAAAAAAAAAAAAAB"},
    Encoding{"800000000000000000000000", "gAAAAAAAAAAAAAAA"},
    Encoding{"fbefbefbefbefbefbefbefbe", "++++++++++++++++"},
    Encoding{"00108310518720928b30d38f", "ABCDEFGHIJKLMNOP"},
    Encoding{"41149351559761969b71d79f", "QRSTUVWXYZabcdef"},
    Encoding{"8218a39259a7a29aabb2dbaf", "ghijklmnopqrstuv"},
    Encoding{"c31cb3d35db7e39ebbf3dfbf", "wxyz0123456789+/"},
};

} // namespace

TEST_CASE("a session id as text")
{
    for (const Encoding& example : encodings) {
        INFO(example.text);
        const auto id = id_from_hex<SessionId>(example.hex);
        CHECK(to_text(id) == example.text);
        const auto parsed = parse_session_id(example.text);
        REQUIRE(parsed.has_value());
        CHECK((*parsed == id));
    }
}

TEST_CASE("any session id survives its text")
{
    std::mt19937 random(1);
    for (int round = 0; round < 1000; ++round) {
        SessionId id;
        for (std::uint8_t& byte : id.bytes)
            byte = static_cast<std::uint8_t>(random());
        const std::string text = to_text(id);
        REQUIRE(text.size() == id_text_size);
        const auto parsed = parse_session_id(text);
        REQUIRE(parsed.has_value());
        CHECK((*parsed == id));
    }
}

TEST_CASE("a text of any other length is no session id")
{
    const std::string letters(64, 'A');
    for (std::size_t size = 0; size <= letters.size(); ++size) {
        INFO(size);
        CHECK(parse_session_id(letters.substr(0, size)).has_value() == (size == id_text_size));
    }
    CHECK_FALSE(parse_session_id("SOXOoTK4teZzRjg+ ").has_value());
    CHECK_FALSE(parse_session_id("SOXOoTK4teZzRjg+\n").has_value());
}

TEST_CASE("only the 64 letters of the standard alphabet are taken, at every place")
{
    const std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned value = 0; value < 256; ++value) {
        const char letter = static_cast<char>(value);
        const bool is_known = alphabet.find(letter) != std::string_view::npos;
        for (std::size_t at = 0; at < id_text_size; ++at) {
            std::string text = "SOXOoTK4teZzRjg+";
            text[at] = letter;
            INFO("letter " << value << " at " << at);
            CHECK(parse_session_id(text).has_value() == is_known);
        }
    }
    // Padding and the alphabet for URLs are other encodings.
    CHECK_FALSE(parse_session_id("SOXOoTK4teZzRg==").has_value());
    CHECK_FALSE(parse_session_id("SOXOoTK4teZzRjg-").has_value());
    CHECK_FALSE(parse_session_id("SOXOoTK4teZzRjg_").has_value());
}

TEST_CASE("zero ids")
{
    CHECK(SessionId{}.is_zero());
    CHECK(TicketId{}.is_zero());
    for (std::size_t at = 0; at < id_size; ++at) {
        SessionId session;
        TicketId ticket;
        session.bytes[at] = ticket.bytes[at] = 1;
        CHECK_FALSE(session.is_zero());
        CHECK_FALSE(ticket.is_zero());
        CHECK(std::hash<SessionId>{}(session) != std::hash<SessionId>{}(SessionId{}));
        CHECK(std::hash<TicketId>{}(ticket) != std::hash<TicketId>{}(TicketId{}));
    }
}

} // namespace netplay_relay::wire
