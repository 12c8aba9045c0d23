// "netplay-peer decode": prints a captured netplay stream command by command.
#pragma once

#include "wire/netplay_command.hpp"

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

namespace netplay_relay::peer {

struct DecodeOptions
{
    // A capture (pcap or pcapng), or the bytes of one direction of one connection.
    std::string path;
    // Of such bytes: who sent them, if it shall not be guessed.
    std::optional<wire::Side> side;
    // If the headers shall not tell it, 4 to 7. With `side` the bytes may begin without a header.
    std::optional<std::uint32_t> protocol;
};

// 0: all was understood; 1: some of it was not, or there is no netplay in it; 2: the file cannot be
// read, and `errors` tells why.
int decode_file(const DecodeOptions& options, std::ostream& out, std::ostream& errors);

} // namespace netplay_relay::peer
