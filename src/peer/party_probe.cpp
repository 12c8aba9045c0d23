#include "peer/party_probe.hpp"

#include "base/byte_order.hpp"

#include <algorithm>
#include <array>

namespace netplay_relay::inspector {

namespace {

constexpr std::array<std::uint8_t, 4> magic{'N', 'P', 'P', '1'};
constexpr std::size_t echo_at = 4;
constexpr std::size_t stream_at = 5;
constexpr std::size_t number_at = 8;
constexpr std::size_t count_at = 12;
constexpr std::size_t stamp_at = 16;
constexpr std::uint32_t numbers_max = 100'000'000; // those above are not looked at
constexpr std::size_t times_max = 1'000'000;
constexpr double nanoseconds_of_a_millisecond = 1e6;

template <class Number>
void put(std::vector<std::uint8_t>& to, std::size_t at, Number number)
{
    std::ranges::copy(little_endian(number), to.begin() + static_cast<std::ptrdiff_t>(at));
}

double quantile(const std::vector<float>& sorted, double share)
{
    if (sorted.empty()) return 0;
    const double rank = share * static_cast<double>(sorted.size() - 1);
    return static_cast<double>(sorted[static_cast<std::size_t>(rank)]);
}

} // namespace

std::vector<std::uint8_t> write_probe(const Probe& probe, std::size_t size)
{
    std::vector<std::uint8_t> payload(std::max(size, probe_size), 0);
    std::ranges::copy(magic, payload.begin());
    payload[echo_at] = probe.echo ? 1 : 0;
    payload[stream_at] = probe.stream;
    put(payload, number_at, probe.number);
    put(payload, count_at, probe.count);
    put(payload, stamp_at, static_cast<std::uint64_t>(probe.stamp));
    return payload;
}

std::optional<Probe> read_probe(std::span<const std::uint8_t> payload)
{
    if (payload.size() < probe_size || !std::ranges::equal(payload.first(magic.size()), magic))
        return std::nullopt;
    Probe probe;
    probe.echo = payload[echo_at] != 0;
    probe.stream = payload[stream_at];
    probe.number = load_little<std::uint32_t>(payload, number_at);
    probe.count = load_little<std::uint32_t>(payload, count_at);
    probe.stamp = static_cast<std::int64_t>(load_little<std::uint64_t>(payload, stamp_at));
    if (probe.number >= numbers_max || probe.count > numbers_max) return std::nullopt;
    return probe;
}

std::vector<std::uint8_t> echo_of(std::span<const std::uint8_t> payload)
{
    std::vector<std::uint8_t> back(payload.begin(), payload.end());
    if (read_probe(payload)) back[echo_at] = 1;
    return back;
}

void ProbeMeter::note(std::int32_t source, party::Mode mode, const Probe& probe, Instant now)
{
    Stream& stream = streams_[{source, probe.echo, probe.stream, mode}];
    stream.count = std::max(stream.count, probe.count);
    if (probe.number >= stream.seen.size()) stream.seen.resize(probe.number + std::size_t{1});
    if (stream.seen[probe.number]) {
        ++stream.doubled;
        return;
    }
    stream.seen[probe.number] = true;
    if (stream.received > 0 && probe.number < stream.highest) ++stream.out_of_order;
    stream.highest = std::max(stream.highest, probe.number);
    ++stream.received;
    const auto taken =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                                  static_cast<std::uint64_t>(probe.stamp));
    if (stream.times.size() >= times_max) return;
    // Two clocks may be days apart: what the first has taken is left out.
    const std::int64_t base = probe.echo ? 0 : first_of_.try_emplace(source, taken).first->second;
    stream.times.push_back(
        static_cast<float>(static_cast<double>(taken - base) / nanoseconds_of_a_millisecond));
}

std::vector<ProbeReport> ProbeMeter::report() const
{
    std::map<std::int32_t, float> least; // of what each source has sent by itself
    for (const auto& [key, stream] : streams_) {
        if (std::get<bool>(key)) continue;
        for (const float time : stream.times) {
            float& fastest = least.try_emplace(std::get<std::int32_t>(key), time).first->second;
            fastest = std::min(fastest, time);
        }
    }
    std::vector<ProbeReport> reports;
    for (const auto& [key, stream] : streams_) {
        ProbeReport report;
        std::tie(report.source, report.echo, report.stream, report.mode) = key;
        report.received = stream.received;
        const std::uint64_t expected =
            std::max<std::uint64_t>(stream.count, std::uint64_t{stream.highest} + 1);
        report.lost = expected - stream.received;
        report.doubled = stream.doubled;
        report.out_of_order = stream.out_of_order;
        std::vector<float> times = stream.times;
        std::ranges::sort(times);
        const double base = report.echo ? 0 : static_cast<double>(least.at(report.source));
        report.least = quantile(times, 0) - base;
        report.median = quantile(times, 0.5) - base;
        report.p99 = quantile(times, 0.99) - base;
        report.most = quantile(times, 1) - base;
        reports.push_back(report);
    }
    return reports;
}

} // namespace netplay_relay::inspector
