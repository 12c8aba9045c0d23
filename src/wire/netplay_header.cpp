#include "wire/netplay_header.hpp"

#include "magic.hpp"
#include "netplay_fields.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace netplay_relay::wire {

namespace {

// What FULL and DENY name as the sender's highest protocol; readers look at word 0 only.
constexpr std::uint32_t refusal_protocol = 6;
constexpr std::uint32_t modern_protocol_oldest = 5;
constexpr std::uint32_t implementation_limit = 0x10000;

// The releases of RetroArch that speak protocol 5 with the name first in INFO.
constexpr std::array<std::string_view, 20> name_first_versions{
    "1.7.1", "1.7.2", "1.7.3", "1.7.4", "1.7.5", "1.7.6", "1.7.7", "1.7.8", "1.7.9", "1.8.0",
    "1.8.1", "1.8.2", "1.8.3", "1.8.4", "1.8.5", "1.8.6", "1.8.7", "1.8.8", "1.8.9", "1.9.0"};

Decoded<Opening> take(const Opening& opening, std::size_t used)
{
    return Taken<Opening>{opening, used};
}

std::size_t refusal_size(std::span<const std::uint8_t> bytes)
{
    return bytes.size() < netplay_header_size ? magic_size : netplay_header_size;
}

ToldReason told_reason(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < netplay_header_size) return ToldReason::untold;
    return static_cast<ToldReason>(read_u32(bytes, 20));
}

struct HeaderWriter
{
    std::vector<std::uint8_t>& out;

    void words(std::initializer_list<std::uint32_t> all) const
    {
        for (const std::uint32_t word : all)
            put_u32(out, word);
    }

    void operator()(const NetplayHeader& header) const
    {
        words({magic_netplay, header.platform, header.compression, header.salt_or_highest,
               header.protocol, header.implementation});
    }
    void operator()(const NetplayHeader4& header) const
    {
        words({header.implementation, header.platform, header.compression, header.salt});
    }
    void refusal(std::uint32_t magic, ToldReason reason) const
    {
        words({magic, 0, 0, 0, refusal_protocol, static_cast<std::uint32_t>(reason)});
    }
    void operator()(const HostFull& host) const { refusal(magic_full, host.reason); }
    void operator()(const HostDenies& host) const { refusal(magic_deny, host.reason); }
    void operator()(const Probe&) const { words({magic_poke}); }
};

} // namespace

Decoded<Opening> decode_opening(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < magic_size) return NeedMore{};
    const std::uint32_t first = read_u32(bytes);
    switch (first) {
    case magic_poke: return take(Probe{}, magic_size);
    case magic_full: return take(HostFull{told_reason(bytes)}, refusal_size(bytes));
    case magic_deny: return take(HostDenies{told_reason(bytes)}, refusal_size(bytes));
    case magic_netplay:
        if (bytes.size() < netplay_header_size) return NeedMore{};
        return take(NetplayHeader{read_u32(bytes, 4), read_u32(bytes, 8), read_u32(bytes, 12),
                                  read_u32(bytes, 16), read_u32(bytes, 20)},
                    netplay_header_size);
    default: break;
    }
    if (first >= implementation_limit) return Refusal::unknown_greeting;
    if (bytes.size() < netplay_header_4_size) return NeedMore{};
    return take(NetplayHeader4{first, read_u32(bytes, 4), read_u32(bytes, 8), read_u32(bytes, 12)},
                netplay_header_4_size);
}

void encode_opening(const Opening& opening, std::vector<std::uint8_t>& out)
{
    std::visit(HeaderWriter{out}, opening);
}

std::optional<std::uint32_t> choose_protocol(const NetplayHeader& client, std::uint32_t own_highest)
{
    const std::uint32_t highest =
        client.salt_or_highest == 0 ? client.protocol : client.salt_or_highest;
    const std::uint32_t chosen =
        client.salt_or_highest == 0 ? highest : std::min(highest, own_highest);
    if (chosen < modern_protocol_oldest || chosen > own_highest || chosen < client.protocol)
        return std::nullopt;
    return chosen;
}

std::uint32_t implementation_magic(std::string_view version, std::uint32_t highest_protocol)
{
    std::uint32_t magic = 0;
    for (std::size_t at = 0; at < version.size(); ++at)
        magic ^= std::uint32_t{static_cast<std::uint8_t>(version[at])} << (at & 15);
    return magic ^ highest_protocol << (version.size() & 15);
}

InfoLayout info_layout_of(std::uint32_t protocol, std::uint32_t implementation)
{
    if (protocol < 5) return InfoLayout::name_first;
    const bool is_old = protocol == 5 && std::ranges::any_of(name_first_versions, [&](auto name) {
                            return implementation_magic(name, 5) == implementation;
                        });
    return is_old ? InfoLayout::name_first : InfoLayout::crc_first;
}

} // namespace netplay_relay::wire
