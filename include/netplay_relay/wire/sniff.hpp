// Tells by the first four bytes who is calling.
#pragma once

#include <cstdint>
#include <span>

namespace netplay_relay::wire {

enum class Caller : std::uint8_t
{
    undecided,      // fewer than four bytes so far
    tunnel_session, // RATS
    tunnel_ticket,  // RATL
    netplay_client, // RANP: a netplay header of protocol 5 or later
    netplay_4,      // a header of protocol 4: a small hash and no magic
    probe,          // POKE
    legacy_port,    // 00 00 46 49
    http,
    tls,
    ssh,
    proxy,    // what HAProxy's PROXY protocol begins with, version 1 or 2; and other lines, perhaps
    stranger, // none of these
};

[[nodiscard]] Caller sniff(std::span<const std::uint8_t> bytes);

} // namespace netplay_relay::wire
