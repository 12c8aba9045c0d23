// Who holds which input port, and the words of INPUT as the buttons of those ports.
#pragma once

#include "wire/netplay_command.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::peer {

// As SYNC and MODE have told it.
struct Ports
{
    bool are_known = false;
    std::array<std::uint32_t, wire::ports_max> devices{};
    std::array<std::uint32_t, wire::ports_max> clients{}; // bitmaps of who holds each port

    void learn(const wire::Sync& sync);
    void learn(const wire::Mode& mode);
};

// Of a pad, by libretro's number: "L2"; empty if there is none of that number.
[[nodiscard]] std::string_view button_name(unsigned button);

// "[Up A]" for each pad among the words of a player; empty if none is known to be one.
[[nodiscard]] std::string buttons_text(const Ports& ports, std::uint32_t protocol,
                                       std::uint32_t player, std::span<const std::uint32_t> words);

} // namespace netplay_relay::peer
