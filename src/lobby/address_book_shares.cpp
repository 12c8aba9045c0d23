// One of several workers: what an address may have here of what it may have in all.
#include "address_book.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace netplay_relay::lobby {

wire::Network network_of(const wire::Address& address)
{
    constexpr int whole = 128;
    constexpr int household = 64;
    return {AddressKey::of(address).address(), address.is_ipv4() ? whole : household};
}

const NetworkShare* AddressBook::share_of(const wire::Network& network) const
{
    if (shares_ == nullptr) return nullptr;
    const auto found = shares_->find(network);
    return found == shares_->end() ? nullptr : &found->second;
}

std::uint64_t AddressBook::most_of(const wire::Network& network, std::uint32_t NetworkUse::*what,
                                   std::uint32_t per_address, std::uint32_t factor) const
{
    if (workers_ == 1) return std::uint64_t{per_address} * factor;
    if (const NetworkShare* share = share_of(network)) return share->most.*what;
    return equal_part({per_address, per_address, 0, 0}, factor, workers_).most.*what;
}

bool AddressBook::allow_arrival(const wire::Network& network, Allowance& arrivals,
                                std::uint32_t per_second, Instant now)
{
    if (const NetworkShare* share = share_of(network)) {
        arrivals.change(per_second * share->arrivals_part, share->arrivals);
    } else {
        const NetworkShare part = equal_part({0, 0, per_second * burst_seconds, 0}, 1, workers_);
        arrivals.change(per_second * part.arrivals_part, part.arrivals);
    }
    const bool may = arrivals.spend(now);
    const ShareUse spent{{}, arrivals.spent(now), 1};
    if (!may || spent.is_heavy(limits_, workers_)) note_use(network, spent);
    if (!may) wants_shares_ = true;
    return may;
}

bool AddressBook::waits_for_share(const wire::Address& address, Instant now, bool asks)
{
    const auto found = workers_ == 1 ? uses_.end() : uses_.find(AddressKey::of(address));
    if (found == uses_.end()) return false;
    const wire::Network network = network_of(address);
    const NetworkShare* known = share_of(network);
    const NetworkShare share = known != nullptr ? *known : equal_part(limits_, 1, workers_);
    const double limit = hosts(address) ? limits_.host_arrivals : limits_.arrivals;
    const double spent = found->second.arrivals.spent(now);
    const std::uint32_t has = found->second.connections;
    if (has >= limits_.connections || spent + 1 > limit) return false;
    if (has < share.most.connections && spent + 1 <= share.arrivals) return false;
    if (!asks) return true;
    note_use(network, {found->second, spent, 1});
    wants_shares_ = true;
    return true;
}

// It is heavy from now on, or has nearly used up what was left to it.
void AddressBook::note_use(const wire::Network& network, const ShareUse& use)
{
    if (!use.is_heavy(limits_, workers_)) return;
    const NetworkShare* share = share_of(network);
    constexpr std::uint32_t reserve_part = 8;
    const auto is_short = [](std::uint32_t used, std::uint32_t most) {
        return used + std::max(1U, most / reserve_part) >= most;
    };
    if (share == nullptr || is_short(use.use.connections, share->most.connections) ||
        is_short(use.use.sessions, share->most.sessions))
        wants_shares_ = true;
    if (heavy_.size() < shared_networks_max) heavy_.emplace(network, use.factor);
}

ShareUse AddressBook::use_of(const wire::Network& network, Instant now) const
{
    ShareUse use;
    if (const auto wider = networks_.find(network); wider != networks_.end()) {
        use.use = wider->second;
        for (const wire::WiderNetwork& one : wire::wider_networks(network.base))
            if (one.network == network) use.factor = one.factor;
    } else if (const auto one = uses_.find(AddressKey::of(network.base));
               one != uses_.end() && network_of(network.base) == network) {
        use.use = one->second;
        use.arrivals = one->second.arrivals.spent(now);
    }
    return use;
}

ShareUses AddressBook::heavy(Instant now)
{
    ShareUses all;
    for (const auto& [network, factor] : heavy_) {
        ShareUse use = use_of(network, now);
        use.factor = factor;
        if (use.is_heavy(limits_, workers_)) all.emplace(network, use);
    }
    std::erase_if(heavy_, [&](const auto& entry) { return !all.contains(entry.first); });
    return all;
}

ShareUses AddressBook::uses_of(std::span<const wire::Network> networks, Instant now) const
{
    ShareUses all;
    for (const wire::Network& network : networks)
        if (const ShareUse use = use_of(network, now); use.use != NetworkUse{} || use.arrivals > 0)
            all.emplace(network, use);
    return all;
}

void AddressBook::set_shares(std::shared_ptr<const NetworkShares> shares)
{
    shares_ = std::move(shares);
    wants_shares_ = false;
}

bool AddressBook::hosts(const wire::Address& address) const
{
    const auto found = uses_.find(AddressKey::of(address));
    if (found != uses_.end() && found->second.sessions > 0) return true;
    const NetworkShare* share = workers_ > 1 ? share_of(network_of(address)) : nullptr;
    return share != nullptr && share->hosts;
}

} // namespace netplay_relay::lobby
