// A relay's settings out of decisions, and the addresses that they are about.
#pragma once

#include "decisions.hpp"

#include "lobby/limits.hpp"

#include <array>
#include <string>

namespace netplay_relay::fuzz {

// Some share what is limited as one address: the second and third, and the last two.
inline constexpr std::array addresses{"203.0.113.7",     "198.51.100.1",  "::ffff:198.51.100.1",
                                      "2001:db8:1:2::1", "2001:db8:7::1", "2001:db8:7::ffff:2"};
inline constexpr std::array reserved_ids{"FRIDAYNIGHTSNES1", "SOXOoTK4teZzRjg+",
                                         "AAAAAAAAAAAAAAAB"};

[[nodiscard]] std::string some_proxy_header(Decisions& decisions);

[[nodiscard]] lobby::Policy some_policy(Decisions& decisions);

} // namespace netplay_relay::fuzz
