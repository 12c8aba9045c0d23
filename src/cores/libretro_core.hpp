// Any libretro core as the game under the rollback engine.
#pragma once

#include "rollback/core.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>

namespace netplay_relay::cores {

struct LibretroOptions
{
    std::string system_directory;                 // BIOS files; empty: a private, empty one
    std::map<std::string, std::string> variables; // core options that are not to be the default
    bool logs = false;                            // the core's remarks to standard error
    // Frames are run as by a RetroArch without screen and sound; otherwise as by one that has both.
    bool headless = false;
    bool looks_at_pictures = false; // Core::picture() is of the newest one
    // What a core finds on its stack where it sets nothing before it saves; 0: what there is.
    std::uint8_t unset_memory = 0;
};

// Loads a core and its content; an empty content path is for cores that need none. Returns what
// went wrong in a sentence otherwise. The library is loaded from a private copy, so that there may
// be several instances in one process. What a core does wrong while it runs cannot be contained.
//
// A core that has no state before its first frames is run without input until it has one, up to 60
// frames, as RetroArch does when netplay begins.
[[nodiscard]] std::variant<std::unique_ptr<rollback::Core>, std::string>
load_libretro_core(const std::string& core_path, const std::string& content_path,
                   LibretroOptions options = {});

} // namespace netplay_relay::cores
