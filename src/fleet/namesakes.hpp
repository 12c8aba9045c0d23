// Numbers that more than one relay of a fleet has, by what is heard of each relay.
#pragma once

#include "base/ids.hpp"
#include "fleet/view.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace netplay_relay::fleet {

// Who was not heard for so long is not there any more.
inline constexpr std::chrono::milliseconds namesake_limit{5000};
// Two have the same number if each was heard so long after the other one was first heard: one that
// takes the place of another is heard when that one is heard no more.
inline constexpr std::chrono::milliseconds namesake_time{1500};
// Relays with one number that are remembered; those heard last.
inline constexpr std::size_t namesakes_max = 4;

// Another relay than this one, of which nothing else is known.
inline constexpr std::uint64_t unknown_instance = ~0ULL;

class Namesakes
{
public:
    // A relay is there now, and says that it is `node`. `instance`: which it is, as a random number
    // that only a live restart hands on; 0 is nobody. `where`: its address.
    void hear(Node node, std::uint64_t instance, const std::string& where, Instant now);

    // Numbers of several relays.
    [[nodiscard]] Nodes find(Instant now) const;
    // Where those are that were heard of this number, each place once.
    [[nodiscard]] std::vector<std::string> places(Node node, Instant now) const;

private:
    struct Heard
    {
        std::uint64_t instance = 0;
        std::string where;
        Instant first{};
        Instant last{};
    };

    std::array<std::vector<Heard>, nodes_max> heard_;
};

} // namespace netplay_relay::fleet
