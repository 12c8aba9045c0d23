// Netplay clients that name no session.
#include "magic.hpp"
#include "prefix.hpp"
#include "wire/openings.hpp"

namespace netplay_relay::wire {

namespace {

// A protocol 4 client opens with the hash of its version, 12 bits at the most (0x241 for 1.7.0).
constexpr std::uint32_t protocol_4_hash_min = 0x10;
constexpr std::uint32_t protocol_4_hash_max = 0xFFF;

} // namespace

// Word 3 of a client's header is its highest protocol since RetroArch 1.10, and 0 before: only
// 1.10 and later can use a tunnel at all.
std::optional<Decoded<Greeting>> look_for_netplay_client(std::span<const std::uint8_t> first)
{
    if (match_prefix(first, "RANP") == Prefix::other) return std::nullopt;
    if (first.size() < netplay_header_size) return NeedMore{};
    const bool is_old = read_u32(first, 12) == 0;
    return Taken<Greeting>{ManualJoin{is_old ? ManualCaller::old_client : ManualCaller::client}, 0};
}

std::optional<Decoded<Greeting>> look_for_protocol_4_client(std::span<const std::uint8_t> first)
{
    if (first.size() < magic_size) return NeedMore{};
    const std::uint32_t hash = read_u32(first);
    if (hash < protocol_4_hash_min || hash > protocol_4_hash_max) return std::nullopt;
    return Taken<Greeting>{ManualJoin{ManualCaller::old_client}, 0};
}

std::optional<Decoded<Greeting>> look_for_probe(std::span<const std::uint8_t> first)
{
    switch (match_prefix(first, "POKE")) {
    case Prefix::other: return std::nullopt;
    case Prefix::unfinished: return NeedMore{};
    case Prefix::whole: break;
    }
    return Taken<Greeting>{ManualJoin{ManualCaller::probe}, 0};
}

} // namespace netplay_relay::wire
