#include "netplay_relay/wire/sniff.hpp"

#include "magic.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace netplay_relay::wire {

namespace {

constexpr std::uint32_t word(std::string_view four)
{
    std::uint32_t value = 0;
    for (const char letter : four)
        value = value << 8 | static_cast<std::uint8_t>(letter);
    return value;
}

// The first four letters of every HTTP method, and of the HTTP/2 preface.
constexpr std::array http_words{word("GET "), word("HEAD"), word("POST"), word("PUT "),
                                word("DELE"), word("CONN"), word("OPTI"), word("TRAC"),
                                word("PATC"), word("PRI ")};
constexpr std::uint32_t tls_handshake_record = 0x1603; // type 22, major version 3
constexpr std::uint32_t ssh_word = word("SSH-");
constexpr std::uint32_t proxy_1_word = word("PROX");
constexpr std::uint32_t proxy_2_word = word("\r\n\r\n");

// A protocol 4 client opens with the hash of its version, 12 bits at the most (0x241 for 1.7.0).
constexpr std::uint32_t protocol_4_hash_min = 0x10;
constexpr std::uint32_t protocol_4_hash_max = 0xFFF;

} // namespace

Caller sniff(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < 4) return Caller::undecided;
    const std::uint32_t first = read_u32(bytes);
    switch (first) {
    case magic_session: return Caller::tunnel_session;
    case magic_ticket: return Caller::tunnel_ticket;
    case magic_netplay: return Caller::netplay_client;
    case magic_poke: return Caller::probe;
    case magic_legacy_port: return Caller::legacy_port;
    case ssh_word: return Caller::ssh;
    case proxy_1_word:
    case proxy_2_word: return Caller::proxy;
    default: break;
    }
    if (first >> 16 == tls_handshake_record) return Caller::tls;
    if (std::ranges::find(http_words, first) != http_words.end()) return Caller::http;
    if (first >= protocol_4_hash_min && first <= protocol_4_hash_max) return Caller::netplay_4;
    return Caller::stranger;
}

} // namespace netplay_relay::wire
