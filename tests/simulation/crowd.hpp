// Who comes to a relay, and how it is set up: as chance decides.
#pragma once

#include "peers.hpp"
#include "rng.hpp"

#include "lobby/limits.hpp"

#include <optional>
#include <vector>

namespace netplay_relay::simulation {

class Crowd
{
public:
    // `rooms`: who names no session is not refused. `node`: of a fleet. `rng` must outlive it.
    Crowd(Rng& rng, bool rooms, std::optional<std::uint8_t> node);

    [[nodiscard]] const NetworkTraits& traits() const { return traits_; }
    [[nodiscard]] lobby::Policy calm_policy();
    [[nodiscard]] lobby::Policy wild_policy();
    // Calm: nobody means harm and nobody is slow.
    [[nodiscard]] LinkPlan calm_link();
    [[nodiscard]] LinkPlan wild_link();
    [[nodiscard]] HostPlan wild_host();
    [[nodiscard]] StrangerPlan wild_stranger();
    [[nodiscard]] PlayerPlan wild_player();
    // An IPv4 address that nobody else has; those that many have.
    [[nodiscard]] wire::Address own_address();
    [[nodiscard]] const std::vector<wire::Address>& addresses() const { return addresses_; }

private:
    void allow_rooms(lobby::Policy& policy);

    Rng& rng_;
    bool rooms_;
    std::optional<std::uint8_t> node_;
    NetworkTraits traits_;
    std::vector<wire::Address> addresses_;
    std::size_t own_addresses_ = 0;
};

} // namespace netplay_relay::simulation
