// From the first byte to a place in a party.
#include "script.hpp"

namespace netplay_relay::party {

namespace {

// Its bytes in pieces of so many.
void says_in_pieces(Script& script, const std::string& name, const Bytes& bytes, std::size_t size)
{
    std::span<const std::uint8_t> rest(bytes);
    while (!rest.empty()) {
        const auto piece = rest.first(std::min(size, rest.size()));
        rest = rest.subspan(piece.size());
        script.says(name, piece);
    }
}

Bytes operator+(Bytes first, const Bytes& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

const std::string host_words = R"({"host":{"game":"Tanks 1","max":4}})";

} // namespace

TEST_CASE("a host comes in however its bytes are cut")
{
    const std::size_t size = GENERATE(1U, 2U, 3U, 7U, 64U, 200U, 4096U);
    Script script;
    script.arrives("ann");
    const Bytes all =
        bytes_of_text(upgrade_request()) + masked(websocket::Kind::text, bytes_of_text(host_words));
    says_in_pieces(script, "ann", all, size);
    CHECK_THAT(script["ann"].http, Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    CHECK_THAT(script["ann"].http, Contains("Sec-WebSocket-Protocol: netplay-relay.godot.1\r\n"));
    REQUIRE(script["ann"].welcomed);
    CHECK(script["ann"].welcomed->id == 1);
    CHECK(script.events() == Words{"party_opened 1"});
    CHECK(script.look().peers_max == 4);
    CHECK(script.manager.use() == PartyUse{1, 1, 0, 0, 0});
}

TEST_CASE("the first message may be in fragments, with a ping between them")
{
    Script script;
    script.opens("ann");
    Bytes frame = masked(websocket::Kind::text, bytes_of_text(host_words.substr(0, 10)));
    frame[0] = 0x01; // more follows
    script.says("ann", frame);
    script.says("ann", masked(websocket::Kind::ping, bytes_of_text("there?")));
    CHECK(script["ann"].ponged == bytes_of_text("there?"));
    frame = masked(websocket::Kind::text, bytes_of_text(host_words.substr(10)));
    frame[0] = 0x80;
    script.says("ann", frame);
    CHECK(script["ann"].welcomed);
    CHECK(script.manager.use().kept_bytes == 0);
}

TEST_CASE("what is no request for this WebSocket is answered in HTTP and closed")
{
    struct Wrong
    {
        std::string request;
        std::string answer;
        CloseReason end;
    };
    const auto wrong = GENERATE_REF(
        Wrong{"GET / HTTP/1.1\r\nHost: relay\r\n\r\n", "HTTP/1.1 426 ", CloseReason::no_websocket},
        Wrong{"POST / HTTP/1.1\r\nHost: relay\r\n\r\n", "HTTP/1.1 405 ", CloseReason::no_websocket},
        Wrong{"nonsense\r\n\r\n", "HTTP/1.1 400 ", CloseReason::no_websocket},
        Wrong{"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Protocol: netplay-relay.godot.2\r\n\r\n",
              "HTTP/1.1 400 ", CloseReason::bad_request},
        Wrong{std::string(9000, 'x'), "HTTP/1.1 431 ", CloseReason::bad_request});
    Script script;
    script.arrives("bob");
    script.says("bob", bytes_of_text(wrong.request));
    CHECK_THAT(script["bob"].http, Contains(wrong.answer));
    CHECK(script.end_of("bob") == wrong.end);
    CHECK(script.manager.use() == PartyUse{});
    CHECK_FALSE(script.manager.next_deadline());
    script.says("bob", bytes_of_text("more")); // of one who is none any more
}

TEST_CASE("a relay that carries no parties says so in HTTP")
{
    PartySettings settings;
    settings.parties = 0;
    Script script(settings);
    script.opens("ann");
    CHECK_THAT(script["ann"].http, Contains("HTTP/1.1 503 "));
    CHECK_THAT(script["ann"].http, Contains("This relay carries no Godot games."));
    CHECK(script.end_of("ann") == CloseReason::parties_off);
}

TEST_CASE("who says nothing complete in time has to go, with a word if it speaks WebSocket")
{
    Script script;
    script.arrives("mute");
    script.arrives("slow");
    script.says("slow", bytes_of_text("GET / HTTP/1.1\r\n"));
    script.opens("ann");
    script.passes(9999ms);
    CHECK(script.manager.use() == PartyUse{0, 0, 0, 3, 16}); // bytes of a request
    script.passes(1ms);
    CHECK(script.end_of("mute") == CloseReason::entrance_timeout);
    CHECK(script.end_of("slow") == CloseReason::entrance_timeout);
    CHECK(script.told("ann") == Words{close_text(CloseReason::entrance_timeout)});
    CHECK_FALSE(script.end_of("ann")); // it is to hang up
    script.passes(1999ms);
    CHECK_FALSE(script.end_of("ann"));
    script.passes(1ms);
    CHECK(script.end_of("ann") == CloseReason::entrance_timeout);
    CHECK(script.manager.use() == PartyUse{});
}

TEST_CASE("who is refused is told why, and hangs up or is closed two seconds later")
{
    const bool hangs_up = GENERATE(false, true);
    Script script;
    script.opens("bob");
    script.says("bob", R"({"join":{"code":"BCDF-GHJK","game":"Tanks 1","id":7}})");
    CHECK(script.told("bob") == Words{close_text(CloseReason::unknown_code)});
    script.says("bob", host_words); // too late
    CHECK(script.told("bob").empty());
    CHECK(script.manager.use() == PartyUse{0, 0, 0, 1, 0});
    if (hangs_up) {
        script.hangs_up("bob");
        CHECK(script["bob"].hung); // was answered
        CHECK(script.end_of("bob") == CloseReason::unknown_code);
    }
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::unknown_code);
    CHECK(script.manager.use() == PartyUse{});
}

TEST_CASE("the close frame of who was refused is heard even right behind what was refused")
{
    Script script;
    script.opens("bob");
    const Bytes words = bytes_of_text(R"({"join":{"code":"x","game":"","id":7}})");
    script.says("bob", masked(websocket::Kind::text, words) +
                           masked(websocket::Kind::binary, Bytes(100)) +
                           masked(websocket::Kind::close, {}));
    CHECK(script["bob"].hung);
    CHECK(script.end_of("bob") == CloseReason::unknown_code);
}

TEST_CASE("what cannot be a first message")
{
    const std::string words =
        GENERATE("{}", "[]", "7", "\"host\"", "{", "{\"hello\":1}", R"({"host":7})",
                 R"({"join":[]})", R"({"got":1,"seen":2})", R"({"refuse":true})", R"({"kick":2})",
                 R"({"host":{"game":"x","max":1}})", R"({"host":{"game":"x","max":0}})",
                 R"({"host":{"game":"x","code":"short"}})", R"({"return":"00","got":0})",
                 R"({"return":"000102030405060708090a0b0c0d0e0f"})",
                 R"({"return":"000102030405060708090A0B0C0D0E0F","got":0})",
                 R"({"join":{"code":"BCDFGHJK","game":"x","id":1}})",
                 R"({"join":{"code":"BCDFGHJK","game":"x","id":0}})",
                 R"({"join":{"code":"BCDFGHJK","game":"x","id":-5}})",
                 R"({"join":{"code":"BCDFGHJK","game":"x","id":2147483648}})",
                 R"({"join":{"code":"BCDFGHJK","game":"x"}})");
    INFO(words);
    Script script;
    script.opens("bob");
    script.says("bob", words);
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_control)});
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::bad_control);
    CHECK(script.manager.parties().empty());
}

TEST_CASE("a name of a game that is too long is not cut, which would make two games one")
{
    Script script;
    script.hosts("ann", {.game = std::string(64, 'g')});
    CHECK(script["ann"].welcomed);
    script.joins("bob", 2, {.game = std::string(65, 'g')});
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_control)});
    script.joins("carl", 3, {.game = std::string(64, 'g')});
    CHECK(script["carl"].welcomed);
}

TEST_CASE("numbers may be written as JSON writes what a game has read from JSON")
{
    Script script;
    script.opens("ann");
    script.says("ann", R"({"host":{"game":"x","max":3.0,"unknown":[1]},"other":null})");
    REQUIRE(script["ann"].welcomed);
    CHECK(script.look().peers_max == 3);
    script.opens("bob");
    script.says("bob", "{\"join\":{\"code\":\"" + script.code() + "\",\"game\":\"x\",\"id\":2e0}}");
    CHECK(script["bob"].welcomed);
    script.says("ann", R"({"got":1.0,"seen":0.0})");
    CHECK(script.look(1).kept_bytes == 0);
    script.says("ann", R"({"got":1.5})");
    CHECK(script.told("ann").back() == close_text(CloseReason::bad_control));
}

TEST_CASE("a binary message before the first text is no packet for anybody")
{
    Script script;
    script.opens("bob");
    script.sends("bob", 0, 'r', "hello");
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_control)});
}

TEST_CASE("who is in no party yet makes the relay keep no more than a control message")
{
    Script script;
    script.opens("bob");
    Bytes frame = masked(websocket::Kind::binary, Bytes(100000));
    script.says("bob", std::span(frame).first(60000));
    CHECK(script.manager.use().kept_bytes == 0);
    CHECK(script.told("bob") == Words{close_text(CloseReason::packet_too_large)});
    script.says("bob", std::span(frame).subspan(60000));
    script.hangs_up("bob"); // what is behind a fault is not looked at
    CHECK_FALSE(script["bob"].hung);
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::packet_too_large);
}

TEST_CASE("who counts as another address by its proxy's word")
{
    Script script;
    std::vector<std::string> heard;
    script.admits = [&](ConnectionId, std::span<const std::string> forwarded) {
        heard.assign(forwarded.begin(), forwarded.end());
        return address_of("203.0.113.5");
    };
    script.arrives("ann");
    script.says("ann",
                bytes_of_text(upgrade_request("X-Forwarded-For: 10.0.0.1, 203.0.113.5\r\n")));
    script.says("ann", host_words);
    CHECK(heard == Words{"10.0.0.1", "203.0.113.5"});
    CHECK(script.look(1).address == address_of("203.0.113.5"));
}

TEST_CASE("who is not admitted, and who may not host or join")
{
    Script script;
    script.hosts("ann");
    script.may_join = false;
    script.joins("bob", 2);
    CHECK(script.told("bob") == Words{close_text(CloseReason::join_denied)});
    script.may_host = false;
    script.hosts("carl");
    CHECK(script.told("carl") == Words{close_text(CloseReason::host_denied)});
    script.admits = [](ConnectionId, std::span<const std::string>) {
        return CloseReason::banned_address;
    };
    script.arrives("dan");
    const Bytes words = masked(websocket::Kind::text, bytes_of_text(host_words));
    const Bytes all = bytes_of_text(upgrade_request()) + words;
    script.says("dan", std::span(all).first(all.size() - 5)); // ends within a frame
    CHECK(script.told("dan") == Words{close_text(CloseReason::banned_address)});
    script.says("dan", std::span(all).last(5));
    script.hangs_up("dan");
    CHECK(script["dan"].hung);
    CHECK(script.end_of("dan") == CloseReason::banned_address);
}

TEST_CASE("who leaves on the way in")
{
    Script script;
    script.arrives("bob");
    CHECK(script.is_lost("bob", CloseReason::left) == CloseReason::left_early);
    script.opens("carl");
    script.hangs_up("carl");
    CHECK(script["carl"].hung);
    CHECK(script.end_of("carl") == CloseReason::left_early);
    CHECK(script.is_lost("carl") == CloseReason::peer_left); // is none any more
    CHECK(script.manager.use() == PartyUse{});
}

} // namespace netplay_relay::party
