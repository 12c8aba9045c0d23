// All that determines a run of netplay-peer besides what comes from outside: it is written at the
// head of a recording, and a replay begins with it.
#pragma once

#include "rollback/core.hpp"
#include "rollback/session.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace netplay_relay::peer {

enum class Role : std::uint8_t
{
    host,
    client,
};

struct RunSettings
{
    Role role = Role::client;
    std::string core = "builtin:arena"; // or the path of a libretro core
    std::string content;                // a file; may be empty
    std::string nick = "peer";
    std::string password;
    std::string spectate_password;
    std::uint32_t salt = 0;
    std::uint32_t protocol = 7; // the highest to speak
    bool spectate = false;
    bool headless = false;          // a core is told that nobody sees its frames
    std::uint64_t seed = 1;         // of our input
    std::uint32_t buttons = 0xFFFF; // of a pad: those that a seed may press
    std::string input_file;         // instead of a seed
    std::string device = "joypad";  // host: joypad or analog, in every port
    unsigned ports = 2;             // host: with a device in them
    unsigned connections = 3;       // host
    unsigned crc_interval = 600;    // host: frames, 0: none
    unsigned latency_least = 0;     // frames
    unsigned latency_most = 0;
    bool latency_given = false;
    std::uint64_t savestate_max = 32U << 20U; // bytes
    std::string watch_memory;                 // "ADDRESS:LENGTH", hexadecimal address
    unsigned watch_every = 60;                // frames

    bool operator==(const RunSettings&) const = default;
};

void to_json(nlohmann::ordered_json& json, const RunSettings& settings);
void from_json(const nlohmann::ordered_json& json, RunSettings& settings);

// For who compares two games: see cores::LibretroOptions.
struct CoreInspection
{
    bool looks_at_pictures = false;
    std::uint8_t unset_memory = 0;
};

// The core that the settings name, or why there is none. The slow frames of the built-in game take
// real time.
[[nodiscard]] std::variant<std::unique_ptr<rollback::Core>, std::string>
make_core(const RunSettings& settings, const CoreInspection& inspection = {});

// What is wrong with the name of the core, in a sentence; empty if a built-in game or a file has
// it.
[[nodiscard]] std::string fault_of_core_name(const std::string& core);

} // namespace netplay_relay::peer
