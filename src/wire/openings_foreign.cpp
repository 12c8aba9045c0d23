// Web requests, and scanners and others who have nothing to do with us.
#include "prefix.hpp"
#include "wire/openings.hpp"

#include <array>

namespace netplay_relay::wire {

namespace {

template <std::size_t Size>
std::optional<Decoded<Greeting>> look_for_one_of(std::span<const std::uint8_t> first,
                                                 const std::array<std::string_view, Size>& prefixes,
                                                 Refusal refusal)
{
    bool is_open = false;
    for (const std::string_view prefix : prefixes) {
        const Prefix match = match_prefix(first, prefix);
        if (match == Prefix::whole) return refusal;
        is_open |= match == Prefix::unfinished;
    }
    if (is_open) return NeedMore{};
    return std::nullopt;
}

} // namespace

std::optional<Decoded<Greeting>> look_for_web_request(std::span<const std::uint8_t> first)
{
    switch (match_prefix(first, "GET ")) {
    case Prefix::whole: return Taken<Greeting>{WebRequest{}, 0};
    case Prefix::unfinished: return NeedMore{};
    case Prefix::other: break;
    }
    return std::nullopt;
}

// The first four letters of every other method, and of the HTTP/2 preface.
std::optional<Decoded<Greeting>> look_for_http(std::span<const std::uint8_t> first)
{
    constexpr std::array<std::string_view, 9> methods{"HEAD", "POST", "PUT ", "DELE", "CONN",
                                                      "OPTI", "TRAC", "PATC", "PRI "};
    return look_for_one_of(first, methods, Refusal::http_greeting);
}

// A handshake record: type 22, major version 3.
std::optional<Decoded<Greeting>> look_for_tls(std::span<const std::uint8_t> first)
{
    constexpr std::array<std::string_view, 1> record{"\x16\x03"};
    return look_for_one_of(first, record, Refusal::tls_greeting);
}

std::optional<Decoded<Greeting>> look_for_ssh(std::span<const std::uint8_t> first)
{
    constexpr std::array<std::string_view, 1> version{"SSH-"};
    return look_for_one_of(first, version, Refusal::ssh_greeting);
}

} // namespace netplay_relay::wire
