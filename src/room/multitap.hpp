// Multitaps: what a core's ports need so that a game hears more pads than its console has sockets.
//
// All members are told the same devices before they load a state, so what is plugged in is fixed
// when a room opens (docs/decisions/0013-multitaps-are-asked-for.md).
#pragma once

#include "room/settings.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace netplay_relay::room {

// The multitap of one core. In a libretro device the low byte is the kind of device, which netplay
// reckons with, and the rest is the core's own: 257 is 1 (joypad) + 256 times 1, its first kind.
struct Multitap
{
    std::string_view core;
    Devices devices{};
    std::uint32_t pads = 0; // ports that a game can hear with it
};

// By core name, as the cores themselves say it.
[[nodiscard]] std::span<const Multitap> multitaps();
[[nodiscard]] const Multitap* multitap_of(std::string_view core); // null: none is known

// What a room of this core has in its ports, and how many of them are played.
struct CorePorts
{
    Devices devices{};
    std::uint32_t players = 0;
};

// `multitap`: the room's listener or the settings ask for one.
[[nodiscard]] CorePorts ports_for(const RoomSettings& settings, std::string_view core,
                                  bool multitap);

} // namespace netplay_relay::room
