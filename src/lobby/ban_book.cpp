#include "lobby/ban_book.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace netplay_relay::lobby {

namespace {

// The end of the year 9999. What would be later is nobody's clock.
constexpr std::int64_t last_second = 253402300799;

bool is_time(std::int64_t seconds) { return seconds >= 0 && seconds <= last_second; }

std::int64_t end_of(const BanEntry& entry)
{
    if (entry.until) return *entry.until;
    if (!entry.lifted) return std::numeric_limits<std::int64_t>::max();
    return entry.changed_ms / 1000 + std::chrono::seconds(lifted_for_good_kept).count();
}

bool is_over(const BanEntry& entry, std::int64_t now_ms) { return end_of(entry) <= now_ms / 1000; }

// FNV-1a with a last mixing, as the digests of entries are put together by exclusive or.
class Digest
{
public:
    void add(std::uint64_t number)
    {
        for (int byte = 0; byte < 8; ++byte)
            state_ = (state_ ^ (number >> 8 * byte & 0xFFU)) * 0x100000001B3ULL;
    }
    [[nodiscard]] std::uint64_t value() const
    {
        std::uint64_t mixed = (state_ ^ state_ >> 33) * 0xFF51AFD7ED558CCDULL;
        mixed = (mixed ^ mixed >> 33) * 0xC4CEB9FE1A85EC53ULL;
        return mixed ^ mixed >> 33;
    }

private:
    std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

} // namespace

bool BanEntry::makes_sense() const
{
    return is_time(changed_ms / 1000) && changed_ms >= 0 && (!until || is_time(*until)) &&
           (!since || is_time(*since)) && reason.size() <= order_text_max &&
           by.size() <= order_text_max && !is_too_wide_to_ban(network) &&
           network == wire::network_of(network.base, network.prefix_bits);
}

bool outdoes(const BanEntry& one, const BanEntry& other)
{
    const auto rank = [](const BanEntry& entry) {
        return std::tuple(entry.changed_ms, !entry.lifted,
                          entry.until.value_or(std::numeric_limits<std::int64_t>::max()),
                          entry.node, std::tie(entry.by, entry.reason), entry.since);
    };
    return rank(one) > rank(other);
}

void BanBook::say(BanEntry entry, std::int64_t now_ms)
{
    entry.network = wire::network_of(entry.network.base, entry.network.prefix_bits);
    entry.changed_ms = std::clamp<std::int64_t>(now_ms, 0, last_second * 1000);
    forget_past(now_ms);
    const wire::Network network = entry.network;
    const BanEntry* const known = find(network);
    if (known != nullptr) entry.changed_ms = std::max(entry.changed_ms, known->changed_ms + 1);
    entry.changed_ms = std::min(entry.changed_ms, last_second * 1000);
    if (!entry.makes_sense()) return;
    entries_[network] = std::move(entry);
    (void)make_room(true, lifted_bans_max);
}

void BanBook::know(BanEntry entry)
{
    if (!entry.makes_sense()) return;
    const auto [at, is_new] = entries_.try_emplace(entry.network, entry);
    if (!is_new && outdoes(entry, at->second)) at->second = std::move(entry);
}

BanBook::Merged BanBook::merge(const std::vector<BanEntry>& others, std::int64_t now_ms)
{
    Merged merged;
    forget_past(now_ms);
    for (const BanEntry& other : others) {
        if (is_over(other, now_ms) || !other.makes_sense()) continue;
        const BanEntry* const known = find(other.network);
        if (known != nullptr && !outdoes(other, *known)) continue;
        if (other.changed_ms - now_ms > std::chrono::milliseconds(ban_ahead_max).count()) {
            ++merged.refused;
            continue;
        }
        entries_[other.network] = other;
        merged.news.push_back(other);
    }
    if (merged.news.empty()) return merged;
    (void)make_room(true, lifted_bans_max);
    merged.left_out = make_room(false, bans_max);
    std::erase_if(merged.news, [&](const BanEntry& one) {
        return std::ranges::binary_search(merged.left_out, one.network);
    });
    return merged;
}

// Those that were said first go, so that all nodes keep the same. Returns them by network.
std::vector<wire::Network> BanBook::make_room(bool lifted, std::size_t most)
{
    std::vector<std::pair<std::int64_t, wire::Network>> such;
    for (const auto& [network, entry] : entries_)
        if (entry.lifted == lifted) such.emplace_back(entry.changed_ms, network);
    if (such.size() <= most) return {};
    std::ranges::sort(such);
    such.resize(such.size() - most);
    std::vector<wire::Network> gone;
    for (const auto& [changed, network] : such) {
        entries_.erase(network);
        gone.push_back(network);
    }
    std::ranges::sort(gone);
    return gone;
}

void BanBook::forget_past(std::int64_t now_ms)
{
    std::erase_if(entries_, [&](const auto& one) { return is_over(one.second, now_ms); });
}

const BanEntry* BanBook::find(const wire::Network& network) const
{
    const auto found = entries_.find(network);
    return found == entries_.end() ? nullptr : &found->second;
}

std::vector<BanEntry> BanBook::all() const
{
    std::vector<BanEntry> all;
    all.reserve(entries_.size());
    for (const auto& [network, entry] : entries_)
        all.push_back(entry);
    return all;
}

std::uint64_t BanBook::digest() const
{
    std::uint64_t all = 0;
    for (const auto& [network, entry] : entries_) {
        Digest one;
        for (const std::uint8_t byte : network.base.bytes)
            one.add(byte);
        one.add(static_cast<std::uint64_t>(network.prefix_bits));
        one.add(static_cast<std::uint64_t>(entry.changed_ms));
        one.add(entry.lifted ? 1 : 0);
        one.add(entry.until ? static_cast<std::uint64_t>(*entry.until) + 1 : 0);
        all ^= one.value();
    }
    return all;
}

} // namespace netplay_relay::lobby
