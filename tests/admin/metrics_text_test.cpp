#include "admin/metrics_text.hpp"
#include "support/catch.hpp"

#include <array>
#include <chrono>

using namespace netplay_relay;
using namespace netplay_relay::admin;
using namespace std::chrono_literals;

namespace {

struct Bounds
{
    using Unit = std::chrono::milliseconds;
    static constexpr std::array<Duration, 3> upper{5ms, 1s, 10min};
};

std::string written(MetricsFormat format)
{
    MetricsText text(format);
    text.begin(MetricKind::info, "relay_build_info", "Which one.");
    text.add(std::uint64_t{1}, {{"version", "1.2"}});
    text.begin(MetricKind::counter, "relay_bytes_total", "All \"bytes\".");
    text.add(std::uint64_t{18446744073709551615U}, {{"to", "host"}, {"of", "a\"b\\c\nd"}});
    text.begin(MetricKind::gauge, "relay_start_time_seconds", "When.\nAnd where: C:\\.");
    text.add(1764460800.25);
    Histogram<Bounds> waits;
    for (const Duration length : {Duration{-1s}, Duration{5ms}, Duration{6ms}, Duration{1h}})
        waits.add(length);
    text.begin(MetricKind::histogram, "relay_wait_seconds", "How long.");
    text.add(waits.view(), {{"side", "guest"}});
    return text.finish();
}

} // namespace

TEST_CASE("Prometheus' text has the names of samples in its heads")
{
    CHECK(written(MetricsFormat::prometheus) == R"(# TYPE relay_build_info gauge
# HELP relay_build_info Which one.
relay_build_info{version="1.2"} 1
# TYPE relay_bytes_total counter
# HELP relay_bytes_total All "bytes".
relay_bytes_total{to="host",of="a\"b\\c\nd"} 18446744073709551615
# TYPE relay_start_time_seconds gauge
# HELP relay_start_time_seconds When.\nAnd where: C:\\.
relay_start_time_seconds 1764460800.25
# TYPE relay_wait_seconds histogram
# HELP relay_wait_seconds How long.
relay_wait_seconds_bucket{side="guest",le="0.005"} 2
relay_wait_seconds_bucket{side="guest",le="1.0"} 3
relay_wait_seconds_bucket{side="guest",le="600.0"} 3
relay_wait_seconds_bucket{side="guest",le="+Inf"} 4
relay_wait_seconds_sum{side="guest"} 3600.011
relay_wait_seconds_count{side="guest"} 4
)");
}

TEST_CASE("OpenMetrics has families, units and an end")
{
    CHECK(written(MetricsFormat::open_metrics) == R"(# TYPE relay_build info
# HELP relay_build Which one.
relay_build_info{version="1.2"} 1
# TYPE relay_bytes counter
# UNIT relay_bytes bytes
# HELP relay_bytes All \"bytes\".
relay_bytes_total{to="host",of="a\"b\\c\nd"} 18446744073709551615
# TYPE relay_start_time_seconds gauge
# UNIT relay_start_time_seconds seconds
# HELP relay_start_time_seconds When.\nAnd where: C:\\.
relay_start_time_seconds 1764460800.25
# TYPE relay_wait_seconds histogram
# UNIT relay_wait_seconds seconds
# HELP relay_wait_seconds How long.
relay_wait_seconds_bucket{side="guest",le="0.005"} 2
relay_wait_seconds_bucket{side="guest",le="1.0"} 3
relay_wait_seconds_bucket{side="guest",le="600.0"} 3
relay_wait_seconds_bucket{side="guest",le="+Inf"} 4
relay_wait_seconds_sum{side="guest"} 3600.011
relay_wait_seconds_count{side="guest"} 4
# EOF
)");
}

TEST_CASE("OpenMetrics is for who names it, and wants it at least as much as the text")
{
    using enum MetricsFormat;
    const auto wanted = [](std::string_view accept) { return wanted_format(accept); };
    // Browsers, curl, and those who say nothing.
    CHECK(wanted("") == prometheus);
    CHECK(wanted("*/*") == prometheus);
    CHECK(wanted("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") == prometheus);
    CHECK(wanted("application/*") == prometheus);
    CHECK(wanted("application/json") == prometheus);
    // Prometheus 2.42, 2.53 and 3.5.
    CHECK(wanted("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                 "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1") == open_metrics);
    CHECK(wanted("application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;"
                 "version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2") == open_metrics);
    CHECK(wanted("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                 "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;"
                 "escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2") ==
          open_metrics);
    CHECK(wanted("text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5") ==
          prometheus);
    CHECK(wanted("text/plain;version=1.0.0;q=0.9,application/openmetrics-text;q=0.5") ==
          open_metrics);
    CHECK(wanted("application/openmetrics-text;q=0") == prometheus);
    CHECK(wanted("application/openmetrics-text;q=0, */*") == prometheus);
    CHECK(wanted("application/openmetrics-text;version=0.0.1") == prometheus);
    CHECK(wanted(R"( Application/OpenMetrics-Text ; Version="1.0.0" ; Q=0.1 )") == open_metrics);
    for (const std::string_view quality : {"x", "2", "-1", "", "0.5.", "nan"})
        CHECK(wanted("application/openmetrics-text;q=" + std::string(quality)) == prometheus);
    CHECK(wanted(",;=,;;,q=1") == prometheus);
}

TEST_CASE("The Content-Type names the version and the charset")
{
    CHECK(content_type_of(MetricsFormat::prometheus) == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(content_type_of(MetricsFormat::open_metrics) ==
          "application/openmetrics-text; version=1.0.0; charset=utf-8");
}
