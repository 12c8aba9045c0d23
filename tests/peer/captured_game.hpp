// A short game as both ends say it, and what is printed of a capture of it.
#pragma once

#include "capture_builder.hpp"

#include "netplay/savestate.hpp"
#include "wire/netplay_encode.hpp"
#include "wire/netplay_header.hpp"

#include <algorithm>

namespace netplay_relay::peer {

using wire::from_hex;
using wire::from_text;
using wire::Side;

inline ByteVector header(std::uint32_t word_12, std::uint32_t word_16, std::uint32_t build = 0x469)
{
    ByteVector bytes;
    wire::encode_opening(wire::NetplayHeader{0x00040008, 1, word_12, word_16, build}, bytes);
    return bytes;
}

struct Speaker
{
    wire::Dialect dialect{};
    ByteVector bytes{};

    Speaker& operator<<(const wire::Command& command)
    {
        wire::encode_command(command, dialect, bytes);
        return *this;
    }
};

inline wire::Dialect dialect(std::uint32_t protocol, Side side,
                             wire::InfoLayout layout = wire::InfoLayout::crc_first)
{
    return {protocol, layout, side, 16U << 20U};
}

inline const wire::Info test_info{0xb12a9944, "TestCore", "v1"};
inline const ByteVector state{'s', 't', 'a', 't', 'e'};

inline wire::Sync test_sync()
{
    wire::Sync sync;
    sync.frame = 262;
    sync.client = 1;
    sync.devices[0] = 1;
    sync.devices[1] = 5;
    sync.clients[0] = 1;
    sync.nick = "bob (2)";
    return sync;
}

inline ByteVector client_bytes()
{
    Speaker client{dialect(6, Side::client), header(6, 5)};
    client << wire::Nick{"bob"} << test_info << wire::Play{};
    client << wire::Input{265, 1, false, wire::InputWords(std::array{0x101U, 1U, 2U})};
    return client.bytes;
}

inline ByteVector server_bytes()
{
    Speaker server{dialect(6, Side::server), header(0, 6)};
    server << wire::Nick{"alice"} << test_info << test_sync() << wire::AllowPausing{};
    server << wire::Input{262, 0, true, wire::InputWords(std::array{0x200U})};
    const ByteVector packed = netplay::compress(state);
    server << wire::LoadSavestate{263, 5, packed};
    wire::Mode mode;
    mode.frame = 264;
    mode.you = mode.playing = true;
    mode.client = 1;
    mode.ports = 2;
    mode.nick = "bob (2)";
    server << mode << wire::Chat{"alice", "hello"};
    return server.bytes;
}

// Client and server say all they have, one after the other.
inline TestConnection game(std::size_t size = 1400)
{
    TestConnection connection;
    connection.say(0, header(6, 5), size);
    connection.say(1, server_bytes(), size);
    const ByteVector all = client_bytes();
    connection.say(0, ByteVector(all.begin() + 24, all.end()), size);
    return connection;
}

// What is printed, without its stamps.
inline std::vector<std::string> lines_of(const std::string& out)
{
    std::vector<std::string> lines;
    std::istringstream stream(out);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line.substr(line.find(' ') + 1));
    return lines;
}

inline std::vector<std::string> decoded_lines(const std::vector<TestSegment>& segments)
{
    const Decoded decoded = decode_bytes(capture_of(segments));
    CHECK(decoded.result == 0);
    CHECK(decoded.errors.empty());
    return lines_of(decoded.out);
}

inline bool has(const Decoded& decoded, std::string_view part)
{
    INFO(decoded.out);
    CHECK(decoded.out.find(part) != std::string::npos);
    return decoded.out.find(part) != std::string::npos;
}

} // namespace netplay_relay::peer
