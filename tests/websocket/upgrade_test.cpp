#include "websocket/upgrade.hpp"

#include "support/catch.hpp"
#include "wire/bytes.hpp"

namespace netplay_relay::websocket {

using wire::from_text;

namespace {

constexpr std::string_view ours = "netplay-relay.godot.1";
constexpr std::string_view rfc_key = "dGhlIHNhbXBsZSBub25jZQ==";

using Lines = std::vector<std::string>;

// The example of RFC 6455, section 1.3, but for the subprotocol.
const Lines good{"GET /chat HTTP/1.1",
                 "Host: server.example.com",
                 "Upgrade: websocket",
                 "Connection: Upgrade",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                 "Origin: http://example.com",
                 "Sec-WebSocket-Protocol: netplay-relay.godot.1",
                 "Sec-WebSocket-Version: 13"};

std::string head_of(const Lines& lines)
{
    std::string head;
    for (const std::string& line : lines)
        head += line + "\r\n";
    return head + "\r\n";
}

// One line another, or left out if it is empty.
std::string changed(std::string_view begins, const std::string& line)
{
    Lines lines = good;
    const auto found =
        std::ranges::find_if(lines, [&](const auto& one) { return one.starts_with(begins); });
    REQUIRE(found != lines.end());
    if (line.empty())
        lines.erase(found);
    else
        *found = line;
    return head_of(lines);
}

std::string with(const Lines& more)
{
    Lines lines = good;
    lines.insert(lines.end(), more.begin(), more.end());
    return head_of(lines);
}

Head read(std::string_view text) { return read_head(from_text(text), ours); }

// Whole, byte by byte, and with bytes behind it.
template <class Answer>
void check_head(const std::string& head, const Answer& expected)
{
    INFO(head);
    for (std::size_t size = 0; size < head.size(); ++size)
        CHECK(std::holds_alternative<NeedMoreHead>(read(std::string_view(head).substr(0, size))));
    CHECK((read(head) == Head{expected}));
    CHECK((read(head + '\x82') == Head{expected}));
    CHECK((read(head + "\r\n\r\n" + std::string(20'000, 'x')) == Head{expected}));
}

void check_accepted(const std::string& head, std::vector<std::string> forwarded_for = {},
                    std::vector<std::string> origins = {"http://example.com"})
{
    check_head(head, Upgrade{head.size(), std::string(rfc_key), std::move(forwarded_for),
                             std::move(origins)});
}

void check_refused(const std::string& head, unsigned status, bool no_websocket = false)
{
    INFO(head);
    const Head answer = read(head);
    const auto* const bad = std::get_if<BadRequest>(&answer);
    REQUIRE(bad != nullptr);
    CHECK(bad->status == status);
    CHECK(bad->no_websocket == no_websocket);
    CHECK_FALSE(bad->sentence.empty());
    check_head(head, *bad);
}

} // namespace

TEST_CASE("where a page is from, a browser says once; each such line is told")
{
    check_accepted(changed("Origin", ""), {}, {});
    check_accepted(changed("Origin", "origin:  null "), {}, {"null"});
    check_accepted(with({"Origin: https://a, https://b"}), {},
                   {"http://example.com", "https://a, https://b"});
}

TEST_CASE("the example of RFC 6455, and its answer")
{
    check_accepted(head_of(good));
    CHECK(acceptance(Upgrade{0, std::string(rfc_key), {}}, ours) ==
          "HTTP/1.1 101 Switching Protocols\r\n"
          "Upgrade: websocket\r\n"
          "Connection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
          "Sec-WebSocket-Protocol: netplay-relay.godot.1\r\n\r\n");
}

TEST_CASE("words as others write them")
{
    check_accepted(changed("Upgrade", "UPGRADE: WebSocket"));
    check_accepted(changed("Upgrade", "upgrade: h2c, websocket"));
    check_accepted(changed("Connection", "Connection: keep-alive,Upgrade")); // Firefox
    check_accepted(changed("Connection", "connection:upgrade"));
    check_accepted(changed("GET", "GET /any/path?at=all HTTP/1.1"));
    check_accepted(with({"Connection: keep-alive"}));
    check_accepted(with({"Content-Length: 0"}));
    check_accepted(with({"Sec-WebSocket-Extensions: permessage-deflate"})); // not negotiated
}

TEST_CASE("the subprotocol is one of a list, in any of its lines")
{
    const std::string name = "Sec-WebSocket-Protocol";
    check_accepted(changed(name, name + ": netplay-relay.godot.2, netplay-relay.godot.1"));
    check_accepted(changed(name, name + ":netplay-relay.godot.1,x"));
    Lines lines = good;
    lines.insert(lines.begin() + 1, name + ": netplay-relay.godot.2");
    check_accepted(head_of(lines));
    check_refused(changed(name, ""), 400);
    check_refused(changed(name, name + ": netplay-relay.godot.2"), 400);
    check_refused(changed(name, name + ": Netplay-Relay.Godot.1"), 400);
    check_refused(changed(name, name + ": netplay-relay.godot.11"), 400);
    check_refused(changed(name, name + ": netplay-relay.godot.1 x"), 400);
}

TEST_CASE("X-Forwarded-For: all values, left to right")
{
    check_accepted(with({"X-Forwarded-For: 203.0.113.7"}), {"203.0.113.7"});
    check_accepted(with({"x-forwarded-for: 2001:db8::1 ,\t10.0.0.1", "Other: x",
                         "X-Forwarded-For:192.0.2.1,, ,nonsense"}),
                   {"2001:db8::1", "10.0.0.1", "192.0.2.1", "nonsense"});
    check_accepted(with({"X-Forwarded-For:"}));
}

TEST_CASE("a key is 16 bytes in base64, once")
{
    const std::string name = "Sec-WebSocket-Key";
    for (const char* key :
         {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQAA",
          "dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBsZSBub2-jZQ==", "dGhlIHNhbXBs ZSBub25jZQ=="})
        check_refused(changed(name, name + ": " + key), 400);
    check_refused(changed(name, ""), 400);
    check_refused(with({name + ": dGhlIHNhbXBsZSBub25jZQ=="}), 400);
}

TEST_CASE("what asks for no WebSocket is told so")
{
    check_refused("GET / HTTP/1.1\r\n\r\n", 426, true);
    check_refused("GET / HTTP/1.0\r\n\r\n", 426, true);
    check_refused(changed("Upgrade", ""), 426, true);
    check_refused(changed("Upgrade", "Upgrade: h2c"), 426, true);
    check_refused("HEAD / HTTP/1.1\r\n\r\n", 405, true);
    check_refused("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", 405, true);
    check_refused("BREW / HTTP/1.1\r\n\r\n", 405, true);
    check_refused("GET / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", 400, true);
}

TEST_CASE("what asks for another one, too")
{
    check_refused(changed("GET", "POST /chat HTTP/1.1"), 405);
    check_refused(changed("GET", "GET /chat HTTP/1.0"), 400);
    check_refused(changed("Connection", ""), 400);
    check_refused(changed("Connection", "Connection: close"), 400);
    check_refused(changed("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"), 426);
    check_refused(changed("Sec-WebSocket-Version", ""), 426);
    check_refused(with({"Sec-WebSocket-Version: 13"}), 426);
    check_refused(with({"Content-Length: 5"}), 400);
    check_refused(with({"Transfer-Encoding: chunked"}), 400);
}

TEST_CASE("what is no HTTP")
{
    check_refused("\r\n\r\n", 400, true);
    check_refused("GET\r\n\r\n", 400, true);
    check_refused("GET / FTP/1.1\r\n\r\n", 400, true);
    check_refused(std::string("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 24), 400, true);
    check_refused("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, true);
    check_refused("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, true);
}

TEST_CASE("a head has a limit")
{
    const std::size_t room = head_size_max - head_of(good).size() - std::string("A: \r\n").size();
    const std::string longest = with({"A: " + std::string(room, 'a')});
    REQUIRE(longest.size() == head_size_max);
    CHECK(std::holds_alternative<Upgrade>(read(longest)));
    CHECK(std::holds_alternative<NeedMoreHead>(read(longest.substr(0, head_size_max - 1))));
    const std::string longer = with({"A: " + std::string(room + 1, 'a')});
    CHECK(std::holds_alternative<NeedMoreHead>(read(longer.substr(0, head_size_max - 1))));
    for (std::size_t size = head_size_max; size <= longer.size(); ++size) {
        const Head answer = read(longer.substr(0, size));
        REQUIRE(std::holds_alternative<BadRequest>(answer));
        CHECK(std::get<BadRequest>(answer).status == 431);
    }
}

TEST_CASE("answers to what is refused")
{
    CHECK(refusal({400, "This is no HTTP request.", true}) ==
          "HTTP/1.1 400 Bad Request\r\n"
          "Connection: close\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Length: 25\r\n\r\n"
          "This is no HTTP request.\n");
    CHECK(refusal({426, "No.", true}) == "HTTP/1.1 426 Upgrade Required\r\n"
                                         "Connection: close\r\n"
                                         "Connection: Upgrade\r\n"
                                         "Upgrade: websocket\r\n"
                                         "Sec-WebSocket-Version: 13\r\n"
                                         "Content-Type: text/plain; charset=utf-8\r\n"
                                         "Content-Length: 4\r\n\r\n"
                                         "No.\n");
    CHECK(refusal({405, "No.", true}).find("\r\nAllow: GET\r\n") != std::string::npos);
    CHECK(refusal({431, "No.", false})
              .starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
}

} // namespace netplay_relay::websocket
