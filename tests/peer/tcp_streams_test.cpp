#include "peer/decode/tcp_streams.hpp"

#include "support/catch.hpp"

#include <string>

namespace netplay_relay::peer {

namespace {

std::string push(TcpStream& stream, std::uint32_t sequence, const std::string& text)
{
    const std::vector<std::uint8_t> payload(text.begin(), text.end());
    std::vector<std::uint8_t> out;
    stream.push(sequence, payload, out);
    return {out.begin(), out.end()};
}

} // namespace

TEST_CASE("a stream begins behind its SYN, or with what comes first")
{
    TcpStream with_syn;
    with_syn.begin(9);
    CHECK(push(with_syn, 12, "cd").empty());
    CHECK(push(with_syn, 10, "ab") == "abcd");
    CHECK(with_syn.began_with(9));
    TcpStream without;
    CHECK(push(without, 12, "cd") == "cd");
    CHECK(push(without, 10, "ab").empty());
    CHECK_FALSE(without.began_with(11));
}

TEST_CASE("overlapping segments give each byte once")
{
    TcpStream stream;
    stream.begin(0xfffffffd); // the numbers wrap behind two bytes
    CHECK(push(stream, 0xfffffffe, "ab") == "ab");
    CHECK(push(stream, 0xffffffff, "bcd") == "cd");
    CHECK(push(stream, 0xfffffffe, "abcd").empty());
    CHECK(push(stream, 4, "gh").empty());
    CHECK(push(stream, 3, "fgh").empty());
    CHECK(push(stream, 3, "f").empty());
    CHECK(stream.gap() == 1);
    CHECK(push(stream, 1, "def") == "efgh");
    CHECK(stream.gap() == 0);
}

TEST_CASE("a stream ends when everything before FIN was there")
{
    TcpStream stream;
    stream.begin(0);
    stream.end(4);
    CHECK_FALSE(stream.is_at_end());
    push(stream, 3, "c");
    CHECK_FALSE(stream.is_at_end());
    push(stream, 1, "ab");
    CHECK(stream.is_at_end());
}

TEST_CASE("what comes too early is kept up to a limit")
{
    TcpStream small;
    small.begin(0);
    for (std::uint32_t at = 0; !small.is_lost(); ++at) {
        REQUIRE(at <= early_pieces_max);
        push(small, 10 + 2 * at, "x");
    }
    TcpStream large;
    large.begin(0);
    const std::string much(100000, 'x');
    for (std::uint32_t at = 0; !large.is_lost(); ++at) {
        REQUIRE(at <= early_bytes_max / much.size() + 1);
        push(large, 10 + 200000 * at, much);
    }
    CHECK(large.gap() == 9);
    CHECK(push(large, 5000, "more").empty());
}

} // namespace netplay_relay::peer
