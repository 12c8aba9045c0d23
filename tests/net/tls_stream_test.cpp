#include "net/tls_stream.hpp"

#include "support/catch.hpp"
#include "support/socket_pair.hpp"

#include <cerrno>

using namespace netplay_relay;
using namespace netplay_relay::tests;
using net::IoState;
using net::TlsStream;

namespace {

const std::string some_key = std::string(64, 'a');

net::TlsContext context_of(const std::string& key)
{
    return net::TlsContext(*net::parse_fleet_key(key));
}

struct Talk
{
    SocketPair pair = make_socket_pair();
    net::TlsContext ours = context_of(some_key);
    net::TlsContext theirs;
    TlsStream server{ours, pair.ours.value(), TlsStream::Role::server};
    TlsStream client{theirs, pair.theirs.value(), TlsStream::Role::client};

    explicit Talk(const std::string& their_key = some_key) : theirs(context_of(their_key)) {}

    // What both come to, at last.
    std::pair<IoState, IoState> shake_hands()
    {
        std::pair<IoState, IoState> states{IoState::blocked, IoState::blocked};
        for (int round = 0; round < 10; ++round) {
            if (states.second == IoState::blocked) states.second = client.shake_hands();
            if (states.first == IoState::blocked) states.first = server.shake_hands();
        }
        return states;
    }
};

std::string read_from(TlsStream& stream)
{
    std::string text;
    std::array<std::uint8_t, 5000> buffer{};
    for (;;) {
        const net::IoResult got = stream.read(buffer);
        if (got.state != IoState::moved) return text;
        text.append(reinterpret_cast<const char*>(buffer.data()), got.bytes);
    }
}

std::span<const std::uint8_t> bytes_of(const std::string& text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

} // namespace

TEST_CASE("a key is 32 bytes or more, in hex or base64")
{
    const auto hex = net::parse_fleet_key(some_key + "\n");
    REQUIRE(hex);
    CHECK(hex->room_salt != 0);
    CHECK(net::parse_fleet_key(" AAAA" + std::string(60, 'A') + "\r\n"));
    CHECK(net::parse_fleet_key(std::string(43, 'A') + "="));
    for (const std::string bad : {"", "secret", "abcd", "zz"})
        CHECK_FALSE(net::parse_fleet_key(bad));
    CHECK_FALSE(net::parse_fleet_key(std::string(62, 'a')));       // 31 bytes
    CHECK_FALSE(net::parse_fleet_key(std::string(40, 'Z')));       // 30 bytes
    CHECK_FALSE(net::parse_fleet_key(std::string(64, 'z') + "!")); // neither
    const auto other = net::parse_fleet_key(std::string(64, 'b'));
    CHECK(other->of_links != hex->of_links);
    CHECK(other->room_salt != hex->room_salt);
}

TEST_CASE("both who have the key talk, each way, and end one way after the other")
{
    Talk talk;
    REQUIRE(talk.shake_hands() == std::pair(IoState::moved, IoState::moved));
    CHECK(talk.client.write(bytes_of("hello")).bytes == 5);
    CHECK(read_from(talk.server) == "hello");
    CHECK(talk.server.write(bytes_of("and back")).bytes == 8);
    CHECK(read_from(talk.client) == "and back");
    std::array<std::uint8_t, 10> buffer{};
    CHECK(talk.client.read(buffer).state == IoState::blocked);
    talk.client.finish_writing();
    CHECK(talk.server.read(buffer).state == IoState::finished);
    CHECK(talk.server.read(buffer).state == IoState::finished);
    CHECK(talk.server.write(bytes_of("still")).bytes == 5);
    CHECK(read_from(talk.client) == "still");
    CHECK(talk.client.write(bytes_of("no")).state == IoState::failed);
}

TEST_CASE("a stream pauses, and goes on with the next byte on another connection")
{
    Talk talk;
    REQUIRE(talk.shake_hands() == std::pair(IoState::moved, IoState::moved));
    talk.client.begin_at({7, 0, 0});
    talk.server.begin_at({7, 0, 0});
    REQUIRE(talk.client.write(bytes_of("one ")).bytes == 4);
    REQUIRE(talk.server.write(bytes_of("uno")).bytes == 3);

    talk.client.pause();
    CHECK(talk.client.write(bytes_of("two")).state == IoState::blocked);
    CHECK_FALSE(talk.client.is_quiet());
    CHECK(read_from(talk.server) == "one ");
    CHECK(talk.server.is_quiet());
    CHECK(talk.server.write(bytes_of("due")).state == IoState::blocked);
    CHECK(read_from(talk.client) == "uno");
    CHECK(talk.client.is_quiet());
    CHECK(talk.client.error() == 0);
    CHECK(talk.client.place() == fleet::LinkPlace{7, 3, 4});
    CHECK(talk.client.place().meets(talk.server.place()));

    Talk next;
    REQUIRE(next.shake_hands() == std::pair(IoState::moved, IoState::moved));
    const bool same_process = GENERATE(true, false);
    TlsStream after(talk.pair.ours.value(), talk.server.paused());
    CHECK(after.is_quiet());
    CHECK(after.write(bytes_of("due")).state == IoState::blocked);
    CHECK(read_from(after).empty());
    TlsStream& server = same_process ? talk.server : after;
    REQUIRE(dup2(next.pair.ours.value(), talk.pair.ours.value()) >= 0);
    server.go_on_as(next.server);
    next.client.begin_at(talk.client.place());
    CHECK(next.client.write(bytes_of("two")).bytes == 3);
    CHECK(server.write(bytes_of("due")).bytes == 3);
    CHECK(read_from(server) == "two");
    CHECK(read_from(next.client) == "due");
    CHECK(next.client.place() == fleet::LinkPlace{7, 6, 7});
    CHECK(next.client.place().meets(server.place()));
    next.client.finish_writing();
    std::array<std::uint8_t, 10> buffer{};
    CHECK(server.read(buffer).state == IoState::finished);
}

TEST_CASE("streams are counted as long as they pause")
{
    const std::size_t before = TlsStream::paused_count();
    {
        Talk talk;
        REQUIRE(talk.shake_hands() == std::pair(IoState::moved, IoState::moved));
        talk.client.begin_at({7, 0, 0});
        talk.server.begin_at({7, 0, 0});
        CHECK(TlsStream::paused_count() == before);
        talk.client.pause();
        talk.client.pause();
        CHECK(TlsStream::paused_count() == before + 1);
        CHECK(read_from(talk.server).empty());
        CHECK(TlsStream::paused_count() == before + 2);
        TlsStream after(talk.pair.ours.value(), talk.server.paused());
        CHECK(TlsStream::paused_count() == before + 3);
        Talk next;
        REQUIRE(next.shake_hands() == std::pair(IoState::moved, IoState::moved));
        talk.server.go_on_as(next.server);
        CHECK(TlsStream::paused_count() == before + 2);
    }
    CHECK(TlsStream::paused_count() == before);
}

TEST_CASE("a stream that ends while it pauses ends when it goes on")
{
    Talk talk;
    REQUIRE(talk.shake_hands() == std::pair(IoState::moved, IoState::moved));
    talk.client.begin_at({7, 0, 0});
    talk.server.begin_at({7, 0, 0});
    talk.server.pause();
    talk.server.finish_writing();
    CHECK(read_from(talk.client).empty());
    CHECK(read_from(talk.server).empty());
    REQUIRE(talk.server.is_quiet());
    Talk next;
    REQUIRE(next.shake_hands() == std::pair(IoState::moved, IoState::moved));
    REQUIRE(dup2(next.pair.ours.value(), talk.pair.ours.value()) >= 0);
    talk.server.go_on_as(next.server);
    std::array<std::uint8_t, 10> buffer{};
    CHECK(next.client.read(buffer).state == IoState::finished);
}

TEST_CASE("whoever has another key, or none, is refused before a byte is read of it")
{
    SECTION("another key")
    {
        Talk talk(std::string(64, 'b'));
        const auto [ours, theirs] = talk.shake_hands();
        CHECK(ours == IoState::failed);
        CHECK(theirs == IoState::failed);
        CHECK(talk.server.error() == EPROTO);
    }
    SECTION("no TLS at all")
    {
        SocketPair pair = make_socket_pair();
        const net::TlsContext context = context_of(some_key);
        TlsStream server(context, pair.ours.value(), TlsStream::Role::server);
        write_all(pair.theirs, "GET / HTTP/1.1\r\nHost: relay\r\n\r\n");
        CHECK(server.shake_hands() == IoState::failed);
    }
    SECTION("nobody")
    {
        SocketPair pair = make_socket_pair();
        const net::TlsContext context = context_of(some_key);
        TlsStream server(context, pair.ours.value(), TlsStream::Role::server);
        CHECK(server.shake_hands() == IoState::blocked);
        pair.theirs = net::UniqueFd();
        CHECK(server.shake_hands() == IoState::failed);
    }
}

TEST_CASE("what the other does not take is refused, and little of it is kept")
{
    Talk talk;
    REQUIRE(talk.shake_hands() == std::pair(IoState::moved, IoState::moved));
    const std::string chunk(200000, 'x');
    std::size_t sent = 0;
    for (net::IoResult written; (written = talk.client.write(bytes_of(chunk))).bytes > 0;)
        sent += written.bytes;
    CHECK(talk.client.has_unsent());
    CHECK(talk.client.write(bytes_of(chunk)).state == IoState::blocked);
    std::size_t got = 0;
    while (got < sent) {
        const std::size_t some = read_from(talk.server).size();
        talk.client.flush();
        REQUIRE(some > 0);
        got += some;
    }
    CHECK(got == sent);
    CHECK_FALSE(talk.client.has_unsent());
    CHECK(talk.client.write(bytes_of(chunk)).bytes > 0);
}

TEST_CASE("an end that TLS does not tell of is a broken line, and cut bytes are no bytes")
{
    Talk talk;
    REQUIRE(talk.shake_hands() == std::pair(IoState::moved, IoState::moved));
    std::array<std::uint8_t, 10> buffer{};
    SECTION("a cut")
    {
        (void)talk.client.write(bytes_of("last"));
        net::finish_writing(talk.pair.theirs.value());
        CHECK(read_from(talk.server) == "last");
        CHECK(talk.server.read(buffer).state == IoState::failed);
        CHECK(talk.server.error() == ECONNRESET);
    }
    SECTION("bytes that were changed")
    {
        write_all(talk.pair.theirs, std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
        CHECK(talk.server.read(buffer).state == IoState::failed);
        CHECK(talk.server.error() == EPROTO);
        CHECK(talk.server.write(bytes_of("any")).state == IoState::failed);
    }
}

TEST_CASE("while it is corked nothing is written")
{
    Talk talk;
    REQUIRE(talk.shake_hands() == std::pair(IoState::moved, IoState::moved));
    talk.server.cork(true);
    CHECK(talk.server.write(bytes_of("later")).state == IoState::blocked);
    talk.server.cork(false);
    CHECK(talk.server.write(bytes_of("now")).bytes == 3);
    CHECK(read_from(talk.client) == "now");
}

TEST_CASE("a socket's number leads to its stream until it is taken away")
{
    SocketPair pair = make_socket_pair();
    const net::TlsContext context = context_of(some_key);
    const int socket = pair.ours.value();
    CHECK(net::TlsSockets::find(socket) == nullptr);
    REQUIRE(net::TlsSockets::put(
        socket, std::make_unique<TlsStream>(context, socket, TlsStream::Role::server)));
    CHECK(net::TlsSockets::find(socket) != nullptr);
    CHECK(net::TlsSockets::find(pair.theirs.value()) == nullptr);
    CHECK(net::TlsSockets::take(socket) != nullptr);
    CHECK(net::TlsSockets::find(socket) == nullptr);
    CHECK(net::TlsSockets::take(socket) == nullptr);
}
