// Where a peer's own input comes from: a seed, or a file.
#pragma once

#include "rollback/random_input.hpp"
#include "wire/netplay_command.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace netplay_relay::peer {

using rollback::PortInput;
using wire::Frame;

class InputSource
{
public:
    explicit InputSource(std::uint64_t seed, std::uint32_t buttons = 0xFFFF)
        : random_(seed), buttons_(buttons)
    {
    }

    // The words of our seat-th port, which holds this libretro device.
    [[nodiscard]] PortInput read(Frame frame, std::size_t seat, std::uint32_t device) const;

    // Held from the frame on, until the next is given for the same seat.
    void press(Frame frame, std::size_t seat, const PortInput& input);

private:
    rollback::RandomInput random_;
    std::uint32_t buttons_; // of pads, that may be pressed at random
    std::map<std::pair<std::size_t, Frame>, PortInput> pressed_; // replaces the seed if not empty
};

// Lines of "FRAME SEAT WORD..." with hexadecimal words, '#' begins a comment: from that frame on
// the seat's port has these words. Or a sentence that names the line that is wrong.
[[nodiscard]] std::variant<InputSource, std::string> parse_input(const std::string& text);

} // namespace netplay_relay::peer
