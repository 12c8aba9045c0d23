// The nodes of a fleet as one of them sees them at one moment, and which of them a room belongs to.
#pragma once

#include "base/nodes.hpp"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace netplay_relay::fleet {

// The number of a node: the first byte of the session ids and tickets that it gives out.
using Node = std::uint8_t;
using netplay_relay::nodes_max;
using Nodes = std::bitset<nodes_max>;

// A room by the hash of what is played in it, which is the same in every process.
struct HeldRoom
{
    std::uint64_t room = 0;
    Node node = 0;
    auto operator<=>(const HeldRoom&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.room, self.node);
    }
};

// Of one node for one room, in rendezvous hashing: the node that weighs most has it. The same in
// every process and version.
[[nodiscard]] std::uint64_t weight_of(Node node, std::uint64_t room);

struct View
{
    Node own = 0;
    Nodes members; // all that there are, and this one
    Nodes up;      // those that can be reached, and this one
    Nodes open;    // of them, those that rooms are opened at
    Nodes coming;  // of them, those that rooms are opened at as soon as everybody knows of them
    Nodes twice;   // numbers that several relays have, as any of those that are up hears
    // Rooms that are not where a new one of the same hash would be opened, or that are at several
    // nodes. By hash.
    std::vector<HeldRoom> held;

    // Whoever has it, or is to open it.
    [[nodiscard]] Node owner_of(std::uint64_t room) const;
    // Whether others have to be told that this node has this room.
    [[nodiscard]] bool must_tell_of(std::uint64_t room) const;
    [[nodiscard]] bool can_reach(std::uint64_t node) const
    {
        return node < nodes_max && node != own && up.test(node);
    }

    // A node that is there, but not now.
    [[nodiscard]] bool is_down(std::uint64_t node) const
    {
        return node < nodes_max && members.test(node) && !up.test(node);
    }

    bool operator==(const View&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.own);
        archive.check(self.own < nodes_max);
        for (auto* nodes : {&self.up, &self.open, &self.coming, &self.twice}) {
            auto bits = static_cast<std::uint32_t>(nodes->to_ulong());
            archive(bits);
            if constexpr (!std::is_const_v<Self>) *nodes = Nodes(bits);
        }
        archive(self.held);
    }

private:
    [[nodiscard]] Nodes opening() const;
};

} // namespace netplay_relay::fleet
