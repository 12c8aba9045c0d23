// Debian's cores with games of our own. What they do is theirs; what is checked is that we can play
// them, and that our sync test says of them what is known.
#include "cores/libretro_core.hpp"
#include "rollback/random_input.hpp"
#include "rollback/sync_test.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

namespace netplay_relay::cores {

namespace {

namespace fs = std::filesystem;
using rollback::Core;
using rollback::SyncTestOptions;
using rollback::SyncVerdict;

constexpr std::uint32_t button_y = 1U << 1U, button_x = 1U << 9U;
constexpr std::uint32_t all_buttons = 0xFFFF, no_turbo = all_buttons & ~(button_x | button_y);

// /usr/lib/<machine>/libretro, or an empty path.
fs::path find_core(const std::string& name)
{
    std::error_code fault;
    for (const auto& entry : fs::directory_iterator("/usr/lib", fault))
        if (const fs::path path = entry.path() / "libretro" / name; fs::exists(path, fault))
            return path;
    return {};
}

bool skipped(const std::string& reason)
{
    if (!reason.empty()) std::cout << "SKIPPED: " << reason << std::endl;
    return !reason.empty();
}

std::string build_coin_chase(const fs::path& rom)
{
    const std::string source = COIN_CHASE, object = rom.string() + ".o";
    const std::string assemble = "ca65 -o '" + object + "' '" + source + ".s'";
    const std::string link =
        "ld65 -C '" + source + ".cfg' -o '" + rom.string() + "' '" + object + "'";
    if (std::system((assemble + " && " + link).c_str()) != 0)
        return "no game for Nestopia: Debian's cc65 is missing";
    return {};
}

// A Game Boy game that adds up its buttons in all of its work memory.
void write_button_sum(const fs::path& rom)
{
    const std::vector<unsigned> program{
        0x31, 0xFE, 0xDF, 0x21, 0x00, 0xC0,             // ld sp,$DFFE; ld hl,$C000
        0x3E, 0x20, 0xE0, 0x00, 0xF0, 0x00, 0xF0, 0x00, // turn: select the cross, read it twice
        0xE6, 0x0F, 0x47, 0xCB, 0x30, 0x47,             // and $0F; ld b,a; swap b; ld b,a
        0x3E, 0x10, 0xE0, 0x00, 0xF0, 0x00, 0xF0, 0x00, // the buttons
        0xE6, 0x0F, 0xB0, 0x86, 0x07, 0xAE, 0x22, // or b; add [hl]; rlca; xor [hl]; ld [hl+],a
        0x7C, 0xFE, 0xDF, 0x20, 0x02, 0x26, 0xC0, // at $DF00: back to $C000
        0x18, 0xD5};                              // jr turn
    std::vector<char> bytes(32768, 0);
    const std::vector<unsigned> entry{0x00, 0xC3, 0x50, 0x01}; // nop; jp $0150
    std::ranges::transform(entry, bytes.begin() + 0x100, [](unsigned b) { return char(b); });
    std::ranges::transform(program, bytes.begin() + 0x150, [](unsigned b) { return char(b); });
    // With a bank switch and a battery: of a cartridge without, Gambatte saves uninitialised bytes.
    bytes[0x147] = 0x03;
    bytes[0x149] = 0x02;
    unsigned sum = 0;
    for (std::size_t at = 0x134; at < 0x14D; ++at)
        sum = sum - static_cast<unsigned char>(bytes[at]) - 1;
    bytes[0x14D] = static_cast<char>(sum & 0xFFU);
    std::ofstream(rom, std::ios::binary).write(bytes.data(), std::ssize(bytes));
}

std::unique_ptr<Core> loaded(const fs::path& core, const fs::path& game)
{
    auto result = load_libretro_core(core.string(), game.string());
    if (const auto* problem = std::get_if<std::string>(&result)) FAIL(*problem);
    return std::move(std::get<std::unique_ptr<Core>>(result));
}

rollback::SyncTestReport tested(Core& core, std::uint32_t buttons)
{
    SyncTestOptions options;
    options.buttons = buttons;
    auto report = rollback::sync_test(
        core, options, [] { return std::chrono::steady_clock::now().time_since_epoch(); });
    std::cout << report.core.name << ": " << rollback::name_of(report.verdict) << ": "
              << report.reason << std::endl;
    return report;
}

std::vector<std::uint8_t> state_of(Core& core)
{
    std::vector<std::uint8_t> state(core.state_size());
    REQUIRE(core.save(state));
    return state;
}

std::vector<std::uint8_t> memory_of(Core& core)
{
    const auto memory = core.memory();
    return {memory.begin(), memory.end()};
}

// Two instances that begin apart are one game after a state went over, as netplay needs it. What
// compares them: state_of, or memory_of where the core's states hold more than the game.
void check_that_a_state_unites(const fs::path& library, const fs::path& game,
                               std::uint32_t buttons = all_buttons,
                               std::vector<std::uint8_t> (*compared)(Core&) = state_of)
{
    const auto one = loaded(library, game), other = loaded(library, game);
    const auto input_of = [random = rollback::RandomInput(7), buttons](std::uint32_t frame) {
        auto input = random.frame(frame, {1, 1});
        for (auto& pad : input)
            pad.words[0] &= buttons;
        return input;
    };
    for (std::uint32_t frame = 0; frame < 100; ++frame)
        one->run(input_of(frame));
    REQUIRE(other->load(state_of(*one)));
    for (std::uint32_t frame = 100; frame < 700; ++frame) {
        one->run(input_of(frame));
        other->run(input_of(frame));
        if (compared(*one) != compared(*other)) FAIL("apart after frame " << frame);
    }
}

} // namespace

TEST_CASE("Nestopia", "[nestopia]")
{
    const fs::path library = find_core("nestopia_libretro.so");
    const fs::path game = fs::current_path() / "real_cores_coin_chase.nes";
    if (skipped(library.empty() ? "no Nestopia: Debian's libretro-nestopia is missing" : "") ||
        skipped(build_coin_chase(game)))
        return;
    const auto core = loaded(library, game);
    CHECK(core->info().name == "Nestopia");
    for (int frame = 0; frame < 600; ++frame)
        core->run({});
    REQUIRE(core->memory().size() == 2048);
    CHECK(std::string(core->memory().begin() + 0x10, core->memory().begin() + 0x14) == "NPCC");

    const auto fresh = loaded(library, game);
    const auto report = tested(*fresh, no_turbo);
    CHECK(report.verdict != SyncVerdict::game_differs);
    CHECK(report.replays.games == 0);
    if (core->info().version.starts_with("1.52")) {
        CHECK_FALSE(report.replays.first);
        CHECK_FALSE(report.first_reload_difference);
        check_that_a_state_unites(library, game, no_turbo);
    } else { // states of 1.53 end with some bytes that loading one does not set
        CHECK(report.verdict == SyncVerdict::crcs_differ);
        check_that_a_state_unites(library, game, no_turbo, memory_of);
    }
}

TEST_CASE("Nestopia's turbo buttons are not in its states", "[nestopia]")
{
    const fs::path library = find_core("nestopia_libretro.so");
    const fs::path game = fs::current_path() / "real_cores_turbo.nes";
    if (skipped(library.empty() ? "no Nestopia: Debian's libretro-nestopia is missing" : "") ||
        skipped(build_coin_chase(game)))
        return;
    const auto core = loaded(library, game);
    const auto report = tested(*core, button_x | button_y);
    if (core->info().version.starts_with("1.52")) // a later one may know better
        CHECK(report.verdict == SyncVerdict::game_differs);
}

TEST_CASE("Gambatte", "[gambatte]")
{
    const fs::path library = find_core("gambatte_libretro.so");
    if (skipped(library.empty() ? "no Gambatte: Debian's libretro-gambatte is missing" : ""))
        return;
    const fs::path game = fs::current_path() / "real_cores_button_sum.gb";
    write_button_sum(game);
    const auto core = loaded(library, game);
    CHECK(core->info().name == "Gambatte");
    CHECK(core->battery().size() == 8192);
    const auto report = tested(*core, all_buttons);
    CHECK_FALSE(report.replays.first);
    check_that_a_state_unites(library, game);
}

} // namespace netplay_relay::cores
