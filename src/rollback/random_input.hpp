// Input as of people at their pads, from a seed: for tests and for trying out cores.
#pragma once

#include "rollback/core.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace netplay_relay::rollback {

// A pure function of seed, player and frame, so that any frame can be asked for at any time and by
// anyone. Every control keeps what it is for a handful of frames, as fingers do.
class RandomInput
{
public:
    explicit RandomInput(std::uint64_t seed) : seed_(mix(seed + golden)) {}

    // The words of a player who holds this libretro device (see Core::plug).
    [[nodiscard]] PortInput words(std::size_t player, std::uint32_t frame,
                                  std::uint32_t device = 1) const
    {
        PortInput input;
        switch (device & 0xFFU) {
        case 1: input.words[0] = pad(player, frame); break;
        case 2:
            input.words[0] = pad(player, frame) & 0x1FCU;
            input.words[1] = stick(player, frame, motion);
            break;
        case 3: press_keys(input, player, frame); break;
        case 4:
            input.words[0] = pad(player, frame) & 0x7CU;
            input.words[1] = stick(player, frame, left_stick);
            break;
        case 5:
            input.words[0] = pad(player, frame);
            input.words[1] = stick(player, frame, left_stick);
            input.words[2] = stick(player, frame, right_stick);
            break;
        default: break;
        }
        return input;
    }

    // Player n at port n, each with its device.
    [[nodiscard]] FrameInput frame(std::uint32_t frame,
                                   const std::array<std::uint32_t, ports_max>& devices) const
    {
        FrameInput input;
        for (std::size_t port = 0; port < ports_max; ++port)
            input[port] = words(port, frame, devices[port]);
        return input;
    }

    // SplitMix64's finalizer: every bit of the result depends on every bit of the value.
    [[nodiscard]] static constexpr std::uint64_t mix(std::uint64_t value)
    {
        value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
        return value ^ (value >> 31U);
    }

private:
    static constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;
    // Names of controls, behind the buttons 0 to 15. A stick takes two.
    static constexpr std::uint32_t cross = 16, left_stick = 17, right_stick = 19, motion = 21,
                                   first_key = 23;

    // A control's life is cut into spells of 4 to 19 frames, each with a number of its own.
    struct Spell
    {
        std::uint64_t number;
        std::uint64_t next_number;
        std::uint32_t age, length;
    };

    [[nodiscard]] Spell spell(std::size_t player, std::uint32_t frame, std::uint32_t control) const
    {
        const std::uint64_t own = mix(seed_ + player * 64 + control);
        const auto length = static_cast<std::uint32_t>(4 + own % 16);
        const std::uint64_t since = std::uint64_t{frame} + (own >> 32U) % length;
        const std::uint64_t index = since / length;
        return {mix(own + index * golden), mix(own + (index + 1) * golden),
                static_cast<std::uint32_t>(since % length), length};
    }

    // The cross never shows left and right at once; a button is held, let go, or hammered.
    [[nodiscard]] std::uint32_t pad(std::size_t player, std::uint32_t frame) const
    {
        // At rest, then clockwise from up; bit 4 is up, 5 down, 6 left, 7 right.
        constexpr std::array<std::uint32_t, 9> directions{0,     0x10U, 0x90U, 0x80U, 0xA0U,
                                                          0x20U, 0x60U, 0x40U, 0x50U};
        std::uint32_t pressed = 0;
        for (std::uint32_t button = 0; button < 16; ++button) {
            if (button >= 4 && button < 8) continue;
            const Spell now = spell(player, frame, button);
            const bool held = now.number % 4 == 0;
            const bool hammered = now.number % 16 == 1 && now.age % 4 < 2;
            if (held || hammered) pressed |= 1U << button;
        }
        const std::uint64_t turned = spell(player, frame, cross).number % directions.size();
        return pressed | directions[static_cast<std::size_t>(turned)];
    }

    // X low, Y high, each on its way from one place to the next.
    [[nodiscard]] std::uint32_t stick(std::size_t player, std::uint32_t frame,
                                      std::uint32_t control) const
    {
        const std::uint32_t x = axis(spell(player, frame, control));
        const std::uint32_t y = axis(spell(player, frame, control + 1));
        return x | (y << 16U);
    }

    [[nodiscard]] static std::uint32_t axis(const Spell& now)
    {
        const auto from = static_cast<std::int64_t>(now.number % 65536) - 32768;
        const auto to = static_cast<std::int64_t>(now.next_number % 65536) - 32768;
        const std::int64_t place = from + (to - from) * std::int64_t{now.age} / now.length;
        return static_cast<std::uint32_t>(place) & 0xFFFFU;
    }

    void press_keys(PortInput& input, std::size_t player, std::uint32_t frame) const
    {
        for (std::uint32_t finger = 0; finger < 4; ++finger) {
            const Spell now = spell(player, frame, first_key + finger);
            if (now.number % 2 != 0) continue;
            const auto key = static_cast<std::uint32_t>(1 + (now.number >> 8U) % 136);
            input.words[key / 32] |= 1U << (key % 32);
        }
    }

    std::uint64_t seed_;
};

} // namespace netplay_relay::rollback
