// What a party looks like from outside, for status and tests.
#pragma once

#include "base/ids.hpp"
#include "party/code.hpp"
#include "wire/address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::party {

struct PeerSnapshot
{
    std::int32_t id = 0; // 1: the host
    ConnectionId connection;
    wire::Address address;
    bool absent = false;  // its network is lost, its place is held
    bool leaving = false; // it is out, and is still to be told why: when it comes back, if absent
    Instant since{};
    std::optional<Duration> round_trip; // of a WebSocket ping, answered by the game itself
    std::size_t kept_bytes = 0;         // for it, reliable, not acknowledged
    std::size_t held_bytes = 0;         // for it, unreliable, not sent yet
    std::uint64_t untaken_bytes = 0;    // sent, and not taken by the game
    std::uint64_t packets_in = 0;       // from it
    std::uint64_t packets_out = 0;      // for it
    std::uint64_t messages_dropped = 0; // unreliable ones for it that were stale
    std::uint32_t resumes = 0;
};

struct PartySnapshot
{
    std::uint64_t number = 0;
    Code code;
    std::string game;
    bool mesh = false;
    bool refuses = false; // newcomers, by its host's word
    bool shown = false;   // to everybody, by its host's word
    bool closing = false; // its host has left, some peers have not hung up yet
    std::uint32_t peers_max = 0;
    Instant since{};
    std::vector<PeerSnapshot> peers; // by id, the host first
};

struct PartyUse
{
    std::size_t parties = 0;
    std::size_t peers = 0;    // of parties, with a connection
    std::size_t absent = 0;   // of parties, without one
    std::size_t entering = 0; // connections on the way into one, and those that were refused
    std::size_t kept_bytes = 0;
    bool operator==(const PartyUse&) const = default;
};

} // namespace netplay_relay::party
