// What two processes say to each other while one takes the place of the other: a letter, and
// descriptors with some of them.
#pragma once

#include "net/tcp.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace netplay_relay::daemon {

enum class Word : char
{
    ready = 'r', // it could take over
    games = 's', // here they are: the state and the sockets (net/handover.hpp)
    taken = 't', // they are understood; nobody is served yet
    go = 'g',    // whoever has said so serves them now
    give = 'b',  // whoever holds them is to give them back
};

// Both ends of a local socket of messages, or nothing and errno.
[[nodiscard]] std::optional<std::pair<net::UniqueFd, net::UniqueFd>> make_control();

// False if nobody is there any more.
[[nodiscard]] bool say(int control, Word word, std::span<const int> descriptors = {});

struct Heard
{
    std::optional<Word> word; // nothing if it took too long, or nobody is there
    bool is_gone = false;     // the other end is closed
    std::vector<net::UniqueFd> descriptors;
};
[[nodiscard]] Heard hear(int control, std::chrono::milliseconds limit);

} // namespace netplay_relay::daemon
