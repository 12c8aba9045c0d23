#include "peer/decode/report.hpp"

#include <string>

namespace netplay_relay::peer {

namespace {

// "12.345678"; a capture's clock may have been put back.
std::string seconds_text(std::chrono::microseconds time)
{
    const bool is_negative = time.count() < 0;
    const std::int64_t micros = is_negative ? -time.count() : time.count();
    std::string fraction = std::to_string(micros % 1000000);
    fraction.insert(0, 6 - fraction.size(), '0');
    return (is_negative ? "-" : "") + std::to_string(micros / 1000000) + "." + fraction;
}

} // namespace

void Report::start_at(std::chrono::microseconds time) { start_ = time; }

void Report::line(const Moment& moment, std::string_view who, std::string_view text)
{
    ++lines_;
    if (stamp_ == Stamp::time)
        out_ << seconds_text(moment.time - start_);
    else
        out_ << '@' << moment.offset;
    out_ << ' ' << who << "  " << text << '\n';
}

void Report::fault(const Moment& moment, std::string_view who, std::string_view text)
{
    ++faults_;
    line(moment, who, "FAULT at byte " + std::to_string(moment.offset) + ": " + std::string(text));
}

} // namespace netplay_relay::peer
