// The steps that both roles of the handshake share.
#pragma once

#include "netplay/handshake.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace netplay_relay::netplay {

// An empty INFO is answered with ours and changes nothing: a peer that sends nothing else is cut
// off, so that what we answer has a limit.
inline constexpr unsigned empty_infos_max = 8;

// The commands of the handshake, as a set.
enum class Awaited : unsigned
{
    nothing = 0,
    nick = 1,
    password = 2,
    info = 4,
    sync = 8,
};
[[nodiscard]] constexpr Awaited operator|(Awaited a, Awaited b)
{
    return static_cast<Awaited>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

using NextStep = std::variant<wire::NeedMore, CloseReason, wire::Taken<wire::Command>>;

// The next command, if it is one of the awaited. Any other is told by its first 4 bytes: a peer
// must not make us keep a savestate that we would never use.
[[nodiscard]] NextStep next_step(const wire::CommandStream& stream, const wire::Dialect& dialect,
                                 Awaited awaited);

[[nodiscard]] wire::InfoLayout other_layout(wire::InfoLayout layout);

// True for a text that a core may call itself: not empty, and no control character in it.
[[nodiscard]] bool is_core_name(std::string_view name);

// Compares the peer's INFO, which is the stream's next command, with ours. If the core is ours only
// in the other layout of protocol 5, that is the connection's from now on. False: another core.
[[nodiscard]] bool negotiate_info(const wire::Info& read, const wire::CommandStream& stream,
                                  const wire::Info& own, wire::Dialect dialect,
                                  Negotiated& negotiated);

// What a header, of either shape, tells of the peer.
template <class Header>
void negotiate_header(std::uint32_t protocol, const Header& header, Negotiated& negotiated)
{
    negotiated.protocol = protocol;
    negotiated.platform = header.platform;
    negotiated.implementation = header.implementation;
    negotiated.zlib = (header.compression & wire::compression_zlib) != 0;
    negotiated.info_layout = info_layout_of(protocol, header.implementation);
}

// The one build whose protocol 4 we speak.
[[nodiscard]] std::uint32_t implementation_4();

} // namespace netplay_relay::netplay
