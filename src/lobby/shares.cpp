#include "lobby/shares.hpp"

#include "lobby/snapshot.hpp"

namespace netplay_relay::lobby {

namespace {

// Of a share: with less left it is short.
constexpr std::size_t reserve_part = 8;

} // namespace

std::vector<Amounts> share_out(const Amounts& limits, std::span<const Amounts> uses)
{
    std::vector<Amounts> shares(uses.begin(), uses.end());
    for (const auto amount : amounts_of) {
        std::size_t used = 0;
        for (const Amounts& use : uses)
            used += use.*amount;
        const std::size_t left = limits.*amount - std::min(limits.*amount, used);
        for (std::size_t at = 0; at < shares.size(); ++at)
            shares[at].*amount += left / shares.size() + (at < left % shares.size() ? 1 : 0);
    }
    return shares;
}

bool is_short(const Amounts& use, const Amounts& share, const Amounts& limits)
{
    return std::ranges::any_of(amounts_of, [&](const auto amount) {
        if (share.*amount >= limits.*amount) return false;
        const std::size_t left = share.*amount - std::min(share.*amount, use.*amount);
        return left <= std::max<std::size_t>(1, share.*amount / reserve_part);
    });
}

std::optional<std::pair<wire::Address, std::size_t>>
who_keeps_most(std::span<const KeptPackets> of_each)
{
    KeptPackets all;
    for (const KeptPackets& kept : of_each)
        for (const auto& [prefix, bytes] : kept)
            all[prefix] += bytes;
    const auto bytes_of = [](const auto& entry) { return entry.second; };
    const auto most = std::ranges::max_element(all, {}, bytes_of);
    if (most == all.end()) return std::nullopt;
    const auto of_it = [&](const KeptPackets& kept) {
        const auto found = kept.find(most->first);
        return found == kept.end() ? 0 : found->second;
    };
    const auto worker = std::ranges::max_element(of_each, {}, of_it) - of_each.begin();
    return std::pair(most->first, static_cast<std::size_t>(worker));
}

void Use::add(const Use& other)
{
    connections += other.connections;
    greeting += other.greeting;
    sessions += other.sessions;
    waiting_joins += other.waiting_joins;
    links += other.links;
    rooms += other.rooms;
    members += other.members;
    entering += other.entering;
    addresses += other.addresses;
    parties += other.parties;
    peers += other.peers;
    absent_peers += other.absent_peers;
    entering_peers += other.entering_peers;
    kept_packet_bytes += other.kept_packet_bytes;
}

} // namespace netplay_relay::lobby
