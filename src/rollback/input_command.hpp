// INPUT as a protocol wants it.
#pragma once

#include "wire/netplay_command.hpp"

#include <cstddef>

namespace netplay_relay::rollback {

// Protocol 4 always carries three words.
[[nodiscard]] inline wire::Input input_command(std::uint32_t protocol, wire::Frame frame,
                                               std::uint32_t player, wire::InputWords words)
{
    constexpr std::size_t words_of_protocol_4 = 3;
    if (protocol == 4) {
        while (words.size() < words_of_protocol_4)
            words.push_back(0);
        words = wire::InputWords(words.view().first(words_of_protocol_4));
    }
    return {frame, player, false, words};
}

} // namespace netplay_relay::rollback
