#include "ban_list.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

bool BanList::covers(const wire::Address& address) const
{
    const int least = address.is_ipv4() ? 96 : 0; // see wire::Network::contains()
    return std::ranges::any_of(lengths_, [&](const auto& length) {
        return length.first >= least && bans_.contains(wire::network_of(address, length.first));
    });
}

bool BanList::set(Ban ban)
{
    ban.network = wire::network_of(ban.network.base, ban.network.prefix_bits);
    const auto found = bans_.find(ban.network);
    if (found == bans_.end() && bans_.size() >= bans_max) return false;
    if (found == bans_.end()) ++lengths_[ban.network.prefix_bits];
    Entry& entry = found != bans_.end() ? found->second : bans_[ban.network];
    ends_.set(ban.network, entry.ends, ban.until.value_or(no_deadline));
    entry.ban = std::move(ban);
    return true;
}

void BanList::adopt(Ban ban)
{
    const auto found = bans_.find(ban.network);
    if (found != bans_.end() && found->second.ends >= ban.until.value_or(no_deadline)) return;
    (void)set(std::move(ban));
}

bool BanList::lift(const wire::Network& network)
{
    const auto found = bans_.find(wire::network_of(network.base, network.prefix_bits));
    if (found == bans_.end()) return false;
    ends_.clear(found->first, found->second.ends);
    const auto length = lengths_.find(found->first.prefix_bits);
    if (--length->second == 0) lengths_.erase(length);
    bans_.erase(found);
    return true;
}

void BanList::forget_past(Instant now)
{
    while (const auto due = ends_.due(now))
        (void)lift(*due);
}

std::vector<Ban> BanList::all() const
{
    std::vector<Ban> all;
    all.reserve(bans_.size());
    for (const auto& [network, entry] : bans_)
        all.push_back(entry.ban);
    return all;
}

void BanList::check_consistency() const
{
    std::size_t ending = 0;
    std::map<int, std::size_t> lengths;
    for (const auto& [network, entry] : bans_) {
        ensure(network == entry.ban.network, "a ban under another network");
        ensure(entry.ban.until.value_or(no_deadline) == entry.ends, "a ban ends at another time");
        if (entry.ends != no_deadline) ++ending;
        ++lengths[network.prefix_bits];
    }
    ensure(ending == ends_.size(), "ends of bans");
    ensure(lengths == lengths_, "a ban that nobody finds");
    ensure(bans_.size() <= bans_max, "too many bans");
}

} // namespace netplay_relay::lobby
