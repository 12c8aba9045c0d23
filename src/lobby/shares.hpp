// What the limits of the whole process leave to each of its workers.
#pragma once

#include "wire/address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
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

// What is kept for peers of parties at one worker, by the client prefix for which it is.
using KeptPackets = std::map<wire::Address, std::size_t>;

// The client prefix for which all together keep most, and the worker with most of that: there
// somebody has to go if it is too much. Nothing if nothing is kept.
[[nodiscard]] std::optional<std::pair<wire::Address, std::size_t>>
who_keeps_most(std::span<const KeptPackets> of_each);

} // namespace netplay_relay::lobby
