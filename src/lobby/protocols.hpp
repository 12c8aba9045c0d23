// The protocols that may be spoken to us, on any port. To add one: how it looks in a file of its
// own (wire/openings.hpp), and a row here. One that is not refused at once has a message of its own
// as well (wire/message.hpp), and a greet() that decides on it.
#pragma once

#include "lobby/stages.hpp"
#include "wire/openings.hpp"

#include <span>
#include <string_view>

namespace netplay_relay::lobby {

struct Protocol
{
    std::string_view name;
    wire::Look look; // how its first bytes look
    // What a connection becomes by it if it may stay: that tells what takes its bytes from then on
    // (worker.cpp) and what its end means (ends_of). `greeting`: it is never let in.
    Stage stage;
};

// An answer of a row counts before those of the rows below it.
[[nodiscard]] std::span<const Protocol> all_protocols();

struct Recognised
{
    const Protocol* protocol = nullptr; // null while undecided, or if it is none of them
    wire::Decoded<wire::Greeting> opening;
};

// Reads the first bytes of a connection: the same answer however they are cut. Decides neither
// within the first four bytes nor, with our protocols, behind wire::undecided_size_max.
[[nodiscard]] Recognised recognise(std::span<const std::uint8_t> first,
                                   std::span<const Protocol> protocols = all_protocols());

} // namespace netplay_relay::lobby
