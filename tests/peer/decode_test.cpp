#include "captured_game.hpp"

namespace netplay_relay::peer {

TEST_CASE("a game is printed command by command")
{
    TestConnection connection = game();
    connection.finish(1).reset(0);
    const Decoded decoded = decode_bytes(capture_of(connection.segments));
    const std::string packed = std::to_string(netplay::compress(state).size());
    std::string crc;
    for (int shift = 28; shift >= 0; shift -= 4)
        crc += "0123456789abcdef"[netplay::crc32(state) >> shift & 15U];
    const std::string expected =
        "0.002000 192.0.2.1:1000->192.0.2.2:2000  header of the client: protocols 5 to 6, "
        "platform 00040008 zlib implementation 00000469\n"
        "0.003000 192.0.2.2:2000->192.0.2.1:1000  header of the server: protocol 6, "
        "platform 00040008 zlib implementation 00000469\n"
        "0.003000 alice->192.0.2.1:1000  NICK \"alice\"\n"
        "0.003000 alice->192.0.2.1:1000  INFO core \"TestCore\" version \"v1\" content b12a9944\n"
        "0.003000 alice->bob\\x20\\x282\\x29  SYNC frame 262 client 1 nick \"bob (2)\" ports "
        "(0: device 1 held by 0; 1: device 5 held by none) sram 0 bytes\n"
        "0.003000 alice->bob\\x20\\x282\\x29  SETTING_ALLOW_PAUSING no\n"
        "0.003000 alice->bob\\x20\\x282\\x29  INPUT frame 262 player 0 words 00000200 [X]\n"
        "0.003000 alice->bob\\x20\\x282\\x29  LOAD_SAVESTATE frame 263 state 5 bytes, " +
        packed + " compressed, crc " + crc +
        "\n"
        "0.003000 alice->bob\\x20\\x282\\x29  MODE frame 264 YOU PLAYING client 1 ports 1 nick "
        "\"bob (2)\"\n"
        "0.003000 alice->bob\\x20\\x282\\x29  CHAT of \"alice\" \"hello\"\n"
        "0.004000 bob->alice  NICK \"bob\"\n"
        "0.004000 bob->alice  INFO core \"TestCore\" version \"v1\" content b12a9944\n"
        "0.004000 bob->alice  PLAY any port\n"
        "0.004000 bob->alice  INPUT frame 265 player 1 words 00000101 00000001 00000002 [B A]\n"
        "0.005000 alice->bob  end of stream\n"
        "0.006000 bob->alice  reset\n";
    CHECK(decoded.out == expected);
    CHECK(decoded.result == 0);
    CHECK(decoded.errors.empty());
}

TEST_CASE("every kind of capture is read, of IPv4 and IPv6")
{
    const TestConnection connection = game();
    for (const LinkKind kind : {LinkKind::ethernet, LinkKind::linux_cooked_1,
                                LinkKind::linux_cooked_2, LinkKind::raw_ip, LinkKind::loopback}) {
        for (const int version : {4, 6}) {
            INFO("kind " << static_cast<int>(kind) << ", version " << version);
            const Decoded decoded = decode_bytes(capture_of(connection.segments, kind, version));
            CHECK(decoded.result == 0);
            CHECK(lines_of(decoded.out).size() == 14);
            CHECK(has(decoded, version == 4 ? "192.0.2.1:1000->192.0.2.2:2000"
                                            : "[2001:db8::1]:1000->[2001:db8::2]:2000"));
        }
    }
}

TEST_CASE("a guest's connection, a host's link and a control connection are told apart")
{
    const ByteVector id = from_hex("48e5cea1 32b8b5e6 7346383e");
    const auto tagged = [&](const char* magic) { return wire::joined(from_text(magic), id); };
    TestConnection control(1, 9);
    control.say(0, wire::joined(from_text("RATS"), ByteVector(12, 0)));
    control.say(1, tagged("RATS"), 5).say(1, tagged("RATL")).say(0, tagged("RATA"), 7);
    ByteVector address = tagged("RATA");
    put_all(address, from_hex("00000000000000000000ffffc6336401"));
    control.say(1, wire::joined(address, from_text("RATP"))).say(0, from_text("RATP"));

    TestConnection guest(3, 9);
    guest.say(0, wire::joined(tagged("RATS"), header(6, 5)));
    TestConnection link(2, 9);
    link.say(0, tagged("RATL")).say(1, header(6, 5)).say(0, header(0, 5));

    std::vector<TestSegment> all = control.segments;
    all.insert(all.end(), guest.segments.begin(), guest.segments.end());
    all.insert(all.end(), link.segments.begin(), link.segments.end());
    const auto lines = decoded_lines(all);
    const std::vector<std::string> expected{
        "192.0.2.1:1000->192.0.2.9:9000  RATS asks for a session",
        "192.0.2.9:9000->192.0.2.1:1000  RATS session SOXOoTK4teZzRjg+",
        "192.0.2.9:9000->192.0.2.1:1000  RATL a guest waits: 48e5cea1 32b8b5e6 7346383e",
        "192.0.2.1:1000->192.0.2.9:9000  RATA asks for the address of 48e5cea1 32b8b5e6 7346383e",
        "192.0.2.9:9000->192.0.2.1:1000  RATA 48e5cea1 32b8b5e6 7346383e is 198.51.100.1",
        "192.0.2.9:9000->192.0.2.1:1000  RATP",
        "192.0.2.1:1000->192.0.2.9:9000  RATP",
        "192.0.2.3:3000->192.0.2.9:9000 (2)  RATS joins session SOXOoTK4teZzRjg+",
        "192.0.2.3:3000->192.0.2.9:9000 (2)  header of the client: protocols 5 to 6, platform "
        "00040008 zlib implementation 00000469",
        "192.0.2.2:2000->192.0.2.9:9000 (3)  RATL accepts guest 48e5cea1 32b8b5e6 7346383e",
        "192.0.2.9:9000->192.0.2.2:2000 (3)  header of the client: protocols 5 to 6, platform "
        "00040008 zlib implementation 00000469",
        "192.0.2.2:2000->192.0.2.9:9000 (3)  header of the server: protocol 5, platform 00040008 "
        "zlib implementation 00000469",
    };
    CHECK(lines == expected);
}

TEST_CASE("a lost guest is named on the control connection")
{
    TestConnection connection;
    connection.say(0, wire::joined(from_text("RATS"), ByteVector(12, 0))).say(0, header(6, 5));
    const Decoded decoded = decode_bytes(capture_of(connection.segments));
    CHECK(decoded.result == 1);
    CHECK(has(decoded, "FAULT at byte 16: a guest whose session id was mistyped: 52414e50"));
}

TEST_CASE("refusals and probes are words")
{
    const auto answered = [](const ByteVector& question, const ByteVector& answer) {
        TestConnection connection;
        connection.say(0, question).say(1, answer);
        return decode_bytes(capture_of(connection.segments));
    };
    CHECK(has(answered(header(6, 5), from_hex("46554c4c 0000000000000000000000000000000600000000")),
              "FULL: no place left"));
    CHECK(has(answered(header(6, 5), from_text("DENY")), "DENY: banned"));
    CHECK(has(answered(header(6, 5), header(0, 0)), "refused, no protocol in common"));
    const Decoded probe = answered(from_text("POKE"), header(0, 6));
    CHECK(has(probe, "POKE: is this a netplay server?"));
    CHECK(has(probe, "header of the server: protocol 6"));
}

TEST_CASE("INFO is read in its sender's layout")
{
    const auto info_of = [](std::uint32_t build, wire::InfoLayout layout) {
        TestConnection connection;
        connection.say(0, header(0, 5, 0x2dd)).say(1, header(0, 5, build));
        Speaker server{dialect(5, Side::server, layout)};
        server << wire::Nick{"alice"} << test_info;
        return decode_bytes(capture_of(connection.say(1, server.bytes).segments));
    };
    const std::string_view expected = "INFO core \"TestCore\" version \"v1\" content b12a9944";
    CHECK(has(info_of(0x2dd, wire::InfoLayout::name_first), expected));
    CHECK(has(info_of(0x469, wire::InfoLayout::crc_first), expected));
    CHECK(has(info_of(0x469, wire::InfoLayout::name_first), expected)); // adapted to its peer
}

TEST_CASE("protocol 4 is read too")
{
    TestConnection connection;
    const ByteVector header_4 = from_hex("00000241 00040008 00000001 00000000");
    Speaker client{dialect(4, Side::client, wire::InfoLayout::name_first), header_4};
    client << wire::Nick{"bob"} << test_info << wire::Play{};
    client << wire::Input{9, 1, false, wire::InputWords(std::array{0x10U, 0U, 0U})};
    Speaker server{dialect(4, Side::server, wire::InfoLayout::name_first), header_4};
    wire::Sync4 sync;
    sync.players = 1;
    sync.nick = "bob";
    server << wire::Nick{"alice"} << test_info << sync << wire::Mode4{8, 1, true, true, false};
    server << wire::FlipPlayers{99};
    connection.say(0, client.bytes).say(1, server.bytes);
    const Decoded decoded = decode_bytes(capture_of(connection.segments));
    CHECK(decoded.result == 0);
    CHECK(has(decoded, "SYNC frame 0 players 0 nick \"bob\" sram 0 bytes"));
    CHECK(has(decoded, "MODE frame 8 YOU PLAYING player 1"));
    CHECK(has(decoded, "FLIP_PLAYERS frame 99"));
    CHECK(has(decoded, "INPUT frame 9 player 1 words 00000010 00000000 00000000 [Up]"));
}

TEST_CASE("damaged states are told, and those in a container unpacked")
{
    const auto loaded = [](const wire::LoadSavestate& load) {
        TestConnection connection;
        connection.say(0, header(7, 5)).say(1, header(0, 7));
        Speaker server{dialect(7, Side::server)};
        server << load;
        return decode_bytes(capture_of(connection.say(1, server.bytes).segments));
    };
    const ByteVector wrapped = netplay::wrap_state(state);
    const ByteVector packed = netplay::compress(wrapped);
    const auto size = static_cast<std::uint32_t>(wrapped.size());
    CHECK(has(loaded({1, size, packed}), "in a container: 5 bytes, crc "));
    CHECK(has(loaded({1, size + 1, packed}), "damaged"));
    CHECK(has(loaded({1, 0xffffffff, packed}), "too large to unpack"));
}

TEST_CASE("the bytes of one direction are enough")
{
    const Decoded client = decode_bytes(client_bytes());
    CHECK(client.result == 0);
    CHECK(has(client, "@0 client->server  header of the client"));
    CHECK(has(client, "@24 bob->server  NICK \"bob\""));
    const Decoded server = decode_bytes(server_bytes());
    CHECK(server.result == 0);
    CHECK(has(server, "@0 server->client  header of the server"));
    CHECK(has(server, " alice->bob\\x20\\x282\\x29  CHAT of \"alice\" \"hello\""));

    // A header that either may have sent: what follows tells.
    Speaker host{dialect(5, Side::server), header(0, 5)};
    host << wire::Nick{"alice"} << wire::NoInput{1};
    CHECK(has(decode_bytes(host.bytes), "NOINPUT frame 1"));
    Speaker guest{dialect(5, Side::client), header(0, 5)};
    guest << wire::Nick{"bob"} << wire::Play{};
    CHECK(has(decode_bytes(guest.bytes), "PLAY any port"));

    Speaker link{dialect(6, Side::server), wire::joined(from_text("RATL"), ByteVector(12, 1))};
    put_all(link.bytes, header(0, 5));
    link << wire::Nick{"alice"};
    CHECK(has(decode_bytes(link.bytes), "server->client  header of the server: protocol 5"));
}

TEST_CASE("bytes without a header need to be told what they are")
{
    Speaker server{dialect(5, Side::server)};
    server << wire::NoInput{1} << wire::NoInput{2};
    CHECK(decode_bytes(server.bytes).result == 1);
    const Decoded decoded = decode_bytes(server.bytes, {{}, Side::server, 5});
    CHECK(decoded.result == 0);
    CHECK(has(decoded, "@0 server->client  NOINPUT frame 1"));
    const Decoded other = decode_bytes(server.bytes, {{}, Side::client, 5});
    CHECK(other.result == 1);
    CHECK(has(other, "FAULT at byte 0: wrong_side"));
}

} // namespace netplay_relay::peer
