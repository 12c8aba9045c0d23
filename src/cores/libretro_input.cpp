#include "cores/libretro_input.hpp"

#include "cores/libretro_api.hpp"

#include <array>

namespace netplay_relay::cores {

namespace {

// Netplay numbers the keys on its own; runs of keys have consecutive numbers on both sides.
struct KeyRun
{
    unsigned libretro_key, netplay_key, count;
};
constexpr std::array key_runs{
    KeyRun{8, 1, 2},     KeyRun{12, 4, 2},     KeyRun{19, 6, 1},   KeyRun{27, 7, 1},
    KeyRun{32, 8, 5},    KeyRun{38, 13, 27},   KeyRun{91, 40, 32}, KeyRun{127, 72, 1},
    KeyRun{256, 73, 41}, KeyRun{300, 114, 23},
};

bool key_is_down(const rollback::PortInput& port, unsigned key)
{
    for (const KeyRun& run : key_runs) {
        if (key < run.libretro_key || key >= run.libretro_key + run.count) continue;
        const unsigned bit = run.netplay_key + (key - run.libretro_key);
        return ((port.words[bit / 32] >> (bit % 32)) & 1U) != 0;
    }
    return false;
}

bool bit_of(std::uint32_t word, unsigned bit) { return bit < 32 && ((word >> bit) & 1U) != 0; }

// X is the low half of a word, Y the high one.
std::int16_t half_of(std::uint32_t word, unsigned id)
{
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(word >> (id == 0 ? 0U : 16U)));
}

std::int16_t read_pad(const rollback::PortInput& port, unsigned id)
{
    if (id == libretro::joypad_mask_id)
        return static_cast<std::int16_t>(static_cast<std::uint16_t>(port.words[0]));
    return id < 16 && bit_of(port.words[0], id) ? 1 : 0;
}

} // namespace

std::int16_t read_input(const rollback::PortInput& port, unsigned plugged, unsigned device,
                        unsigned index, unsigned id)
{
    using namespace libretro;
    const unsigned have = plugged & device_mask;
    switch (device & device_mask) {
    case joypad: return have == joypad || have == analog ? read_pad(port, id) : std::int16_t{0};
    case analog:
        return have == analog && index < 2 && id < 2 ? half_of(port.words[1 + index], id)
                                                     : std::int16_t{0};
    case mouse:
    case light_gun:
        if (have != (device & device_mask)) return 0;
        if (id < 2) return half_of(port.words[1], id);
        return bit_of(port.words[0], id) ? 1 : 0;
    case keyboard: return have == keyboard && key_is_down(port, id) ? 1 : 0;
    default: return 0;
    }
}

} // namespace netplay_relay::cores
