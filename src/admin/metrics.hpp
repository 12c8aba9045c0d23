// All that the relay tells as metrics: docs/metrics.md describes every one. Nothing here goes
// through sessions or connections: what it costs does not depend on how many there are.
#pragma once

#include "admin/metrics_text.hpp"
#include "net/process_state.hpp"
#include "net/process_use.hpp"
#include "net/workers.hpp"

#include <cstdint>
#include <string>

namespace netplay_relay::admin {

struct ProcessNumbers
{
    net::ProcessUse use;
    double started_seconds = 0; // since 1970
    std::uint64_t open_files = 0;
};

[[nodiscard]] std::string metrics_text(const net::Workers& workers,
                                       const net::ProcessState& process,
                                       const ProcessNumbers& numbers, MetricsFormat format);

} // namespace netplay_relay::admin
