// What the workers of a process tell each other: passwords and codes, so that nobody has as many
// first tries as there are workers, and rooms that who is alone elsewhere is to hear of.
#pragma once

#include "room/output.hpp"
#include "room/room_table.hpp"
#include "wire/address.hpp"

#include <variant>

namespace netplay_relay::lobby {

// A code that no party has.
struct WrongCode
{
    wire::Address address;
};

struct News
{
    std::variant<room::Guess, WrongCode, room::ListedRoom> what;
};

} // namespace netplay_relay::lobby
