#include "lobby/address_shares.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>
#include <utility>

namespace netplay_relay::lobby {

namespace {

template <class Number>
Number part_of(Number limit, std::size_t workers, Number least)
{
    const auto count = static_cast<Number>(workers);
    if constexpr (std::is_integral_v<Number>)
        return std::max((limit + count - 1) / count, std::min(limit, least));
    else
        return std::max(std::ceil(limit / count), std::min(limit, least));
}

// What a worker may have: so much more of what is left, and the first of them one more of the rest.
std::uint32_t with_part(std::uint32_t used, std::uint64_t limit, std::uint64_t used_by_all,
                        std::size_t workers, std::size_t at)
{
    const std::uint64_t left = limit - std::min(limit, used_by_all);
    const std::uint64_t part = left / workers + (at < left % workers ? 1 : 0);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(used + part, UINT32_MAX));
}

// Whoever has most is first: where little is left, it comes to who will want it.
std::size_t rank_of(std::span<const ShareUses> of_each, const wire::Network& network,
                    std::uint32_t NetworkUse::*what, std::size_t at)
{
    const auto used = [&](std::size_t worker) {
        const auto found = of_each[worker].find(network);
        return found == of_each[worker].end() ? 0 : found->second.use.*what;
    };
    std::size_t rank = 0;
    for (std::size_t other = 0; other < of_each.size(); ++other)
        if (used(other) > used(at) || (used(other) == used(at) && other < at)) ++rank;
    return rank;
}

} // namespace

bool ShareUse::is_heavy(const AddressLimits& limits, std::size_t workers) const
{
    const auto exceeds_half = [&](double used, double limit) {
        return used * 2 * static_cast<double>(workers) > limit * factor;
    };
    return exceeds_half(use.connections, limits.connections) ||
           exceeds_half(use.sessions, limits.sessions) ||
           (factor == 1 && exceeds_half(arrivals, limits.arrivals));
}

NetworkShare equal_part(const AddressLimits& limits, std::uint32_t factor, std::size_t workers)
{
    NetworkShare share;
    share.most.connections =
        part_of(limits.connections * factor, workers, least_connections * factor);
    share.most.sessions = part_of(limits.sessions * factor, workers, least_sessions * factor);
    share.arrivals = part_of(limits.arrivals, workers, least_arrivals);
    share.arrivals_part = 1.0 / static_cast<double>(workers);
    return share;
}

std::vector<wire::Network> heavy_networks(std::span<const ShareUses> of_each)
{
    std::map<wire::Network, std::uint64_t> all;
    for (const ShareUses& uses : of_each)
        for (const auto& [network, use] : uses)
            all[network] += use.use.connections;
    std::vector<std::pair<std::uint64_t, wire::Network>> sorted;
    for (const auto& [network, use] : all)
        sorted.emplace_back(use, network);
    std::ranges::sort(sorted, std::greater{});
    if (sorted.size() > shared_networks_max) sorted.resize(shared_networks_max);
    std::vector<wire::Network> networks;
    for (const auto& [use, network] : sorted)
        networks.push_back(network);
    return networks;
}

std::vector<NetworkShares> share_out(const AddressLimits& limits,
                                     std::span<const ShareUses> of_each)
{
    const std::size_t workers = of_each.size();
    ShareUses all;
    for (const ShareUses& uses : of_each)
        for (const auto& [network, use] : uses) {
            ShareUse& sum = all[network];
            sum.use.connections += use.use.connections;
            sum.use.sessions += use.use.sessions;
            sum.arrivals += use.arrivals;
            sum.factor = use.factor;
        }
    std::vector<NetworkShares> shares(workers);
    for (std::size_t at = 0; at < workers; ++at)
        for (const auto& [network, sum] : all) {
            const auto own = of_each[at].find(network);
            const ShareUse use = own == of_each[at].end() ? ShareUse{} : own->second;
            const auto most_of = [&](std::uint32_t NetworkUse::*what, std::uint32_t limit) {
                return with_part(use.use.*what, std::uint64_t{limit} * sum.factor, sum.use.*what,
                                 workers, rank_of(of_each, network, what, at));
            };
            NetworkShare share;
            share.most.connections = most_of(&NetworkUse::connections, limits.connections);
            share.most.sessions = most_of(&NetworkUse::sessions, limits.sessions);
            const double at_once = sum.use.sessions > 0 ? limits.host_arrivals : limits.arrivals;
            const double left = std::max(0.0, at_once - sum.arrivals);
            share.arrivals = use.arrivals + left / static_cast<double>(workers);
            // What was spent drains where it was spent.
            share.arrivals_part =
                sum.arrivals > 0 ? use.arrivals / sum.arrivals : 1.0 / static_cast<double>(workers);
            share.hosts = sum.use.sessions > 0;
            shares[at].emplace(network, share);
        }
    return shares;
}

} // namespace netplay_relay::lobby
