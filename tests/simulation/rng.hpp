// Chance that repeats itself: everything in a simulated world follows from one seed.
#pragma once

#include "base/nodes.hpp"
#include "lobby/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace netplay_relay::simulation {

// One step of splitmix64: also what the bytes of streams are made of.
constexpr std::uint64_t scramble(std::uint64_t value)
{
    value += 0x9e3779b97f4a7c15ULL;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
    return value ^ value >> 31;
}

// The number of the machine in its fleet: half of all worlds are part of one.
inline std::optional<std::uint8_t> some_node(std::uint64_t seed)
{
    const std::uint64_t drawn = scramble(~seed);
    if (drawn % 2 == 0) return std::nullopt;
    return static_cast<std::uint8_t>(drawn / 2 % nodes_max);
}

class Rng
{
public:
    explicit Rng(std::uint64_t seed) : state_(scramble(seed)) {}

    // A chance of its own. That of a seed which was drawn from another goes on where that one is.
    [[nodiscard]] Rng fork() { return Rng(draw() ^ 0x5eed5eed5eed5eedULL); }

    std::uint64_t draw() { return state_ = scramble(state_); }
    // 0 to n - 1.
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : draw() % n; }
    // Both ends included.
    std::uint64_t between(std::uint64_t low, std::uint64_t high)
    {
        return low + below(high - low + 1);
    }
    bool one_in(std::uint64_t n) { return below(n) == 0; }

    lobby::Duration between(lobby::Duration low, lobby::Duration high)
    {
        return lobby::Duration(static_cast<lobby::Duration::rep>(between(
            static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count()))));
    }

    template <class T>
    const T& one_of(const std::vector<T>& all)
    {
        return all[below(all.size())];
    }

private:
    std::uint64_t state_;
};

} // namespace netplay_relay::simulation
