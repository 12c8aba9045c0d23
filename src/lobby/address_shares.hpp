// What the limits of one address leave to each worker of a process: an address that has much at one
// of them is known to all, and what is left to it is shared out anew, in bulk. Nobody is asked
// about another worker for a newcomer.
#pragma once

#include "wire/address.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace netplay_relay::lobby {

// Addresses that are known to all, those with most first; of others each worker allows its equal
// part.
inline constexpr std::size_t shared_networks_max = 4096;

// What an address has, or a wider network.
struct NetworkUse
{
    std::uint32_t connections = 0;
    std::uint32_t sessions = 0;
    bool operator==(const NetworkUse&) const = default;
};

// What one address may have, and so much as often as wider networks may.
struct AddressLimits
{
    std::uint32_t connections = 0;
    std::uint32_t sessions = 0;
    double arrivals = 0;      // at once
    double host_arrivals = 0; // the same of one that hosts
    bool operator==(const AddressLimits&) const = default;
};

// Of one network at one worker: what it has, and what it has spent of its arrivals.
struct ShareUse
{
    NetworkUse use;
    double arrivals = 0;
    std::uint32_t factor = 1; // so often may it have what one address may

    // More than half of an equal part of anything.
    [[nodiscard]] bool is_heavy(const AddressLimits& limits, std::size_t workers) const;
};
using ShareUses = std::map<wire::Network, ShareUse>;

// What it may have there.
struct NetworkShare
{
    NetworkUse most;
    double arrivals = 0;      // at once
    double arrivals_part = 0; // of the rate
    bool hosts = false;       // it has a session at some worker
    bool operator==(const NetworkShare&) const = default;
};
using NetworkShares = std::map<wire::Network, NetworkShare>;

// The equal part of a network that is not known to all: at least a few connections, so that nobody
// is refused who comes with little to one worker by chance.
inline constexpr std::uint32_t least_connections = 4;
inline constexpr std::uint32_t least_sessions = 2;
inline constexpr double least_arrivals = 8;
[[nodiscard]] NetworkShare equal_part(const AddressLimits& limits, std::uint32_t factor,
                                      std::size_t workers);

// The networks that are to be known to all: heavy at any of them.
[[nodiscard]] std::vector<wire::Network> heavy_networks(std::span<const ShareUses> of_each);

// Of these networks the share of each worker: what it uses there, and an equal part of what is left
// to it. All together never have more than the limits, unless more is used already. `of_each` has
// what each worker knows of each of them.
[[nodiscard]] std::vector<NetworkShares> share_out(const AddressLimits& limits,
                                                   std::span<const ShareUses> of_each);

} // namespace netplay_relay::lobby
