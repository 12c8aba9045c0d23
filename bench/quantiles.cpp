#include "quantiles.hpp"

#include <algorithm>

namespace bench {

namespace {

double quantile_us(std::vector<std::uint64_t>& samples, double share)
{
    if (samples.empty()) return 0;
    const auto last = static_cast<double>(samples.size() - 1);
    const auto at = samples.begin() + static_cast<std::ptrdiff_t>(last * share);
    std::nth_element(samples.begin(), at, samples.end());
    return static_cast<double>(*at) / 1000;
}

} // namespace

nlohmann::json quantiles(std::vector<std::uint64_t>& samples)
{
    return {{"p50", quantile_us(samples, 0.50)},
            {"p99", quantile_us(samples, 0.99)},
            {"p999", quantile_us(samples, 0.999)},
            {"max", quantile_us(samples, 1.0)}};
}

} // namespace bench
