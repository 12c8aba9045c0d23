#include "netplay_relay/wire/decode.hpp"

#include "magic.hpp"
#include "netplay_relay/wire/sniff.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace netplay_relay::wire {

namespace {

template <class Id>
Id read_id(std::span<const std::uint8_t> bytes)
{
    Id id;
    std::ranges::copy(bytes.subspan(magic_size, id_size), id.bytes.begin());
    return id;
}

Greeting read_session_greeting(std::span<const std::uint8_t> bytes)
{
    const auto id = read_id<SessionId>(bytes);
    if (id.is_zero()) return NewSession{};
    return JoinSession{id};
}

// Word 3 of a client's header is its highest protocol since RetroArch 1.10, and 0 before: only
// 1.10 and later can use a tunnel at all (protocol.md, "The netplay header").
Decoded<Greeting> read_netplay_client(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < netplay_header_size) return NeedMore{};
    const bool is_old = read_u32(bytes, 12) == 0;
    return Taken<Greeting>{ManualJoin{is_old ? ManualCaller::old_client : ManualCaller::client}, 0};
}

// A proxy that stands before us and tells whom it speaks for, which we do not understand.
Decoded<Greeting> read_proxy_header(std::span<const std::uint8_t> bytes)
{
    using namespace std::string_view_literals;
    for (const std::string_view signature : {"PROXY "sv, "\r\n\r\n\0\r\nQUIT\n"sv}) {
        const std::size_t seen = std::min(bytes.size(), signature.size());
        if (!std::equal(signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(seen),
                        bytes.begin()))
            continue;
        if (seen < signature.size()) return NeedMore{};
        return Refusal::proxy_greeting;
    }
    return Refusal::unknown_greeting;
}

} // namespace

Decoded<Greeting> decode_greeting(std::span<const std::uint8_t> bytes)
{
    switch (sniff(bytes)) {
    case Caller::undecided: return NeedMore{};
    case Caller::netplay_client: return read_netplay_client(bytes);
    case Caller::netplay_4: return Taken<Greeting>{ManualJoin{ManualCaller::old_client}, 0};
    case Caller::probe: return Taken<Greeting>{ManualJoin{ManualCaller::probe}, 0};
    case Caller::legacy_port:
        if (bytes.size() < legacy_request_size) return NeedMore{};
        return Taken<Greeting>{LegacyPortRequest{}, legacy_request_size};
    case Caller::http: return Refusal::http_greeting;
    case Caller::tls: return Refusal::tls_greeting;
    case Caller::ssh: return Refusal::ssh_greeting;
    case Caller::proxy: return read_proxy_header(bytes);
    case Caller::stranger: return Refusal::unknown_greeting;
    case Caller::tunnel_session:
        if (bytes.size() < tunnel_message_size) return NeedMore{};
        return Taken<Greeting>{read_session_greeting(bytes), tunnel_message_size};
    case Caller::tunnel_ticket:
        if (bytes.size() < tunnel_message_size) return NeedMore{};
        return Taken<Greeting>{AcceptTicket{read_id<TicketId>(bytes)}, tunnel_message_size};
    }
    return Refusal::unknown_greeting;
}

Decoded<ControlMessage> decode_control(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < magic_size) return NeedMore{};
    switch (read_u32(bytes)) {
    case magic_ping: return Taken<ControlMessage>{Pong{}, magic_size};
    case magic_address:
        if (bytes.size() < tunnel_message_size) return NeedMore{};
        return Taken<ControlMessage>{AddressQuery{read_id<TicketId>(bytes)}, tunnel_message_size};
    default: return Refusal::unknown_message;
    }
}

bool starts_like_netplay_header(std::span<const std::uint8_t> bytes)
{
    constexpr std::array<std::uint8_t, magic_size> ranp{'R', 'A', 'N', 'P'};
    const std::size_t seen = std::min(bytes.size(), ranp.size());
    return seen > 0 && std::equal(ranp.begin(), ranp.begin() + static_cast<std::ptrdiff_t>(seen),
                                  bytes.begin());
}

} // namespace netplay_relay::wire
