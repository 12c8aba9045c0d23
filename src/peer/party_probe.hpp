// Payloads with a number and a time in them, and what became of those that were sent.
#pragma once

#include "base/ids.hpp"
#include "party/output.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

namespace netplay_relay::inspector {

inline constexpr std::size_t probe_size = 24;

struct Probe
{
    bool echo = false; // it is on its way back
    std::uint8_t stream = 0;
    std::uint32_t number = 0;
    std::uint32_t count = 0; // so many are sent; 0: it is not known
    std::int64_t stamp = 0;  // nanoseconds, by its sender's clock
};

// `size` bytes, but no fewer than a probe has.
[[nodiscard]] std::vector<std::uint8_t> write_probe(const Probe& probe, std::size_t size);
[[nodiscard]] std::optional<Probe> read_probe(std::span<const std::uint8_t> payload);
// The same payload, as it is sent back.
[[nodiscard]] std::vector<std::uint8_t> echo_of(std::span<const std::uint8_t> payload);

struct ProbeReport
{
    std::int32_t source = 0;
    bool echo = false;
    std::uint8_t stream = 0;
    party::Mode mode{};
    std::uint64_t received = 0; // each counts once
    std::uint64_t lost = 0;     // of those up to the highest number, or of all if that is known
    std::uint64_t doubled = 0;
    std::uint64_t out_of_order = 0; // behind one with a higher number
    // Milliseconds. Of an echo the round trip. Else by how much longer it was on its way than the
    // fastest, as two clocks tell no more.
    double median = 0;
    double p99 = 0;
    double most = 0;
    double least = 0;

    [[nodiscard]] bool is_faultless() const
    {
        return lost == 0 && doubled == 0 && out_of_order == 0;
    }
};

class ProbeMeter
{
public:
    void note(std::int32_t source, party::Mode mode, const Probe& probe, Instant now);
    [[nodiscard]] std::vector<ProbeReport> report() const;

private:
    struct Stream
    {
        std::vector<bool> seen; // by number
        std::uint32_t highest = 0;
        std::uint32_t count = 0;
        std::uint64_t received = 0;
        std::uint64_t doubled = 0;
        std::uint64_t out_of_order = 0;
        std::vector<float> times; // milliseconds, of the first million
    };
    using Key = std::tuple<std::int32_t, bool, std::uint8_t, party::Mode>;

    std::map<Key, Stream> streams_;
    std::map<std::int32_t, std::int64_t> first_of_; // how long the first one took, by source
};

} // namespace netplay_relay::inspector
