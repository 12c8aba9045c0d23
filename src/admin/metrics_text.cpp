#include "admin/metrics_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

namespace netplay_relay::admin {

namespace {

constexpr std::string_view open_metrics_version = "1.0.0";
constexpr std::string_view text_version = "0.0.4";

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text)
{
    std::string all(text);
    std::ranges::transform(all, all.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return all;
}

// Takes what is before the first such letter, and the letter, off the text.
std::string_view take_until(std::string_view& text, char letter)
{
    const std::size_t end = text.find(letter);
    const std::string_view part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return trimmed(part);
}

// One of those that an Accept header lists.
struct MediaRange
{
    std::string type;
    std::string version;
    double quality = 1;
};

MediaRange read_range(std::string_view text)
{
    MediaRange range;
    range.type = lower(take_until(text, ';'));
    while (!text.empty()) {
        std::string_view value = take_until(text, ';');
        const std::string name = lower(take_until(value, '='));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        if (name == "version") range.version = value;
        if (name != "q") continue;
        double quality = 0;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), quality);
        const bool is_number = read.ec == std::errc{} && read.ptr == value.data() + value.size();
        range.quality = is_number && quality >= 0 && quality <= 1 ? quality : 0;
    }
    return range;
}

// How much a format is wanted, by the range that names it most exactly.
class Wish
{
public:
    Wish(std::string_view type, std::string_view version) : type_(type), version_(version) {}

    void hear(const MediaRange& range)
    {
        const std::string any = std::string(type_.substr(0, type_.find('/'))) + "/*";
        const bool is_version = range.version == version_;
        const int exactness = range.type == type_ && is_version              ? 4
                              : range.type == type_ && range.version.empty() ? 3
                              : range.type == any                            ? 2
                              : range.type == "*/*"                          ? 1
                                                                             : 0;
        if (exactness == 0 || exactness < exactness_) return;
        quality_ = exactness == exactness_ ? std::max(quality_, range.quality) : range.quality;
        exactness_ = exactness;
    }

    [[nodiscard]] bool is_named() const { return exactness_ >= 3; }
    [[nodiscard]] double quality() const { return quality_; }

private:
    std::string_view type_;
    std::string_view version_;
    int exactness_ = 0;
    double quality_ = 0;
};

// OpenMetrics wants a point in the bounds of histograms ("1.0"); in both formats alike, or who
// changes the format would see other series.
std::string number_text(double value)
{
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::string bound_text(Duration bound)
{
    std::string text = number_text(std::chrono::duration<double>(bound).count());
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::string_view without(std::string_view name, std::string_view ending)
{
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
    return name;
}

} // namespace

MetricsFormat wanted_format(std::string_view accept)
{
    Wish open_metrics("application/openmetrics-text", open_metrics_version);
    Wish prometheus("text/plain", text_version);
    while (!accept.empty()) {
        const MediaRange range = read_range(take_until(accept, ','));
        open_metrics.hear(range);
        prometheus.hear(range);
    }
    const bool is_wanted = open_metrics.is_named() && open_metrics.quality() > 0 &&
                           open_metrics.quality() >= prometheus.quality();
    return is_wanted ? MetricsFormat::open_metrics : MetricsFormat::prometheus;
}

std::string_view content_type_of(MetricsFormat format)
{
    return format == MetricsFormat::open_metrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

void MetricsText::begin(MetricKind kind, std::string_view name, std::string_view help)
{
    const bool is_open = format_ == MetricsFormat::open_metrics;
    name_ = name;
    std::string_view family = name;
    std::string_view type = "gauge";
    switch (kind) {
    case MetricKind::counter:
        type = "counter";
        if (is_open) family = without(name, "_total");
        break;
    case MetricKind::gauge: break;
    case MetricKind::histogram: type = "histogram"; break;
    case MetricKind::info:
        if (is_open) family = without(name, "_info");
        if (is_open) type = "info";
        break;
    }
    write_head("TYPE", family, type);
    if (is_open && family.ends_with("_seconds")) write_head("UNIT", family, "seconds");
    if (is_open && family.ends_with("_bytes")) write_head("UNIT", family, "bytes");
    write_head("HELP", family, help);
}

void MetricsText::add(std::uint64_t value, Labels labels)
{
    write_sample({}, labels, std::to_string(value));
}

void MetricsText::add(double value, Labels labels) { write_sample({}, labels, number_text(value)); }

void MetricsText::add(const HistogramView& histogram, Labels labels)
{
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < histogram.counts.size(); ++at) {
        count += histogram.counts[at];
        const bool is_last = at == histogram.upper.size();
        write_sample("_bucket", labels, std::to_string(count),
                     is_last ? "+Inf" : bound_text(histogram.upper[at]));
    }
    write_sample("_sum", labels, number_text(histogram.sum_seconds));
    write_sample("_count", labels, std::to_string(count));
}

std::string MetricsText::finish()
{
    if (format_ == MetricsFormat::open_metrics) text_ += "# EOF\n";
    return std::move(text_);
}

void MetricsText::write_head(std::string_view what, std::string_view family, std::string_view text)
{
    text_.append("# ").append(what).append(" ").append(family).append(" ");
    write_escaped(text, format_ == MetricsFormat::open_metrics);
    text_ += '\n';
}

void MetricsText::write_sample(std::string_view suffix, Labels labels, std::string_view value,
                               std::string_view upper)
{
    text_.append(name_).append(suffix);
    char before = '{';
    const auto write_label = [&](std::string_view name, std::string_view text) {
        text_ += before;
        text_.append(name).append("=\"");
        write_escaped(text, true);
        text_ += '"';
        before = ',';
    };
    for (const MetricLabel& label : labels)
        write_label(label.name, label.value);
    if (!upper.empty()) write_label("le", upper);
    if (before == ',') text_ += '}';
    text_.append(" ").append(value) += '\n';
}

void MetricsText::write_escaped(std::string_view text, bool quote)
{
    for (const char letter : text) {
        if (letter == '\\')
            text_ += "\\\\";
        else if (letter == '\n')
            text_ += "\\n";
        else if (letter == '"' && quote)
            text_ += "\\\"";
        else
            text_ += letter;
    }
}

} // namespace netplay_relay::admin
