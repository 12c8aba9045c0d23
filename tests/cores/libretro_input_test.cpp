#include "cores/libretro_input.hpp"

#include "cores/libretro_api.hpp"
#include "support/catch.hpp"

namespace netplay_relay::cores {

namespace {

rollback::PortInput words(std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0)
{
    rollback::PortInput port;
    port.words = {a, b, c, 0, 0};
    return port;
}

} // namespace

using namespace libretro;

TEST_CASE("libretro input: a pad's buttons, one by one and at once")
{
    const auto port = words(0x8101);
    CHECK(read_input(port, joypad, joypad, 0, 0) == 1);
    CHECK(read_input(port, joypad, joypad, 0, 1) == 0);
    CHECK(read_input(port, joypad, joypad, 0, 8) == 1);
    CHECK(read_input(port, joypad, joypad, 0, 15) == 1);
    CHECK(read_input(port, joypad, joypad, 0, 16) == 0);
    CHECK(static_cast<std::uint16_t>(read_input(port, joypad, joypad, 0, joypad_mask_id)) ==
          0x8101);
    CHECK(read_input(port, 0x100 | joypad, joypad, 0, 0) == 1);
    CHECK(read_input(port, analog, joypad, 0, 8) == 1);
    CHECK(read_input(port, none, joypad, 0, 0) == 0);
    CHECK(read_input(port, mouse, joypad, 0, 0) == 0);
}

TEST_CASE("libretro input: sticks")
{
    const auto port = words(0, 0x8000'7FFF, 0x0001'FFFF);
    CHECK(read_input(port, analog, analog, 0, 0) == 32767);
    CHECK(read_input(port, analog, analog, 0, 1) == -32768);
    CHECK(read_input(port, analog, analog, 1, 0) == -1);
    CHECK(read_input(port, analog, analog, 1, 1) == 1);
    CHECK(read_input(port, analog, analog, 2, 8) == 0);
    CHECK(read_input(port, joypad, analog, 0, 0) == 0);
}

TEST_CASE("libretro input: mouse and light gun")
{
    const auto port = words(1U << 2U, 0x0002'FFFE);
    for (const unsigned device : {mouse, light_gun}) {
        CHECK(read_input(port, device, device, 0, 0) == -2);
        CHECK(read_input(port, device, device, 0, 1) == 2);
        CHECK(read_input(port, device, device, 0, 2) == 1);
        CHECK(read_input(port, device, device, 0, 3) == 0);
        CHECK(read_input(port, device, device, 0, 1000) == 0);
    }
    CHECK(read_input(port, mouse, light_gun, 0, 2) == 0);
}

TEST_CASE("libretro input: keys, which netplay numbers on its own")
{
    struct Pair
    {
        unsigned libretro_key, netplay_key;
    };
    for (const Pair pair :
         {Pair{8, 1},    Pair{9, 2},    Pair{12, 4},   Pair{13, 5},    Pair{19, 6},
          Pair{27, 7},   Pair{32, 8},   Pair{36, 12},  Pair{38, 13},   Pair{48, 23},
          Pair{64, 39},  Pair{91, 40},  Pair{97, 46},  Pair{122, 71},  Pair{127, 72},
          Pair{256, 73}, Pair{273, 90}, Pair{282, 99}, Pair{296, 113}, Pair{300, 114},
          Pair{322, 136}}) {
        rollback::PortInput port;
        port.words[pair.netplay_key / 32] = 1U << (pair.netplay_key % 32);
        INFO(pair.libretro_key);
        for (unsigned key = 0; key < 400; ++key)
            CHECK(read_input(port, keyboard, keyboard, 0, key) == (key == pair.libretro_key));
    }
}

} // namespace netplay_relay::cores
