// A handshake between our two machines, or between one of them and bytes that a test wrote.
#pragma once

#include "../wire/bytes.hpp"
#include "netplay/handshake.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace netplay_relay::netplay {

using wire::ByteVector;
using wire::from_hex;

inline constexpr std::string_view client_header_bytes =
    "52414e50 00040008 00000001 00000006 00000005 00000469";
inline constexpr std::string_view server_header_bytes =
    "52414e50 00040008 00000001 00000000 00000006 00000469";

inline const wire::Info test_info{0xb12a9944, "TestCore", "v1"};

inline ClientSettings client_settings(std::uint32_t protocol = 6)
{
    ClientSettings settings;
    settings.self.nick = "c1";
    settings.self.info = test_info;
    settings.self.implementation = 0x469;
    settings.protocol = protocol;
    return settings;
}

inline ServerSettings server_settings(std::uint32_t highest = 6)
{
    ServerSettings settings;
    settings.self.nick = "host";
    settings.self.info = test_info;
    settings.self.implementation = 0x469;
    settings.highest_protocol = highest;
    return settings;
}

inline ByteVector encoded(const wire::Command& command, const wire::Dialect& dialect)
{
    ByteVector bytes;
    wire::encode_command(command, dialect, bytes);
    return bytes;
}

inline ByteVector encoded(const wire::Opening& opening)
{
    ByteVector bytes;
    wire::encode_opening(opening, bytes);
    return bytes;
}

inline ByteVector both(std::initializer_list<ByteVector> parts)
{
    ByteVector all;
    for (const ByteVector& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

// One machine and the stream it reads.
template <class Machine>
struct End
{
    Machine machine;
    wire::CommandStream stream{};
    ByteVector out{}; // said and not yet heard
    HandshakeState state = HandshakeState::going;

    HandshakeState hear(const ByteVector& bytes, std::size_t chunk = 1000000)
    {
        for (std::size_t at = 0; at < bytes.size(); at += chunk) {
            const std::size_t size = std::min(chunk, bytes.size() - at);
            stream.append(std::span(bytes).subspan(at, size));
            state = machine.receive(stream, out);
        }
        return state;
    }
};

inline End<ClientHandshake> started_client(ClientSettings settings)
{
    End<ClientHandshake> end{ClientHandshake(std::move(settings))};
    end.machine.start(end.out);
    return end;
}

inline ByteVector taken_from(ByteVector& out)
{
    ByteVector bytes;
    bytes.swap(out);
    return bytes;
}

// Both talk until neither has anything left to say.
inline void talk(End<ClientHandshake>& client, End<ServerHandshake>& server,
                 std::size_t chunk = 1000000)
{
    while (!client.out.empty() || !server.out.empty()) {
        server.hear(taken_from(client.out), chunk);
        client.hear(taken_from(server.out), chunk);
    }
}

inline wire::Dialect dialect_of(std::uint32_t protocol, wire::Side sender)
{
    const auto layout = protocol == 4 ? wire::InfoLayout::name_first : wire::InfoLayout::crc_first;
    return {protocol, layout, sender, 16U << 20U};
}

inline ByteVector sync_bytes(std::uint32_t protocol, const ByteVector& sram)
{
    const wire::Dialect dialect = dialect_of(protocol, wire::Side::server);
    if (protocol == 4) {
        wire::Sync4 sync;
        sync.frame = 262;
        sync.nick = "c1";
        sync.sram = sram;
        return encoded(sync, dialect);
    }
    wire::Sync sync;
    sync.frame = 262;
    sync.client = 1;
    sync.devices.fill(1);
    sync.clients[0] = 1;
    sync.nick = "c1 (2)";
    sync.sram = sram;
    return encoded(sync, dialect);
}

} // namespace netplay_relay::netplay
