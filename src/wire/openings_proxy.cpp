// Proxies that stand before us and tell whom they speak for, who are not trusted to.
#include "prefix.hpp"
#include "wire/openings.hpp"

namespace netplay_relay::wire {

std::optional<Decoded<Greeting>> look_for_proxy_header(std::span<const std::uint8_t> first)
{
    using namespace std::string_view_literals;
    for (const std::string_view signature : {"PROXY "sv, "\r\n\r\n\0\r\nQUIT\n"sv}) {
        switch (match_prefix(first, signature)) {
        case Prefix::other: break;
        case Prefix::unfinished: return NeedMore{};
        case Prefix::whole: return Refusal::proxy_greeting;
        }
    }
    return std::nullopt;
}

} // namespace netplay_relay::wire
