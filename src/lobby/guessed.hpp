// Passwords and codes as the workers of a process tell each other of them, so that nobody has as
// many first tries as there are workers.
#pragma once

#include "room/output.hpp"
#include "wire/address.hpp"

#include <variant>

namespace netplay_relay::lobby {

// A code that no party has.
struct WrongCode
{
    wire::Address address;
};

struct Guessed
{
    std::variant<room::Guess, WrongCode> what;
};

} // namespace netplay_relay::lobby
