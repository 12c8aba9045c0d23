// Netplay commands beside their bytes: what the decoder reads and the encoder writes.
#pragma once

#include "bytes.hpp"
#include "wire/netplay_command.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::wire {

// Words of hexadecimal; '00*28' is 28 times 00, and 'text:c1:32' is c1 and 30 zero bytes.
ByteVector from_words(std::string_view text);

// A command in all the protocols from `oldest` to `newest`.
struct Example
{
    std::string name;
    std::uint32_t oldest;
    std::uint32_t newest;
    std::optional<Side> only; // who sends it, if not both
    ByteVector bytes;
    Command command;
    InfoLayout info = InfoLayout::crc_first;
};

// At least one of every command in each protocol that has it.
const std::vector<Example>& examples();

// Every dialect in which the example may be sent, or with `wrong_side` may not.
std::vector<Dialect> dialects_of(const Example& example, bool wrong_side = false);

// Compares what spans point at, too.
bool same(const Command& a, const Command& b);

} // namespace netplay_relay::wire
