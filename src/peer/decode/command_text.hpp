// A netplay command or header as one line for humans.
#pragma once

#include "peer/decode/buttons.hpp"
#include "wire/netplay_command.hpp"
#include "wire/netplay_header.hpp"

#include <cstdint>
#include <string>

namespace netplay_relay::peer {

struct TextContext
{
    std::uint32_t protocol = 6;
    bool zlib = true;
    Ports ports;
};

[[nodiscard]] std::string command_text(const wire::Command& command, const TextContext& context);

[[nodiscard]] std::string opening_text(const wire::Opening& opening, wire::Side side);

} // namespace netplay_relay::peer
