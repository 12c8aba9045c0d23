// What the status of a relay tells of its handovers to new programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace netplay_relay::admin {

struct HandoverStatus
{
    int process = 0;
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::string problem; // of the last that failed
    double pause_ms = 0; // of the last that was done
    std::uint64_t connections = 0;
    std::uint64_t lost = 0;
};

// Nothing if the text is not the status of a relay that tells of them.
[[nodiscard]] std::optional<HandoverStatus> handovers_in(const std::string& status_json);

// "1020 connections go on after a pause of 12.3 ms".
[[nodiscard]] std::string handover_text(const HandoverStatus& status);

} // namespace netplay_relay::admin
