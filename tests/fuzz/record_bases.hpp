// Records of real rooms, each in the middle of something, for what a fuzzer makes of them.
#pragma once

#include "base/ids.hpp"
#include "record/envelope.hpp"
#include "room/settings.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace netplay_relay::fuzz {

struct RecordBase
{
    record::Kind kind{};
    std::vector<std::uint8_t> body;
};

inline constexpr Instant bases_time{std::chrono::hours(2)}; // no base is of a later moment
inline constexpr std::uint32_t bases_salt = 0x5a17;
[[nodiscard]] room::RoomSettings bases_settings();

// Made when they are asked for first: they are never older than what a record holds.
[[nodiscard]] const std::vector<RecordBase>& record_bases();

} // namespace netplay_relay::fuzz
