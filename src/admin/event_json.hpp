// An event of the log as JSON, for the feed.
#pragma once

#include "lobby/output.hpp"
#include "worker/observer.hpp"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace netplay_relay::admin {

// Its word, the same as in the log.
[[nodiscard]] std::string_view word_of(const lobby::LogEvent& event);
[[nodiscard]] nlohmann::ordered_json event_json(const lobby::LogEvent& event,
                                                const worker::EventFacts& facts,
                                                const std::string& join_text);

// Eight hexadecimal digits, as the log writes it.
[[nodiscard]] std::string crc_text(std::uint32_t crc);
// The same; null for 0, which is none.
[[nodiscard]] nlohmann::ordered_json crc_or_null(std::uint32_t crc);

// Three decimals are enough for every number here, and keep the text short.
[[nodiscard]] double rounded(double value);
[[nodiscard]] double rounded_seconds(lobby::Duration duration);

// The time of the wall, such as "2026-11-29T23:50:01.123Z".
[[nodiscard]] std::string utc_now();

} // namespace netplay_relay::admin
