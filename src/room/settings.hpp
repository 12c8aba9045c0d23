// What the operator decides about rooms.
#pragma once

#include "room/voice_settings.hpp"
#include "wire/netplay_command.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace netplay_relay::room {

using Devices = std::array<std::uint32_t, wire::ports_max>;

// A joypad in every port: what RetroArch's own hosts say, whatever the core.
[[nodiscard]] constexpr Devices joypads()
{
    Devices devices{};
    devices.fill(1);
    return devices;
}

// Where the devices of a core are from.
enum class DeviceSource : std::uint8_t
{
    listed,   // DeviceTable::devices
    multitap, // its multitap (multitap.hpp)
    listener, // joypads, or the multitap if the listener has one
};

// The devices of cores by name, which is compared without regard to case.
struct DeviceTable
{
    std::string core;
    Devices devices{};
    DeviceSource source = DeviceSource::listed;
    std::uint32_t players = 0; // ports that are played; 0: RoomSettings::players
    bool operator==(const DeviceTable&) const = default;
};

struct RoomSettings
{
    std::string nick = "netplay-relay"; // what members see as their host, 1 to 31 bytes
    std::string password;               // to play; empty: none
    std::string spectate_password;      // to watch only; alone: nobody may play
    // With which the passwords of rooms are hashed at all nodes of a fleet; 0: the room manager's.
    std::uint32_t fleet_salt = 0;
    std::uint32_t rooms = 256;
    std::uint32_t rooms_per_address = 8;
    std::uint32_t members_per_address = 16;     // of one room
    std::uint32_t members = 31;                 // of one room, at most 31: the numbers there are
    std::uint32_t players = wire::ports_max;    // ports that are played, the others have no use
    std::uint32_t savestate_bytes = 16U << 20U; // of one, uncompressed
    std::uint32_t savestate_bytes_in_all = 128U << 20U; // compressed, on their way in all rooms
    std::chrono::seconds slow_player{5}; // a player who keeps the others waiting so long is removed
    std::chrono::seconds desync_watch{0}; // how often a spectator's state is compared; 0: never
    bool multitap = false;                // in all rooms whose core has one we know
    std::vector<DeviceTable> devices;     // cores not listed have joypads
    VoiceSettings voice;

    bool operator==(const RoomSettings&) const = default;

    [[nodiscard]] bool wants_password() const
    {
        return !password.empty() || !spectate_password.empty();
    }
};

// Of the places, and of the members, of a room for everybody: so many are only for addresses that
// hold none yet, so that a few addresses cannot take them all. Small rooms keep none: what
// friends of one household play, with a multitap.
[[nodiscard]] constexpr std::uint32_t reserve_of(std::uint32_t all)
{
    return all >= 8 ? all / 4 : 0;
}
// Pads of one frontend: as many friends on one sofa.
inline constexpr int ports_per_member_max = 4;
// A household of so many members is never asked to make room in a full room.
inline constexpr std::size_t prefix_members_max = 4;

// Members that have sent nothing complete within this time, and those whose player has been asked
// for a password, which has to be typed.
inline constexpr std::chrono::seconds handshake_limit{10};
inline constexpr std::chrono::seconds password_limit{120};

// Whoever has guessed passwords before waits to have the next one looked at (guess_memory.hpp). So
// long it waits with its connection open: its frontend gives up 11 s behind the password, and has
// to be given a state by then. Meanwhile it may say so many bytes more.
inline constexpr std::chrono::seconds password_hold{3};
inline constexpr std::size_t unread_while_waiting = 256;

// How long one member may take to begin giving its state before another is asked.
inline constexpr std::chrono::seconds state_patience{3};
// How long a newcomer waits for one: it gives up by itself 11 s after it came (protocol.md,
// "Joining a room").
inline constexpr std::chrono::seconds joining_limit{10};
// And until all of it is there: meanwhile nobody's game goes on, and frontends that wait give up
// after 10 s.
inline constexpr std::chrono::seconds state_transfer_limit{8};
// How long the room waits for the clock to come to where a member has gone by itself.
inline constexpr std::chrono::seconds minimum_frame_patience{7};
// States that nobody waits for to come in are not asked for more often than this.
inline constexpr std::chrono::seconds resync_interval{2};

// Rooms without players close their frames in batches, and so that all their members together are
// told this often a second: the more there are, the fewer times each. Frontends give up after 10 s
// without a frame (protocol.md, "The clock").
inline constexpr std::size_t idle_batches_per_second = 2000;
inline constexpr std::chrono::milliseconds idle_batch_least{100};
inline constexpr std::chrono::milliseconds idle_batch_waiting{250}; // while somebody waits for one
inline constexpr std::chrono::milliseconds idle_batch_most{2000};
// Of one address, in all rooms without players.
inline constexpr std::size_t idle_members_per_address = 32;

// How far a player may be ahead of the room's clock. A frontend stops at 60 frames by itself.
inline constexpr wire::Frame lead_max = 128;
// The clock waits for players so many frames behind it, as a host does.
inline constexpr wire::Frame lag_max = 62;
// Nobody's game runs faster for long: frames a second, and how many may come at once.
inline constexpr double clock_rate = 150;
inline constexpr double clock_burst = 600;

} // namespace netplay_relay::room
