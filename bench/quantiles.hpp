// What is told of many times: how long most took, and how long the slowest.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <vector>

namespace bench {

// p50, p99, p999 and max in microseconds. Reorders the samples, which are nanoseconds.
nlohmann::json quantiles(std::vector<std::uint64_t>& samples);

} // namespace bench
