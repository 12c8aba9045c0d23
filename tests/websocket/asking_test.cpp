#include "websocket/asking.hpp"

#include "support/catch.hpp"
#include "wire/bytes.hpp"

namespace netplay_relay::websocket {

using wire::from_text;

namespace {

constexpr std::string_view spoken = "netplay-relay.godot.1";
constexpr std::string_view our_key = "dGhlIHNhbXBsZSBub25jZQ==";

Answer answer_of(std::string_view text) { return read_answer(from_text(text), our_key, spoken); }

std::string acceptance_text() { return acceptance({0, std::string(our_key), {}}, spoken); }

std::string with_instead(std::string_view from, std::string_view to)
{
    std::string text = acceptance_text();
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("asking: the request is one that is accepted")
{
    const std::string key = key_from({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    const std::string text = request("relay.example:55435", "/godot", key, spoken);
    CHECK(text.starts_with("GET /godot HTTP/1.1\r\nHost: relay.example:55435\r\n"));
    const Head head = read_head(from_text(text), spoken);
    CHECK(head == Head(Upgrade{text.size(), key, {}}));
}

TEST_CASE("asking: the answer, byte by byte, whole and with bytes behind it")
{
    const std::string text = acceptance_text();
    for (std::size_t size = 0; size < text.size(); ++size)
        REQUIRE(answer_of(text.substr(0, size)) == Answer(NeedMoreHead{}));
    CHECK(answer_of(text) == Answer(Accepted{text.size()}));
    CHECK(answer_of(text + "\x81\x01x") == Answer(Accepted{text.size()}));
}

TEST_CASE("asking: a refusal with its sentence")
{
    const std::string text = refusal({503, "This relay carries no Godot games.", false});
    for (std::size_t size = 0; size + 1 < text.size(); ++size)
        REQUIRE(answer_of(text.substr(0, size)) == Answer(NeedMoreHead{}));
    CHECK(answer_of(text) == Answer(NotAccepted{503, "This relay carries no Godot games."}));
}

TEST_CASE("asking: answers that are none")
{
    CHECK(std::holds_alternative<NotAccepted>(answer_of("RANP\r\n\r\n")));
    CHECK(std::holds_alternative<NotAccepted>(answer_of(std::string(head_size_max, 'x'))));
    CHECK(std::holds_alternative<NotAccepted>(answer_of(with_instead("Accept: s3", "Accept: S3"))));
    CHECK(std::holds_alternative<NotAccepted>(answer_of(with_instead("godot.1", "godot.2"))));
    CHECK(answer_of("HTTP/1.1 404 Not Found\r\n\r\n") == Answer(NotAccepted{404, ""}));
}

} // namespace netplay_relay::websocket
