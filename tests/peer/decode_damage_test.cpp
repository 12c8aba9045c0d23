#include "captured_game.hpp"

#include <random>

namespace netplay_relay::peer {

TEST_CASE("segments may be cut anywhere, be repeated and come in any order")
{
    const auto expected = decoded_lines(game().segments);
    for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{50}}) {
        INFO("segments of " << size);
        CHECK(decoded_lines(game(size).segments) == expected);
    }
    // Who is called what when depends on the order between both directions, so each is mixed by
    // itself.
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        std::vector<TestSegment> segments = game(20).segments;
        const auto is_of = [](std::uint8_t from) {
            return [from](const TestSegment& segment) { return segment.from == from; };
        };
        const auto first = segments.begin() + 4; // behind both SYN and the client's header
        const auto middle = std::find_if(first, segments.end(), is_of(1));
        std::vector<TestSegment> server(first, middle);
        std::vector<TestSegment> client(middle, segments.end());
        segments.erase(first, segments.end());
        for (auto* part : {&server, &client}) {
            part->insert(part->end(), part->begin(), part->begin() + 5);
            std::shuffle(part->begin(), part->end(), random);
            segments.insert(segments.end(), part->begin(), part->end());
        }
        CHECK(decoded_lines(segments) == expected);
    }
}

TEST_CASE("a repeated segment may be longer than the first")
{
    const auto expected = decoded_lines(game().segments);
    std::vector<TestSegment> segments = game().segments;
    TestSegment part = segments[3];
    part.payload.resize(30);
    segments.insert(segments.begin() + 3, part);
    CHECK(decoded_lines(segments) == expected);
}

TEST_CASE("a gap stops its own direction only")
{
    std::vector<TestSegment> segments = game(100).segments;
    // The third segment of the server.
    auto found = segments.begin();
    for (int count = 0; count < 4; ++found)
        if (found->from == 2 && ++count == 4) break;
    segments.erase(found);
    const Decoded decoded = decode_bytes(capture_of(segments));
    CHECK(decoded.result == 1);
    CHECK(has(decoded, "100 bytes are not in the capture"));
    CHECK(has(decoded, "bob->alice  INPUT frame 265"));
    CHECK(decoded.out.find("SYNC") == std::string::npos);
}

TEST_CASE("a fault is shown with its place and bytes, and stops its own direction only")
{
    TestConnection connection;
    connection.say(0, header(6, 5)).say(1, header(0, 6));
    Speaker client{dialect(6, Side::client)};
    client << wire::Nick{"bob"};
    connection.say(0, client.bytes);
    connection.say(0, from_hex("00000025 00000005 0102030405")); // PLAY has four
    connection.say(0, client.bytes);
    Speaker server{dialect(6, Side::server)};
    server << wire::NoInput{7};
    connection.say(1, server.bytes);
    const Decoded decoded = decode_bytes(capture_of(connection.segments));
    CHECK(decoded.result == 1);
    CHECK(has(decoded, "FAULT at byte 64: wrong_size: 00000025 00000005 01020304 05"));
    CHECK(has(decoded, "NOINPUT frame 7"));
    CHECK(lines_of(decoded.out).size() == 5);
}

TEST_CASE("unknown commands are skipped")
{
    TestConnection connection;
    connection.say(0, header(6, 5)).say(1, header(0, 6));
    connection.say(1, from_hex("00007777 00000003 aabb"), 5).say(1, from_hex("cc"));
    connection.say(1, from_hex("00000004 00000004 00000009"));
    const Decoded decoded = decode_bytes(capture_of(connection.segments));
    CHECK(decoded.result == 0);
    CHECK(has(decoded, "unknown command 00007777 of 3 bytes"));
    CHECK(has(decoded, "NOINPUT frame 9"));
}

TEST_CASE("what a peer calls itself cannot reach the terminal or forge a line")
{
    TestConnection connection;
    connection.say(0, header(6, 5)).say(1, header(0, 6));
    Speaker client{dialect(6, Side::client)};
    client << wire::Nick{"\x1b[2J\n->x  \"\xc2\x9b"} << wire::Chat{"", "a\r\x07\\"};
    const Decoded decoded = decode_bytes(capture_of(connection.say(0, client.bytes).segments));
    CHECK(std::ranges::all_of(decoded.out, [](char letter) {
        return letter == '\n' || (letter >= ' ' && letter < 0x7f);
    }));
    CHECK(has(decoded, R"(\x1b[2J\x0a-\x3ex\x20\x20\x22\xc2\x9b->)"));
    CHECK(has(decoded, R"(NICK "\x1b[2J\x0a->x  \x22\xc2\x9b")"));
    CHECK(has(decoded, R"(CHAT "a\x0d\x07\x5c")"));
}

TEST_CASE("where the bytes end within a command, it is said")
{
    ByteVector bytes = server_bytes();
    bytes.resize(30);
    const Decoded decoded = decode_bytes(bytes);
    CHECK(decoded.result == 0);
    CHECK(has(decoded,
              "@24 server->client  the capture ends within a message, after 6 bytes of it: "
              "00000020 0000"));
}

TEST_CASE("what is no netplay is said in one line")
{
    TestConnection connection;
    connection.say(0, from_text("GET / HTTP/1.1\r\n\r\n")).say(1, from_text("HTTP/1.1 200"));
    const Decoded decoded = decode_bytes(capture_of(connection.finish(0).segments));
    CHECK(decoded.result == 1);
    CHECK(lines_of(decoded.out).size() == 1);
    CHECK(has(decoded, "not netplay, or without its beginning: 47455420 "));
    CHECK(decoded.errors.ends_with("no netplay connection in it\n"));
}

TEST_CASE("a capture that began too late shows nothing")
{
    std::vector<TestSegment> segments = game(50).segments;
    segments.erase(segments.begin(), segments.begin() + 4);
    const Decoded decoded = decode_bytes(capture_of(segments));
    CHECK(decoded.result == 1);
    CHECK(lines_of(decoded.out).size() == 1);
}

TEST_CASE("the same endpoints may meet again")
{
    std::vector<TestSegment> twice = game().segments;
    TestConnection again;
    again.say(0, header(7, 5));
    for (TestSegment segment : again.segments) {
        segment.sequence += 5555;
        twice.push_back(segment);
    }
    const Decoded decoded = decode_bytes(capture_of(twice));
    CHECK(decoded.result == 0);
    CHECK(
        has(decoded, "192.0.2.1:1000->192.0.2.2:2000 (2)  header of the client: protocols 5 to 7"));
}

TEST_CASE("a file that cannot be read is told")
{
    std::ostringstream out;
    std::ostringstream errors;
    const TemporaryFolder folder;
    CHECK(decode_file({(folder.path() / "none").string(), {}, {}}, out, errors) == 2);
    CHECK(decode_file({folder.path().string(), {}, {}}, out, errors) == 2);
    CHECK(decode_bytes({}).result == 2);
    CHECK(decode_bytes(from_hex("a1b2c3d4 0002")).result == 2);
    ByteVector strange = capture_of({});
    strange[20] = 147; // a link type that means something else to everyone
    CHECK(decode_bytes(strange).result == 2);
    ByteVector cut = capture_of(game().segments);
    cut.resize(cut.size() - 5);
    const Decoded decoded = decode_bytes(cut);
    CHECK(decoded.result == 2);
    CHECK(has(decoded, "NICK \"alice\"")); // what was there before
    CHECK(out.str().empty());
}

TEST_CASE("nonsense is survived")
{
    std::mt19937 random(3);
    const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
    for (const LinkKind kind : {LinkKind::ethernet, LinkKind::linux_cooked_1,
                                LinkKind::linux_cooked_2, LinkKind::raw_ip, LinkKind::loopback}) {
        ByteVector file = capture_header(kind);
        for (const TestSegment& segment : game(30).segments) {
            for (int copies = 0; copies < 20; ++copies) {
                ByteVector packet = packet_bytes(segment, kind, copies % 2 == 0 ? 4 : 6);
                for (int changes = copies % 5; changes > 0; --changes)
                    packet[random() % packet.size()] = byte();
                packet.resize(random() % (packet.size() + 1));
                add_packet(file, packet, static_cast<std::uint32_t>(random()));
            }
        }
        (void)decode_bytes(file);
        for (int round = 0; round < 20; ++round) {
            ByteVector damaged = file;
            damaged.resize(2000);
            damaged[4 + random() % 1996] = byte();
            (void)decode_bytes(damaged);
        }
    }
    for (int round = 0; round < 300; ++round) {
        ByteVector bytes = round % 2 == 0 ? server_bytes() : client_bytes();
        for (int changes = 0; changes < 3; ++changes)
            bytes[random() % bytes.size()] = byte();
        (void)decode_bytes(bytes);
    }
}

} // namespace netplay_relay::peer
