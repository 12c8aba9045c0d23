// Writes metrics as text: Prometheus' format 0.0.4, or OpenMetrics 1.0.0 for who asks for it.
#pragma once

#include "base/histogram.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace netplay_relay::admin {

enum class MetricsFormat : std::uint8_t
{
    prometheus,
    open_metrics
};

// By an Accept header, which may be empty.
[[nodiscard]] MetricsFormat wanted_format(std::string_view accept);
[[nodiscard]] std::string_view content_type_of(MetricsFormat format);

enum class MetricKind : std::uint8_t
{
    counter, // its name ends with _total
    gauge,
    histogram, // of durations: its name ends with _seconds
    info       // its name ends with _info, its labels say it all, its value is 1
};

struct MetricLabel
{
    std::string_view name;
    std::string_view value; // UTF-8: anything else would fail the whole scrape
};

class MetricsText
{
public:
    explicit MetricsText(MetricsFormat format) : format_(format) {}

    // A metric, all of whose samples follow. `name` is that of its samples.
    void begin(MetricKind kind, std::string_view name, std::string_view help);

    using Labels = std::initializer_list<MetricLabel>;
    void add(std::uint64_t value, Labels labels = {});
    void add(double value, Labels labels = {});
    void add(const HistogramView& histogram, Labels labels = {});

    [[nodiscard]] std::string finish();

private:
    void write_head(std::string_view what, std::string_view family, std::string_view text);
    void write_sample(std::string_view suffix, Labels labels, std::string_view value,
                      std::string_view upper = {});
    void write_escaped(std::string_view text, bool quote);

    MetricsFormat format_;
    std::string name_;
    std::string text_;
};

} // namespace netplay_relay::admin
