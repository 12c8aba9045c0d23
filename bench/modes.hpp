// The measurements; each opens its own links and returns what it saw as one JSON object.
#pragma once

#include "target.hpp"

#include <nlohmann/json.hpp>

namespace bench {

struct Plan
{
    double seconds = 2.5; // the measuring window
    double warm_up_seconds = 0.5;
    std::size_t sessions = 200;
    std::size_t links_per_session = 1;
    std::size_t concurrency = 32; // sessions being set up at the same time
    std::uint64_t seed = 1;
    std::size_t upgrades = 0; // that a target is to make, each of them within a window
    bool spin = true;         // ask for events without ever sleeping
};

constexpr int frames_per_second = 60;

nlohmann::json run_paced(const Target& target, const Plan& plan);
nlohmann::json run_flood(const Target& target, const Plan& plan);
nlohmann::json run_bulk(const Target& target, const Plan& plan);
nlohmann::json run_idle(const Target& target, const Plan& plan);
nlohmann::json run_gaps(const Target& target, const Plan& plan);
nlohmann::json run_churn(const Target& target, const Plan& plan);

// Time and the target's CPU time between two moments; the counts are the caller's.
class Window
{
public:
    explicit Window(const Target& target) : target_(target) {}
    void open(std::uint64_t count);
    void close(std::uint64_t count);

    // Adds seconds, <noun>, <noun>_per_second and, where the target is a process, its CPU time
    // and <noun>_per_cpu_second; and how busy we were ourselves, which tells who was the limit.
    void report(nlohmann::json& out, const std::string& noun) const;
    std::uint64_t count() const { return count_; }
    double seconds() const;
    std::optional<double> cpu_seconds() const;

private:
    const Target& target_;
    std::uint64_t started_ = 0;
    std::uint64_t elapsed_ = 0;
    std::uint64_t own_cpu_ = 0;
    std::optional<std::uint64_t> cpu_ = std::nullopt;
    std::uint64_t count_ = 0;
};

inline std::uint64_t to_ns(double seconds)
{
    return static_cast<std::uint64_t>(seconds * static_cast<double>(ns_per_second));
}

} // namespace bench
