// What the limits of the whole process leave to each of its workers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace netplay_relay::lobby {

// What there is, or may be, of each that is limited in all.
struct Amounts
{
    std::size_t connections = 0;
    std::size_t sessions = 0;
    std::size_t rooms = 0;
    std::size_t parties = 0;

    bool operator==(const Amounts&) const = default;
};

inline constexpr std::array amounts_of{&Amounts::connections, &Amounts::sessions, &Amounts::rooms,
                                       &Amounts::parties};

// As much as there is for anybody.
[[nodiscard]] constexpr Amounts no_limit() { return {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX}; }

// What each may have: what it uses, and an equal part of what is left of the limits. All together
// never have more than the limits, unless more is used already. One that uses less than its equal
// part of everything has the same for a while to come.
[[nodiscard]] std::vector<Amounts> share_out(const Amounts& limits, std::span<const Amounts> uses);

// Little is left of its share of anything, and it has not everything: it is time to share out anew.
[[nodiscard]] bool is_short(const Amounts& use, const Amounts& share, const Amounts& limits);

} // namespace netplay_relay::lobby
