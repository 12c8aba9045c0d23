#include "lobby/discovery.hpp"

#include "base/byte_order.hpp"

#include <algorithm>
#include <chrono>

namespace netplay_relay::lobby {

namespace {

constexpr std::size_t ipv4_at = 12; // in the 16 bytes of a mapped address

struct Block
{
    std::uint32_t base;
    int bits;
};
// Addresses that machines give themselves without a LAN; RetroArch takes the private ones for one.
constexpr Block link_local_block{0xA9FE0000, 16};
constexpr Block loopback_block{0x7F000000, 8};

struct VpnBlock
{
    Block block;
    UnansweredVpn vpn;
};
constexpr std::array<VpnBlock, unanswered_vpn_count> vpn_blocks{
    {{{0x19000000, 8}, {"Hamachi", "25.0.0.0/8"}},
     {{0x1A000000, 8}, {"Radmin VPN", "26.0.0.0/8"}},
     {{0x64400000, 10}, {"Tailscale, NetBird and carriers' NAT", "100.64.0.0/10"}}}};

bool is_within(std::uint32_t address, const Block& block)
{
    return (address ^ block.base) >> (32 - block.bits) == 0;
}

std::uint32_t number_of(const wire::Address& ipv4)
{
    return load_big<std::uint32_t>(ipv4.bytes, ipv4_at);
}

} // namespace

std::string_view word(DiscoveryIgnored reason)
{
    switch (reason) {
    case DiscoveryIgnored::not_private: return "not_private";
    case DiscoveryIgnored::malformed: return "malformed";
    case DiscoveryIgnored::old_form: return "old_form";
    case DiscoveryIgnored::too_fast: return "too_fast";
    case DiscoveryIgnored::too_many: return "too_many";
    case DiscoveryIgnored::nothing_to_list: return "nothing_to_list";
    }
    return "";
}

std::optional<std::size_t> unanswered_vpn(const wire::Address& address)
{
    if (!address.is_ipv4()) return std::nullopt;
    for (std::size_t at = 0; at < vpn_blocks.size(); ++at)
        if (is_within(number_of(address), vpn_blocks[at].block)) return at;
    return std::nullopt;
}

const UnansweredVpn& unanswered_vpn_at(std::size_t index) { return vpn_blocks.at(index).vpn; }

std::optional<wire::Advertisement>
DiscoveryResponder::answer(const wire::Address& source, std::span<const std::uint8_t> datagram,
                           Instant now, const AdvertisementList& list)
{
    ++counts_.queries;
    if (const auto reason = reason_to_ignore(source, datagram, now)) {
        ignore(*reason);
        return std::nullopt;
    }
    recent_.push_back({now, is_newcomer(source, now)});
    Source& asker = remember(source, now);
    std::vector<wire::Advertisement> all = list();
    if (all.empty()) {
        ignore(DiscoveryIgnored::nothing_to_list);
        return std::nullopt;
    }
    ++counts_.answered;
    return std::move(all[asker.turn++ % all.size()]);
}

std::optional<DiscoveryIgnored>
DiscoveryResponder::reason_to_ignore(const wire::Address& source,
                                     std::span<const std::uint8_t> datagram, Instant now)
{
    if (!is_welcome(source)) return DiscoveryIgnored::not_private;
    switch (wire::decode_discovery_query(datagram)) {
    case wire::DiscoveryQuery::malformed: return DiscoveryIgnored::malformed;
    case wire::DiscoveryQuery::old_form: return DiscoveryIgnored::old_form;
    case wire::DiscoveryQuery::current: break;
    }
    const auto known = by_address_.find(source);
    if (known != by_address_.end() && now - known->second->answered_at < limits_.pause)
        return DiscoveryIgnored::too_fast;
    while (!recent_.empty() && now - recent_.front().at >= std::chrono::seconds{1})
        recent_.pop_front();
    if (recent_.size() >= limits_.answers_per_second) return DiscoveryIgnored::too_many;
    if (is_newcomer(source, now)) return std::nullopt;
    const auto regulars = std::ranges::count(recent_, false, &Answer::to_newcomer);
    if (static_cast<std::size_t>(regulars) >= limits_.answers_per_second / 2)
        return DiscoveryIgnored::too_many;
    return std::nullopt;
}

bool DiscoveryResponder::is_newcomer(const wire::Address& source, Instant now) const
{
    const auto known = by_address_.find(source);
    return known == by_address_.end() || now - known->second->answered_at >= limits_.newcomer_after;
}

bool DiscoveryResponder::is_welcome(const wire::Address& source) const
{
    if (!source.is_ipv4()) return false;
    const std::uint32_t address = number_of(source);
    if (limits_.loopback && is_within(address, loopback_block)) return true;
    return wire::is_private(source) || is_within(address, link_local_block);
}

DiscoveryResponder::Source& DiscoveryResponder::remember(const wire::Address& address, Instant now)
{
    const auto known = by_address_.find(address);
    if (known != by_address_.end()) {
        by_answer_.splice(by_answer_.end(), by_answer_, known->second);
    } else {
        if (by_answer_.size() >= limits_.sources) {
            by_address_.erase(by_answer_.front().address);
            by_answer_.pop_front();
        }
        by_answer_.push_back({address, now});
        by_address_[address] = std::prev(by_answer_.end());
    }
    by_answer_.back().answered_at = now;
    return by_answer_.back();
}

void DiscoveryResponder::ignore(DiscoveryIgnored reason)
{
    ++counts_.ignored[static_cast<std::size_t>(reason)];
}

} // namespace netplay_relay::lobby
