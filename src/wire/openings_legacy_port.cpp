// Lobby servers before RetroArch 1.10, which ask for a port of their own.
#include "prefix.hpp"
#include "wire/openings.hpp"

namespace netplay_relay::wire {

std::optional<Decoded<Greeting>> look_for_legacy_port_request(std::span<const std::uint8_t> first)
{
    constexpr std::string_view magic("\0\0FI", magic_size);
    if (match_prefix(first, magic) == Prefix::other) return std::nullopt;
    if (first.size() < legacy_request_size) return NeedMore{};
    return Taken<Greeting>{LegacyPortRequest{}, legacy_request_size};
}

} // namespace netplay_relay::wire
