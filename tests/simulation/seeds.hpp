// Which seeds a simulation plays, as the environment says, and how one of them is repeated.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace netplay_relay::simulation {

inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise)
{
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

inline std::uint64_t first_seed() { return number_from_environment("NETPLAY_TEST_FIRST_SEED", 1); }

// How many, from the first on.
inline std::uint64_t seeds_or(std::uint64_t those_of_every_build)
{
    return number_from_environment("NETPLAY_TEST_SEEDS", those_of_every_build);
}

inline std::string how_to_repeat(std::uint64_t seed, const std::string& program)
{
    return "repeat with: NETPLAY_TEST_SEEDS=1 NETPLAY_TEST_FIRST_SEED=" + std::to_string(seed) +
           " " + program;
}

} // namespace netplay_relay::simulation
