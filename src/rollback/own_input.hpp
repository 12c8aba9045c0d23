// A peer's own input of a frame, in the words that INPUT carries.
#pragma once

#include "rollback/client_session.hpp"

namespace netplay_relay::rollback {

// What is pressed on each port of `player` in that frame, in the order of the ports.
[[nodiscard]] inline InputWords own_input(const LocalInput& local, const Timeline& timeline,
                                          std::uint32_t player, Frame frame)
{
    const std::uint32_t ports = timeline.seats_at(frame).ports_of(player);
    InputWords words;
    std::size_t seat = 0;
    for (std::size_t port = 0; port < ports_max; ++port) {
        if ((ports >> port & 1U) == 0) continue;
        const PortInput pressed = local(frame, seat++);
        const std::size_t size = wire::device_words(timeline.devices()[port]);
        for (std::size_t i = 0; i < size; ++i)
            words.push_back(pressed.words[i]);
    }
    return words;
}

} // namespace netplay_relay::rollback
