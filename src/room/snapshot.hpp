// What a room looks like from outside.
#pragma once

#include "base/ids.hpp"
#include "wire/netplay_command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::room {

struct MemberCounts
{
    std::uint64_t inputs = 0;
    std::uint64_t inputs_late = 0;     // came when the clock was more than 3 frames past theirs
    std::uint64_t inputs_ignored = 0;  // for frames that were over for this member
    std::uint64_t waits = 0;           // how often others had to stop for it
    Duration waited{};                 // and how long in all
    std::uint64_t states_asked = 0;    // savestates it asked for
    std::uint64_t states_served = 0;   // savestates it gave
    std::uint64_t desyncs = 0;         // differences that the desync watch found
    std::uint64_t witness_differs = 0; // its state was not the players', who agreed
    std::uint64_t chats_dropped = 0;   // more than anybody can read

    // What they are, for records (src/record/archive.hpp).
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.inputs, self.inputs_late, self.inputs_ignored, self.waits, self.waited,
                self.states_asked, self.states_served, self.desyncs, self.witness_differs,
                self.chats_dropped);
    }
};

struct MemberSnapshot
{
    ConnectionId connection;
    std::uint32_t number = 0; // 1 to 31
    std::string nick;
    std::uint32_t protocol = 0;
    std::string core_version;
    bool synced = false; // false: waits for its savestate
    bool playing = false;
    bool owns_clock = false;
    std::uint32_t ports = 0;       // bitmap of those it plays
    std::uint32_t in_line = 0;     // it is so many-th of those who wait for a place; 0: it is not
    wire::Frame frames_behind = 0; // the clock, for players
    wire::Frame frames_ahead = 0;  // of the clock
    std::optional<Duration> ping;  // as its frontend answers, rendering included
    Instant since;
    Duration waited_lately{};          // of the last minute, others stood still for it
    std::uint64_t repeated_lately = 0; // frames in it that each of the others repeated for it
    MemberCounts counts;
};

// Whose connection it is, for those who are told of it.
struct MemberName
{
    std::uint64_t room = 0; // 0: in none, or not yet
    std::string nick;
};

struct RoomSnapshot
{
    std::uint64_t number = 0;
    std::uint16_t port = 0; // of its own, 0: none
    std::string core;
    std::string core_version;
    std::uint32_t content_crc = 0;
    bool by_password = false;
    bool by_core = false;
    bool multitap = false;    // in its ports
    std::uint32_t places = 0; // ports that are played
    std::uint32_t taken = 0;  // of them
    std::uint32_t kept = 0;   // of the others, for players whose connection was lost
    wire::Frame frame = 0;
    Instant since;
    std::vector<MemberSnapshot> members;
};

} // namespace netplay_relay::room
