// The desync watch's memory: what its comparisons have shown so far.
#pragma once

#include "base/ids.hpp"
#include "wire/address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace netplay_relay::room {

struct WatchRecord
{
    bool open = false;         // a CRC was told, and may still be objected to
    bool differs = false;      // somebody has
    std::uint32_t history = 0; // those before, the last in bit 0; 1: somebody has
    int rounds = 0;
    bool ended = false;  // this core's states cannot be compared
    bool agreed = false; // nobody objected to one of them
    // The witness of the round that is open: it may be gone before the others have answered.
    ConnectionId witness;
    wire::Address witness_prefix;
    std::string witness_nick;
    std::size_t players = 0;    // were told its CRC and may object,
    std::size_t objecting = 0;  // and so many of them did
    std::size_t mute = 0;       // players whose silence says nothing
    bool somebody_lied = false; // in a round before
    bool judged = false;
    bool heals = false;  // a state is wanted, behind the judgement
    bool blamed = false; // the witness was found to be the one who differs
    Instant judged_at{}; // the latest
    // The one witness of all rounds so far, none of which agreed, and one that was given up so.
    std::optional<wire::Address> only_witness;
    std::optional<wire::Address> given_up;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive);
};

} // namespace netplay_relay::room
