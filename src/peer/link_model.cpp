#include "peer/link_model.hpp"

#include "rollback/random_input.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace netplay_relay::peer {

namespace {

constexpr std::size_t segment_size = 1460; // what arrives at once when the bandwidth has a limit
constexpr std::uint64_t milliseconds_max = 600'000;
constexpr std::size_t compact_at = 64U << 10U; // bytes taken that are kept at most

std::optional<std::uint64_t> number_of(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<Instant> time_of(std::string_view text)
{
    const auto number = number_of(text);
    if (!number || *number > milliseconds_max) return std::nullopt;
    return std::chrono::milliseconds(*number);
}

// False if the value is none.
bool set_option(LinkModelSettings& settings, std::string_view key, std::string_view value)
{
    if (key == "stall") {
        const auto slash = value.find('/');
        if (slash == std::string_view::npos) return false;
        const auto every = time_of(value.substr(0, slash));
        const auto length = time_of(value.substr(slash + 1));
        if (!every || !length || *every == Instant{0}) return false;
        settings.stall_every = *every;
        settings.stall_length = *length;
        return true;
    }
    if (key == "seed" || key == "bandwidth") {
        const auto number = number_of(value);
        if (!number) return false;
        (key == "seed" ? settings.seed : settings.bandwidth) = *number;
        return true;
    }
    const auto time = time_of(value);
    if (!time) return false;
    (key == "latency" ? settings.latency : settings.jitter) = *time;
    return true;
}

} // namespace

std::variant<LinkModelSettings, std::string> parse_link_model(std::string_view text)
{
    LinkModelSettings settings;
    std::set<std::string_view> seen;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const std::string_view option = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        const auto equals = option.find('=');
        const std::string_view key = option.substr(0, equals);
        const bool known = key == "latency" || key == "jitter" || key == "stall" ||
                           key == "bandwidth" || key == "seed";
        if (!known)
            return "a link has no option \"" + std::string(key) +
                   "\": there are latency, jitter, stall, bandwidth and seed";
        if (!seen.insert(key).second)
            return "the option \"" + std::string(key) + "\" is given twice";
        if (equals == std::string_view::npos ||
            !set_option(settings, key, option.substr(equals + 1)))
            return "\"" + std::string(option) + "\" is not understood: " +
                   (key == "stall"       ? "a stall is written every/length, in milliseconds"
                    : key == "seed"      ? "a seed is a number"
                    : key == "bandwidth" ? "a bandwidth is a number of bytes per second"
                                         : "times are milliseconds, at most 600000");
    }
    return settings;
}

LinkModel::LinkModel(LinkModelSettings settings)
    : settings_(settings), drawn_(rollback::RandomInput::mix(settings.seed + 1))
{
}

Instant LinkModel::below(Instant limit)
{
    drawn_ = rollback::RandomInput::mix(drawn_ + 0x9E3779B97F4A7C15ULL);
    const auto count = static_cast<std::uint64_t>(limit.count()) + 1;
    return Instant(static_cast<Instant::rep>(drawn_ % count));
}

Instant LinkModel::leaves_at(std::size_t size, Instant now)
{
    line_free_ = std::max(line_free_, now);
    if (settings_.bandwidth == 0) return line_free_;
    const double seconds = static_cast<double>(size) / static_cast<double>(settings_.bandwidth);
    line_free_ += Instant(static_cast<Instant::rep>(seconds * 1e9));
    return line_free_;
}

void LinkModel::plan_stall(Instant after)
{
    stall_begin_ = after + settings_.stall_every / 2 + below(settings_.stall_every);
    stall_end_ = *stall_begin_ + settings_.stall_length / 2 + below(settings_.stall_length);
}

Instant LinkModel::after_stalls(Instant arrival)
{
    if (settings_.stall_every <= Instant{0}) return arrival;
    if (!stall_begin_) plan_stall(arrival);
    while (arrival >= stall_end_)
        plan_stall(stall_end_);
    return arrival >= *stall_begin_ ? stall_end_ : arrival;
}

void LinkModel::push(std::span<const std::uint8_t> bytes, Instant now)
{
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    while (!bytes.empty()) {
        const std::size_t size =
            settings_.bandwidth == 0 ? bytes.size() : std::min(bytes.size(), segment_size);
        bytes = bytes.subspan(size);
        const Instant left = leaves_at(size, now);
        const Instant arrival = after_stalls(left + settings_.latency + below(settings_.jitter));
        last_arrival_ = std::max(last_arrival_, arrival);
        if (!arrivals_.empty() && arrivals_.back().at == last_arrival_)
            arrivals_.back().size += size;
        else
            arrivals_.push_back({last_arrival_, size});
    }
}

std::optional<Instant> LinkModel::next_due() const
{
    if (arrivals_.empty()) return std::nullopt;
    return arrivals_.front().at;
}

void LinkModel::take_due(Instant now, std::vector<std::uint8_t>& out)
{
    std::size_t end = begin_;
    while (!arrivals_.empty() && arrivals_.front().at <= now) {
        end += arrivals_.front().size;
        arrivals_.pop_front();
    }
    const auto at = [&](std::size_t index) {
        return bytes_.begin() + static_cast<std::ptrdiff_t>(index);
    };
    out.insert(out.end(), at(begin_), at(end));
    begin_ = end;
    if (begin_ < bytes_.size() && begin_ < compact_at) return;
    bytes_.erase(bytes_.begin(), at(begin_));
    begin_ = 0;
}

} // namespace netplay_relay::peer
