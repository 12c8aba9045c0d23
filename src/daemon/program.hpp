// The program as a file that is started again, to take this process's place: first as a child, then
// as this process itself.
#pragma once

#include "net/tcp.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::daemon {

// What the process before this one wants of it.
struct Succession
{
    enum class Wish : unsigned char
    {
        none,      // it was started as usual
        stand_in,  // a child: says whether it could go on, and holds the games while its parent
                   // becomes the same program
        take_back, // the parent: has become the program, and takes the games back
    };
    Wish wish = Wish::none;
    net::UniqueFd control; // to the other of the two (control.hpp)
    net::UniqueFd state;   // to try; or of all, with systemd's
    net::UniqueFd sockets;
    net::UniqueFd output; // of a stand-in, once it serves: before, it speaks to its parent only
    net::UniqueFd errors;
    int stand_in = 0;                 // of one that takes back: who holds the games
    std::size_t connections = 0;      // about how many will come
    std::uint32_t lost = 0;           // connections of which nothing is known
    std::unique_ptr<char[]> heap_end; // until they have come: see start.cpp
};
// Once: the environment does not tell it to the next one.
[[nodiscard]] Succession take_succession();

// Starts the program with these arguments as a child that stands in. It writes to `output` what is
// in its way. The number of the process, or 0 and errno.
[[nodiscard]] int spawn_stand_in(const std::vector<std::string>& arguments, int state, int control,
                                 int output);

// Becomes the program: this process goes on with its number, and with nothing else of what it was.
// Returns only if it could not: errno.
[[nodiscard]] int become(const std::vector<std::string>& arguments, int control, int stand_in,
                         std::size_t connections);

} // namespace netplay_relay::daemon
