// Which ports a player gets, and how a port is shared: the same at every netplay server
// (protocol.md, "PLAY").
#pragma once

#include "wire/netplay_command.hpp"

#include <array>
#include <cstdint>
#include <variant>

namespace netplay_relay::netplay {

struct PortTable
{
    std::array<std::uint32_t, wire::ports_max> devices{};    // libretro devices, 0: none
    std::array<std::uint8_t, wire::ports_max> share_modes{}; // of ports that are shared
    std::array<std::uint32_t, wire::ports_max> seated{};     // bitmap of who controls each port
};

// The ports that the request gets, as a bitmap, or why it gets none. `one_port_each`: a member of
// protocol 4 is there, which knows neither several ports of a player nor shared ones.
[[nodiscard]] std::variant<std::uint32_t, wire::ModeRefusal>
choose_ports(const PortTable& table, const wire::Play& play, bool one_port_each);

// What a wish for a share mode becomes: parts it leaves out are filled in, and "no preference"
// alone names nothing.
[[nodiscard]] std::uint8_t complete_share_mode(std::uint8_t asked);

} // namespace netplay_relay::netplay
