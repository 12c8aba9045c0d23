// What runs the game: given to the rollback engine, which asks nothing else of it.
#pragma once

#include "wire/netplay_command.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace netplay_relay::rollback {

using wire::ports_max;
inline constexpr std::size_t port_words_max = 5; // a keyboard's; a joypad has 1, an analog pad 3

// What one port sees in one frame: the words of its device as INPUT carries them (protocol.md,
// "INPUT"), zeros behind them.
struct PortInput
{
    std::array<std::uint32_t, port_words_max> words{};
    bool operator==(const PortInput&) const = default;
};
using FrameInput = std::array<PortInput, ports_max>;

struct CoreInfo
{
    std::string name; // libretro's library_name: both sides must have the same
    std::string version;
    std::uint32_t content_crc = 0; // CRC-32 of the content, 0 if there is none
    double frames_per_second = 60;
};

class Core
{
public:
    virtual ~Core() = default;

    [[nodiscard]] virtual CoreInfo info() const = 0;

    // Plugs a libretro device (low byte: 0 none, 1 joypad, 5 analog ...) into a port.
    virtual void plug(std::size_t port, std::uint32_t device) = 0;

    // Bytes of a savestate now; 0 if the core cannot be saved. It may grow while the game runs.
    [[nodiscard]] virtual std::size_t state_size() = 0;

    // What the core itself says of that size now, where state_size() makes good for a core that
    // says less than before.
    [[nodiscard]] virtual std::size_t state_size_told() { return state_size(); }

    // Writes the state, exactly state_size() bytes; false if the core could not.
    [[nodiscard]] virtual bool save(std::span<std::uint8_t> state) = 0;

    // Makes a saved state the present; false if the core refused it, which then did not change.
    [[nodiscard]] virtual bool load(std::span<const std::uint8_t> state) = 0;

    // One frame of the game.
    virtual void run(const FrameInput& input) = 0;

    // Whether the frames that follow are repeated ones, which nobody sees: none is at first.
    virtual void repeat_frames(bool repeated) { (void)repeated; }

    // As the reset button: the core's state afterwards depends on nothing but its content.
    virtual void reset() = 0;

    // Battery RAM, empty if there is none; writable.
    [[nodiscard]] virtual std::span<std::uint8_t> battery() = 0;

    // The machine's main memory, for inspection; empty if the core does not show it.
    [[nodiscard]] virtual std::span<const std::uint8_t> memory() const = 0;

    // A checksum of the newest picture, for inspection; 0 if there is none or nobody looks.
    [[nodiscard]] virtual std::uint32_t picture() const { return 0; }
};

} // namespace netplay_relay::rollback
