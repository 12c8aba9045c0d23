#include "wire/decode.hpp"

#include "magic.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace netplay_relay::wire {

namespace {

TicketId read_ticket(std::span<const std::uint8_t> bytes)
{
    TicketId ticket;
    std::ranges::copy(bytes.subspan(magic_size, id_size), ticket.bytes.begin());
    return ticket;
}

} // namespace

Decoded<ControlMessage> decode_control(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < magic_size) return NeedMore{};
    switch (read_u32(bytes)) {
    case magic_ping: return Taken<ControlMessage>{Pong{}, magic_size};
    case magic_address:
        if (bytes.size() < tunnel_message_size) return NeedMore{};
        return Taken<ControlMessage>{AddressQuery{read_ticket(bytes)}, tunnel_message_size};
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
