// Which of the workers of a process one is, and which of them something belongs to.
#pragma once

#include "base/ensure.hpp"

#include <cstdint>

namespace netplay_relay {

class Pool;
namespace room {
class RoomTable;
class StatePools;
} // namespace room
namespace wire {
class AddressCounts;
}

inline constexpr std::uint16_t workers_max = 64;

// Whatever belongs to one worker has a number by which all of them find it: a byte of a session id
// or ticket, a hash of what is played in a room, or of the code of a party. Their own numbers need
// not be below `count`: then two of a process may not be equal modulo it.
struct AmongWorkers
{
    std::uint16_t number = 0; // of this one
    std::uint16_t count = 1;  // of all
    // With which all of them hash the passwords of rooms; 0: each with its own.
    std::uint32_t room_salt = 0;
    // What addresses have at all of them; none: each counts for itself. It outlives them.
    wire::AddressCounts* counts = nullptr;
    // The same of the memory for savestates, and for packets of parties.
    room::StatePools* states = nullptr;
    Pool* packets = nullptr;
    // And their rooms.
    room::RoomTable* rooms = nullptr;

    AmongWorkers(std::uint16_t own = 0, std::uint16_t all = 1, std::uint32_t salt = 0)
        : number(own), count(all), room_salt(salt)
    {
        ensure(count >= 1 && count <= workers_max, "an impossible count of workers");
    }

    // Its place among all: below `count`.
    [[nodiscard]] std::uint16_t own() const { return owner_of(number); }
    [[nodiscard]] std::uint16_t owner_of(std::uint64_t named) const
    {
        return static_cast<std::uint16_t>(named % count);
    }
    [[nodiscard]] bool is_mine(std::uint64_t named) const { return owner_of(named) == own(); }
};

} // namespace netplay_relay
